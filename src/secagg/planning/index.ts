export type { PlanOptions } from './options.ts'
export { type AggregationPlan, planAggregation } from './plan.ts'
export { LARGEST_AGGREGATION } from './ring.ts'
export type { PlannedFlow, PlannedTraffic } from './traffic.ts'
