import type { MeanSpec, MetricSpec, SumSpec } from '../encoding/index.ts'
import { UsageError } from '../errors.ts'
import type { GraphBeliefs } from '../graph/index.ts'
import { MAX_ID_BYTES } from '../messages/message.ts'
import { DEFAULT_RANGE_LENGTH, THREAT_MODELS, type ThreatModel } from '../parameters.ts'
import type { PlanPrivacy } from './noise.ts'

/** What is planned: the beliefs about a cohort (as for `findGraphParameters`), and the update that each client sends. */
export interface PlanOptions
  extends Pick<GraphBeliefs, 'clients' | 'corruptFraction' | 'dropoutFraction' | 'security' | 'correctness'> {
  /** Coordinates of an update. */
  readonly dimension: number
  /** Bits of a coordinate, 2 to 32. */
  readonly bits: number
  /** `semi-honest` by default. `malicious-server` takes the complete graph. */
  readonly threatModel?: ThreatModel
  /** Everybody is everybody's neighbour, even where fewer would do. */
  readonly complete?: boolean
  /**
   * Noise for differential privacy; none by default. Updates are then clipped by their L2 norm and summed unweighted, and
   * `weightBound` is not used.
   */
  readonly privacy?: PlanPrivacy
  /** Largest weight (examples) of a client; 65,536 by default, as in a federated round. */
  readonly weightBound?: number
  /** Scalars beside the vector; by default what a federated round sums: loss and accuracy, under noise none. */
  readonly metrics?: readonly MetricSpec[]
  /** Bytes of a client's id; 36 by default, those of a UUID. */
  readonly idBytes?: number
  /** Entries of a message with a part of the masked vector; 2^18 by default, as in an aggregation. */
  readonly rangeLength?: number
}

/** Options with every default filled in. Beliefs and encoding are checked where they are used. */
export interface CheckedPlanOptions extends PlanOptions {
  readonly threatModel: ThreatModel
  readonly complete: boolean
  readonly idBytes: number
  readonly rangeLength: number
}

const DEFAULT_WEIGHT_BOUND = 65_536
const UUID_BYTES = 36

/** The fields of the metrics that a federated round sums by default; a test holds them against those of the round. */
function defaultMetrics(weightBound: number): MetricSpec[] {
  const ranges = [
    { name: 'loss', min: 0, max: 100 },
    { name: 'accuracy', min: 0, max: 1 },
  ]
  return ranges.flatMap(({ name, min, max }): MetricSpec[] => [
    { name, kind: 'real', min, max, bits: 32 },
    { name: `${name}.weight`, kind: 'integer', min: 0, max: weightBound },
    { name: `${name}.saturated`, kind: 'integer', min: 0, max: 1 },
  ])
}

/** @throws UsageError `bad-parameter`, naming the option */
export function checkOptions(options: PlanOptions): CheckedPlanOptions {
  const { threatModel = 'semi-honest', complete = false, idBytes = UUID_BYTES } = options
  const { rangeLength = DEFAULT_RANGE_LENGTH } = options
  if (!THREAT_MODELS.includes(threatModel)) {
    throw new UsageError('bad-parameter', `unknown threat model "${threatModel}"`)
  }
  if (typeof complete !== 'boolean') throw new UsageError('bad-parameter', 'complete is true or false')
  requireWhole('dimension', options.dimension, 2 ** 31)
  requireWhole('idBytes', idBytes, MAX_ID_BYTES)
  requireWhole('rangeLength', rangeLength, 2 ** 31)
  return { ...options, threatModel, complete, idBytes, rangeLength }
}

/** The encoding of a federated round under differential privacy, still without its noise. */
export function privateEncodingOf({ clients, dimension, bits, metrics = [] }: PlanOptions, clip = 1): SumSpec {
  return { kind: 'sum', clients, dimension, bits, clip: { kind: 'l2', bound: clip }, metrics }
}

/** The encoding of a federated round with these updates. What clipping bounds has no bearing on any size. */
export function encodingOf(options: PlanOptions): MeanSpec {
  const { clients, dimension, bits, weightBound = DEFAULT_WEIGHT_BOUND } = options
  const { metrics = defaultMetrics(weightBound) } = options
  return { kind: 'mean', clients, dimension, bits, clip: { kind: 'coordinate', bound: 1 }, weightBound, metrics }
}

function requireWhole(name: string, value: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return
  throw new UsageError('bad-parameter', `${name} must be a whole number from 1 to ${most}, got ${value}`)
}
