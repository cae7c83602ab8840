import type { ClipSpec, EncodingNumerics } from '../../secagg/encoding/index.ts'
import type { Model } from '../model.ts'
import type { Strategy } from '../strategy/strategy.ts'
import type { Worker } from '../worker.ts'
import { aggregate } from './aggregate.ts'
import type { DroppedWorker, PhaseReport } from './events.ts'
import { decodeMetrics, type MetricRange } from './metrics.ts'
import type { AggregationOptions } from './options.ts'
import { prepareRound } from './prepare-round.ts'
import { contributionOf } from './worker-contribution.ts'

/** How updates become ring elements. */
export interface UpdateEncoding {
  /** Bits per coordinate, sign included, 2 to 32. 24 by default. */
  readonly bits?: number
  /** What is clipped, and reported. Each coordinate to [-1, 1] by default. */
  readonly clip?: ClipSpec
  /**
   * Largest weight (examples of one worker). 65,536 by default; the tighter, the finer the grid. A worker above it is
   * dropped, since its weight cannot be cut without changing the mean.
   */
  readonly weightBound?: number
}

/** What a federated round needs to know. */
export interface FederatedRoundOptions extends AggregationOptions {
  /** What every worker starts from. It is not changed. */
  readonly model: Model
  /** At least 3, unless the policy accepts a small cohort. */
  readonly workers: readonly Worker[]
  /** FedAvg with one epoch, batches of 32 and a learning rate of 0.1 by default. */
  readonly strategy?: Strategy
  readonly encoding?: UpdateEncoding
  /** Ranges of the metrics that workers report; `loss` in 0..100 and `accuracy` in 0..1 by default. Others stay with them. */
  readonly metrics?: readonly MetricRange[]
  /**
   * Makes training and rounding repeatable. It never touches keys, masks or shares. Without one, both are fresh in every
   * round.
   */
  readonly seed?: number
}

/** What a federated round came to. */
export interface FederatedRoundResult {
  /** The strategy's next model. */
  readonly model: Model
  /** The weighted mean of the survivors' updates, one entry per parameter: all that the server learned of them. */
  readonly delta: Float64Array
  /** Whose updates are in `delta`, in the order of `workers`. */
  readonly survivors: readonly string[]
  readonly dropped: readonly DroppedWorker[]
  /** Examples behind the mean. */
  readonly totalWeight: number
  /** Means over the survivors' examples; a metric that nobody reported is absent. */
  readonly metrics: Readonly<Record<string, number>>
  /** Bound on the rounding error of each of `metrics`. */
  readonly metricErrors: Readonly<Record<string, number>>
  /** Seconds and bytes: the training, then each protocol round. */
  readonly phases: readonly PhaseReport[]
  /** How exact the mean is: modulus, clipped fraction, bounds on the error. */
  readonly encoding: EncodingNumerics
}

/**
 * One federated round: every worker trains on its own data, and the server learns the weighted mean of the survivors'
 * updates and nothing else. Virtual workers go through exactly what remote ones would.
 *
 * A worker whose training fails, or gives what does not fit (NaN, a wrong length, a weight above the bound), is dropped
 * with the reason `failed`, and the round goes on without it.
 *
 * @throws FederatedError, UsageError when an argument does not fit, before anything is sent.
 * @throws AggregationAbortedError when too few workers stay; the model is then what it was.
 */
export async function runSecureFederatedRound(options: FederatedRoundOptions): Promise<FederatedRoundResult> {
  const { model, strategy, ranges, encoding, task } = prepareRound(options)
  return aggregate<'mean', FederatedRoundResult>({
    encoding,
    task,
    contributors: options.workers.map(worker => ({ id: worker.id, contribute: contributionOf(worker) })),
    roundingSeed: options.seed,
    failFast: false,
    options,
    conclude: ({ decoded, survivors, dropped, phases }) => {
      const { mean, totalWeight } = decoded
      const metrics = decodeMetrics(ranges, decoded.metrics, encoding.weightBound, survivors.length)
      const numerics = { ...decoded.numerics, metricsSaturated: metrics.saturated }
      const result = {
        // A copy: a strategy that works in place must not change what is reported.
        model: strategy.apply(model, mean.slice()),
        delta: mean,
        survivors,
        dropped,
        totalWeight,
        metrics: metrics.means,
        metricErrors: metrics.worstCaseErrors,
        phases,
        encoding: numerics,
      }
      return { result, numerics }
    },
  })
}
