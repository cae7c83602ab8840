import { type MeanSpec, type SumSpec, sensitivityOf } from '../../secagg/encoding/index.ts'
import { secureRandom } from '../../secagg/primitives/random.ts'
import { integerOption } from '../check.ts'
import { FederatedError } from '../errors.ts'
import { type LocalTraining, validateLocalTraining } from '../learner.ts'
import { createModel, type Model } from '../model.ts'
import type { DistributedPrivacy } from '../privacy.ts'
import { checkSeed, deriveSeed } from '../random.ts'
import { fedAvg } from '../strategy/fed-avg.ts'
import type { Strategy } from '../strategy/strategy.ts'
import { validateWorkers } from '../worker.ts'
import { clipOf, type UpdateClip, withinField } from './clip.ts'
import { DEFAULT_METRICS, type MetricRange, metricFields, noisedMetricFields } from './metrics.ts'
import type { FederatedRoundOptions } from './secure-round.ts'

/** The default of `strategy`. */
const DEFAULT_STRATEGY: Strategy = fedAvg({ epochs: 1, batchSize: 32, learningRate: 0.1 })

const DEFAULT_CLIP: UpdateClip = { kind: 'coordinate', bound: 1 }
/** The noise is as large as the clip is: by coordinate that would be sqrt(dimension) times as much. */
const DEFAULT_PRIVATE_CLIP: UpdateClip = { kind: 'adaptive-l2', bound: 1 }
/** A coordinate is beyond it at most twice in ten million whatever the vector, and mostly far less often. */
const ROTATION_SPREAD = 8
const METRIC_SHARE = 0.1

/** Checked options of a federated round, with every default filled in. */
export interface PreparedRound {
  /** A snapshot: what is done to the caller's model while the round runs does not reach it. */
  readonly model: Model
  readonly strategy: Strategy
  readonly ranges: readonly MetricRange[]
  /** A weighted mean; under noise, a sum. */
  readonly encoding: MeanSpec | SumSpec
  readonly clip: UpdateClip
  readonly task: { readonly kind: 'train'; readonly model: Model; readonly settings: Omit<LocalTraining, 'signal'> }
}

/** The same for the secure round and its baseline: both announce the same task and the same encoding. */
export function prepareRound(options: FederatedRoundOptions): PreparedRound {
  const { workers, strategy = DEFAULT_STRATEGY, encoding = {}, privacy, round = 0, seed } = options
  const model = createModel(options.model?.schema, options.model?.parameters)
  validateWorkers(workers)
  integerOption('round', round, 0)
  const { clip = privacy ? DEFAULT_PRIVATE_CLIP : DEFAULT_CLIP, bits = 24, rotation = false } = encoding
  const ranges = options.metrics ?? (privacy ? [] : DEFAULT_METRICS)
  const vectors = {
    clients: workers.length,
    dimension: model.parameters.length,
    bits,
    clip: clipOf(clip),
    ...(rotation && { rotation: { seed: round, spread: ROTATION_SPREAD } }),
  }
  return {
    model,
    strategy,
    ranges,
    encoding: privacy
      ? noisedSum(vectors, ranges, clip, privacy)
      : weightedMean(vectors, ranges, clip, encoding.weightBound ?? 65_536),
    clip,
    task: { kind: 'train', model, settings: settingsOf(strategy, round, seed) },
  }
}

type Vectors = Omit<SumSpec, 'kind' | 'metrics'>

function weightedMean(
  vectors: Vectors,
  ranges: readonly MetricRange[],
  clip: UpdateClip,
  weightBound: number,
): MeanSpec {
  const fields = metricFields(ranges, integerOption('encoding.weightBound', weightBound, 1))
  return { kind: 'mean', ...vectors, weightBound, metrics: [...fields, ...withinField(clip)] }
}

/**
 * Noised, each metric counts in the sensitivity. With a half-range of a tenth of the updates' own sensitivity a metric
 * costs half a percent of it, and has ten times the relative noise of a coordinate that is as large as the clip.
 */
function noisedSum(
  vectors: Vectors,
  ranges: readonly MetricRange[],
  clip: UpdateClip,
  privacy: DistributedPrivacy,
): SumSpec {
  const updates = sensitivityOf({ kind: 'sum', ...vectors, metrics: [] })
  const bits = Math.min(32, Math.max(1, Math.floor(Math.log2(2 * METRIC_SHARE * updates.l2))))
  const metrics = [...noisedMetricFields(ranges, bits), ...withinField(clip, bits)]
  const spec: SumSpec = { kind: 'sum', ...vectors, metrics }
  return { ...spec, noise: privacy.noiseFor(spec) }
}

/** The same settings for all workers; each derives a seed of its own from the one in them. */
function settingsOf(strategy: Strategy, round: number, seed: number | undefined): Omit<LocalTraining, 'signal'> {
  if (typeof strategy?.localTraining !== 'function' || typeof strategy.apply !== 'function') {
    throw new FederatedError('invalid-option', 'strategy needs localTraining(round) and apply(model, meanDelta).')
  }
  const settings = { ...strategy.localTraining(round), seed: trainingSeed(seed, round) }
  validateLocalTraining(settings)
  return settings
}

function trainingSeed(seed: number | undefined, round: number): number {
  if (seed === undefined) return new DataView(secureRandom(4).buffer).getUint32(0)
  return deriveSeed(checkSeed(seed), 'training', round)
}
