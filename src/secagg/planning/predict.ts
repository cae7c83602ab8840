import type { Calibration } from './calibrate.ts'
import { clientOperations, OPERATIONS, type OperationCounts, serverOperations } from './operations.ts'
import type { AggregationPlan } from './plan.ts'

/** Seconds of CPU time, on a machine like the one that was calibrated. */
export interface PredictedTimes {
  /** Of one client that stays to the end while nobody has left, encoding of its update included and training not. */
  readonly clientSeconds: number
  /** Of the server, when the planned dropouts leave at the costliest moment. On one core. */
  readonly serverSeconds: number
}

/** The work of a plan, operation by operation, at the speed that was measured. */
export function predictTimes(plan: AggregationPlan, calibration: Calibration): PredictedTimes {
  return {
    clientSeconds: secondsFor(clientOperations(plan), calibration),
    serverSeconds: secondsFor(serverOperations(plan), calibration),
  }
}

/** Every count times what one takes. What was not measured, because the plan has none of it, counts nothing. */
export function secondsFor(counts: OperationCounts, { seconds }: Calibration): number {
  return OPERATIONS.reduce((sum, operation) => sum + counts[operation] * (seconds[operation] ?? 0), 0)
}
