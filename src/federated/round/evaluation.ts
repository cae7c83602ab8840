import type { MeanSpec } from '../../secagg/encoding/index.ts'
import { FederatedError } from '../errors.ts'
import { assertModel, type Model } from '../model.ts'
import { validateWorkers, type Worker } from '../worker.ts'
import { aggregate } from './aggregate.ts'
import { contributionOf } from './contribution.ts'
import type { DroppedWorker, PhaseReport } from './events.ts'
import { DEFAULT_METRICS, decodeMetrics, type MetricRange, metricFields } from './metrics.ts'
import type { AggregationOptions } from './options.ts'

export interface FederatedEvaluationOptions extends AggregationOptions {
  readonly model: Model
  /** Each with an `evaluate` method. */
  readonly workers: readonly Worker[]
  readonly metrics?: readonly MetricRange[]
  /** Largest number of examples of one worker. 65,536 by default. */
  readonly weightBound?: number
}

export interface FederatedEvaluationResult {
  /** Means over the survivors' examples. */
  readonly metrics: Readonly<Record<string, number>>
  /** Examples behind the means. */
  readonly totalWeight: number
  readonly survivors: readonly string[]
  readonly dropped: readonly DroppedWorker[]
  readonly phases: readonly PhaseReport[]
}

/**
 * Measures a model on the workers' own data: the server learns the means over all examples, and no worker's own.
 *
 * @throws FederatedError when a worker cannot evaluate. AggregationAbortedError when too few workers stay.
 */
export async function runSecureFederatedEvaluation(
  options: FederatedEvaluationOptions,
): Promise<FederatedEvaluationResult> {
  const { model, workers, metrics: ranges = DEFAULT_METRICS, weightBound = 65_536 } = options
  assertModel(model)
  validateWorkers(workers)
  for (const { id, evaluate } of workers) {
    if (evaluate !== undefined) continue
    throw new FederatedError('worker-cannot', `Worker "${id}" has no evaluate method. Give its learner one.`, {
      clientId: id,
    })
  }
  const encoding: MeanSpec = {
    kind: 'mean',
    clients: workers.length,
    dimension: 0,
    bits: 24,
    clip: { kind: 'coordinate', bound: 1 },
    weightBound,
    metrics: metricFields(ranges, weightBound),
  }
  const { decoded, survivors, dropped, phases } = await aggregate<'mean'>({
    encoding,
    task: { kind: 'evaluate', model },
    contributors: workers.map(worker => ({ id: worker.id, contribute: contributionOf(worker) })),
    roundingSeed: undefined,
    announcementBytes: model.parameters.byteLength,
    failFast: false,
    options,
  })
  const metrics = decodeMetrics(ranges, decoded.metrics, weightBound)
  return { metrics, totalWeight: decoded.totalWeight, survivors, dropped, phases }
}
