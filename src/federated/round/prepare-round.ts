import type { MeanSpec } from '../../secagg/encoding/index.ts'
import { secureRandom } from '../../secagg/primitives/random.ts'
import { integerOption } from '../check.ts'
import { FederatedError } from '../errors.ts'
import { type LocalTraining, validateLocalTraining } from '../learner.ts'
import { createModel, type Model } from '../model.ts'
import { checkSeed, deriveSeed } from '../random.ts'
import { fedAvg } from '../strategy/fed-avg.ts'
import type { Strategy } from '../strategy/strategy.ts'
import { validateWorkers } from '../worker.ts'
import { DEFAULT_METRICS, type MetricRange, metricFields } from './metrics.ts'
import type { FederatedRoundOptions } from './secure-round.ts'

/** The default of `strategy`. */
const DEFAULT_STRATEGY: Strategy = fedAvg({ epochs: 1, batchSize: 32, learningRate: 0.1 })

/** Checked options of a federated round, with every default filled in. */
export interface PreparedRound {
  /** A snapshot: what is done to the caller's model while the round runs does not reach it. */
  readonly model: Model
  readonly strategy: Strategy
  readonly ranges: readonly MetricRange[]
  readonly encoding: MeanSpec
  readonly task: { readonly kind: 'train'; readonly model: Model; readonly settings: Omit<LocalTraining, 'signal'> }
}

/** The same for the secure round and its baseline: both announce the same task and the same encoding. */
export function prepareRound(options: FederatedRoundOptions): PreparedRound {
  const { workers, strategy = DEFAULT_STRATEGY, metrics: ranges = DEFAULT_METRICS, encoding = {} } = options
  const { round = 0, seed } = options
  const model = createModel(options.model?.schema, options.model?.parameters)
  validateWorkers(workers)
  integerOption('round', round, 0)
  const { bits = 24, clip = { kind: 'coordinate', bound: 1 }, weightBound = 65_536 } = encoding
  const metrics = metricFields(ranges, integerOption('encoding.weightBound', weightBound, 1))
  const clients = workers.length
  const dimension = model.parameters.length
  return {
    model,
    strategy,
    ranges,
    encoding: { kind: 'mean', clients, dimension, bits, clip, weightBound, metrics },
    task: { kind: 'train', model, settings: settingsOf(strategy, round, seed) },
  }
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
