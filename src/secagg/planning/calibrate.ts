import { clientOperations, OPERATIONS, type Operation, serverOperations } from './operations.ts'
import type { AggregationPlan } from './plan.ts'
import { type Workload, workloads } from './workloads.ts'

/** How long operations take on this machine. */
export interface Calibration {
  /** Seconds of one operation; only of those that the plan has any of. */
  readonly seconds: Readonly<Partial<Record<Operation, number>>>
}

export interface CalibrationOptions {
  /** Milliseconds, ascending: `performance.now` by default. Where CPU time can be had, a busy machine disturbs it less. */
  readonly clock?: () => number
  /** Milliseconds to spend on each operation, about: 25 by default, of which there are 21 at most. */
  readonly budget?: number
}

const DEFAULT_BUDGET = 25
/** A share of the budget for compiling; then so many batches, of which the median counts: what disturbs one or two does not matter. */
const WARM_UP = 0.3
const BATCHES = 5

/** Measures, on the spot and with the library's own functions, the operations that a plan consists of. */
export async function calibrate(plan: AggregationPlan, options: CalibrationOptions = {}): Promise<Calibration> {
  const { clock = () => performance.now(), budget = DEFAULT_BUDGET } = options
  const [client, server] = [clientOperations(plan), serverOperations(plan)]
  const seconds: Partial<Record<Operation, number>> = {}
  const work = await workloads(plan)
  for (const operation of OPERATIONS) {
    if (client[operation] + server[operation] === 0) continue
    seconds[operation] = await secondsPerUnit(work[operation], clock, budget)
  }
  return { seconds }
}

async function secondsPerUnit({ units, run }: Workload, clock: () => number, budget: number): Promise<number> {
  const repeat = async (times: number) => {
    const start = clock()
    for (let i = 0; i < times; i++) await run()
    return clock() - start
  }
  let [times, warm, elapsed] = [0, 0, 0]
  do {
    times = Math.max(1, 2 * times)
    elapsed = await repeat(times)
    warm += elapsed
  } while (warm < WARM_UP * budget)
  const perBatch = Math.max(1, Math.round((times * ((1 - WARM_UP) * budget)) / BATCHES / elapsed))
  const batches: number[] = []
  for (let batch = 0; batch < BATCHES; batch++) batches.push(await repeat(perBatch))
  const median = batches.sort((a, b) => a - b)[Math.floor(BATCHES / 2)]!
  return median / 1000 / (perBatch * units)
}
