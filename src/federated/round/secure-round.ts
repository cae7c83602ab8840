import type { ClipSpec, EncodingNumerics, MeanSpec } from '../../secagg/encoding/index.ts'
import { secureRandom } from '../../secagg/primitives/random.ts'
import { FederatedError } from '../errors.ts'
import { assertModel, type Model } from '../model.ts'
import { deriveSeed } from '../random.ts'
import { fedAvg } from '../strategy/fed-avg.ts'
import type { Strategy } from '../strategy/strategy.ts'
import { validateWorkers, type Worker } from '../worker.ts'
import { aggregate } from './aggregate.ts'
import { contributionOf } from './contribution.ts'
import type { DroppedWorker, PhaseReport } from './events.ts'
import { DEFAULT_METRICS, decodeMetrics, type MetricRange, metricFields } from './metrics.ts'
import type { AggregationOptions } from './options.ts'

/** How updates become ring elements. */
export interface UpdateEncoding {
  /** Bits per coordinate, sign included, 2 to 32. 24 by default. */
  readonly bits?: number
  /** What is clipped, and reported. Each coordinate to [-1, 1] by default. */
  readonly clip?: ClipSpec
  /** Largest weight (examples of one worker). 65,536 by default; the tighter, the finer the grid. */
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
  /** Ranges of the metrics that workers report; `loss` in 0..100 and `accuracy` in 0..1 by default. */
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
  /** Whose updates are in `delta`. */
  readonly survivors: readonly string[]
  readonly dropped: readonly DroppedWorker[]
  /** Examples behind the mean. */
  readonly totalWeight: number
  /** Means over the survivors' examples; a metric that nobody reported is absent. */
  readonly metrics: Readonly<Record<string, number>>
  /** Seconds and bytes: the training, then each protocol round. */
  readonly phases: readonly PhaseReport[]
  /** How exact the mean is: modulus, clipped fraction, bounds on the error. */
  readonly encoding: EncodingNumerics
}

/** The default of `strategy`. */
export const DEFAULT_STRATEGY: Strategy = fedAvg({ epochs: 1, batchSize: 32, learningRate: 0.1 })

/**
 * One federated round: every worker trains on its own data, and the server learns the weighted mean of the survivors'
 * updates and nothing else. Virtual workers go through exactly what remote ones would.
 *
 * @throws FederatedError, UsageError when an argument does not fit, before anything is sent.
 * @throws AggregationAbortedError when too few workers stay; the model is then what it was.
 */
export async function runSecureFederatedRound(options: FederatedRoundOptions): Promise<FederatedRoundResult> {
  const { model, workers, strategy = DEFAULT_STRATEGY, metrics: ranges = DEFAULT_METRICS, round = 0, seed } = options
  const encoding = encodingOf(options)
  const settings = { ...strategy.localTraining(round), seed: trainingSeed(seed, round) }
  const { decoded, survivors, dropped, phases } = await aggregate<'mean'>({
    encoding,
    task: { kind: 'train', model, settings },
    contributors: workers.map(worker => ({ id: worker.id, contribute: contributionOf(worker) })),
    roundingSeed: seed,
    announcementBytes: model.parameters.byteLength,
    failFast: false,
    options,
  })
  const { mean, totalWeight, numerics } = decoded
  warnOfClipping(options, numerics)
  return {
    model: strategy.apply(model, mean),
    delta: mean,
    survivors,
    dropped,
    totalWeight,
    metrics: decodeMetrics(ranges, decoded.metrics, encoding.weightBound),
    phases,
    encoding: numerics,
  }
}

/** The encoding that these options announce. */
export function encodingOf(options: FederatedRoundOptions): MeanSpec {
  const { model, workers, encoding = {}, metrics = DEFAULT_METRICS } = options
  assertModel(model)
  validateWorkers(workers)
  const { bits = 24, clip = { kind: 'coordinate', bound: 1 }, weightBound = 65_536 } = encoding
  return {
    kind: 'mean',
    clients: workers.length,
    dimension: model.parameters.length,
    bits,
    clip,
    weightBound,
    metrics: metricFields(metrics, weightBound),
  }
}

/** The seed that all workers are given for one federated round; each derives its own from it. */
export function trainingSeed(seed: number | undefined, round: number): number {
  if (seed === undefined) return new DataView(secureRandom(4).buffer).getUint32(0)
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new FederatedError('invalid-option', `seed must be an integer of at least 0, not ${seed}.`)
  }
  return deriveSeed(seed, 'training', round)
}

function warnOfClipping({ onEvent }: FederatedRoundOptions, numerics: EncodingNumerics): void {
  if (numerics.clippedCoordinates > 0) {
    const percent = (100 * numerics.clippedFraction).toPrecision(2)
    const message = `${percent} % of the coordinates were clipped: raise encoding.clip.bound, or lower the learning rate`
    onEvent?.({ type: 'warning', code: 'clipped', message })
  }
  if (numerics.metricsSaturated > 0) {
    const message = `${numerics.metricsSaturated} metrics lay outside of their declared range: widen it in metrics`
    onEvent?.({ type: 'warning', code: 'metric-saturated', message })
  }
}
