import type { EncodingNumerics, MeanSpec } from '../../secagg/encoding/index.ts'
import { integerOption } from '../check.ts'
import { FederatedError } from '../errors.ts'
import { createModel, type Model } from '../model.ts'
import { checkSeed } from '../random.ts'
import { validateWorkers, type Worker } from '../worker.ts'
import { aggregate } from './aggregate.ts'
import type { DroppedWorker, PhaseReport } from './events.ts'
import { DEFAULT_METRICS, decodeMetrics, type MetricRange, metricFields } from './metrics.ts'
import type { AggregationOptions } from './options.ts'
import { contributionOf } from './worker-contribution.ts'

export interface FederatedEvaluationOptions extends AggregationOptions {
  readonly model: Model
  /** Each with an `evaluate` method. */
  readonly workers: readonly Worker[]
  /** Ranges of the metrics that workers report; `loss` in 0..100 and `accuracy` in 0..1 by default. */
  readonly metrics?: readonly MetricRange[]
  /** Largest number of examples of one worker. 65,536 by default. */
  readonly weightBound?: number
  /** Makes the rounding repeatable; fresh by default. */
  readonly seed?: number
}

export interface FederatedEvaluationResult {
  /** Means over the survivors' examples. */
  readonly metrics: Readonly<Record<string, number>>
  /** Bound on the rounding error of each of `metrics`. */
  readonly metricErrors: Readonly<Record<string, number>>
  /** Examples behind the means. */
  readonly totalWeight: number
  readonly survivors: readonly string[]
  readonly dropped: readonly DroppedWorker[]
  /** Seconds and bytes: the evaluation, then each protocol round. */
  readonly phases: readonly PhaseReport[]
  readonly encoding: EncodingNumerics
}

/**
 * Measures a model on the workers' own data: the server learns the means over all examples, and no worker's own.
 *
 * @throws FederatedError when a worker cannot evaluate. AggregationAbortedError when too few workers stay.
 */
export async function runSecureFederatedEvaluation(
  options: FederatedEvaluationOptions,
): Promise<FederatedEvaluationResult> {
  const { workers, metrics: ranges = DEFAULT_METRICS, weightBound = 65_536, seed } = options
  const model = createModel(options.model?.schema, options.model?.parameters)
  checkEvaluators(workers)
  if (seed !== undefined) checkSeed(seed)
  return aggregate<'mean', FederatedEvaluationResult>({
    encoding: metricsAlone(workers.length, ranges, integerOption('weightBound', weightBound, 1)),
    task: { kind: 'evaluate', model },
    contributors: workers.map(worker => ({ id: worker.id, contribute: contributionOf(worker) })),
    roundingSeed: seed,
    failFast: false,
    options,
    conclude: ({ decoded, survivors, dropped, phases }) => {
      const { means, worstCaseErrors, saturated } = decodeMetrics(
        ranges,
        decoded.metrics,
        weightBound,
        survivors.length,
      )
      const { totalWeight } = decoded
      const numerics = { ...decoded.numerics, metricsSaturated: saturated }
      const aggregated = { totalWeight, survivors, dropped, phases, encoding: numerics }
      return { result: { metrics: means, metricErrors: worstCaseErrors, ...aggregated }, numerics }
    },
  })
}

function checkEvaluators(workers: readonly Worker[]): void {
  validateWorkers(workers)
  for (const { id, evaluate } of workers) {
    if (typeof evaluate === 'function') continue
    throw new FederatedError('worker-cannot', `Worker "${id}" has no evaluate method. Give its learner one.`, {
      clientId: id,
    })
  }
}

/** No coordinates: bits and clip stand idle, but their grid sets the modulus in which the metrics ride. */
function metricsAlone(clients: number, ranges: readonly MetricRange[], weightBound: number): MeanSpec {
  const metrics = metricFields(ranges, weightBound)
  return {
    kind: 'mean',
    clients,
    dimension: 0,
    bits: 24,
    clip: { kind: 'coordinate', bound: 1 },
    weightBound,
    metrics,
  }
}
