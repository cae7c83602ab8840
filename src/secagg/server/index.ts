export type { AbortReason, Dropout, Receipt, RejectionReason, SetAsideShare } from './reasons.ts'
export { type AggregationResult, type RoundOutcome, SecAggServer } from './server.ts'
export type { SecAggServerOptions } from './setup.ts'
