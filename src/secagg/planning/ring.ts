import {
  type EncodingPlan,
  type EncodingSpec,
  type NoisePlan,
  type PlanField,
  planEncoding,
} from '../encoding/index.ts'
import { noiseBoundOf, planNoise } from '../encoding/noise.ts'
import { lanesOf, MAX_MODULUS_BITS } from '../encoding/ring.ts'
import { halfWidth } from '../encoding/sensitivity.ts'
import { MAX_CLIENTS } from '../encoding/spec.ts'
import { UsageError } from '../errors.ts'

/** Most clients of one real aggregation, 2^20; what is beyond can be planned, but not run as one. */
export const LARGEST_AGGREGATION: number = MAX_CLIENTS

/** The ring vector of one client. */
export interface RingShape {
  /** b: sums are taken modulo 2^b. */
  readonly modulusBits: number
  /** Entries: coordinates and what rides beside them. */
  readonly vectorLength: number
  /** 32-bit words of an entry in memory. */
  readonly lanes: 1 | 2
}

/** The same, with what follows from the noise where there is any. */
export interface NoisedRing extends RingShape {
  readonly noise?: NoisePlan
}

/**
 * The ring and the vector that an encoding takes, for any number of clients.
 *
 * @throws UsageError as `planEncoding`
 */
export function ringFor(spec: EncodingSpec): NoisedRing {
  if (spec.clients > LARGEST_AGGREGATION) return stretch(planEncoding(largestOf(spec)), spec)
  const { modulusBits, length: vectorLength, lanes, noise } = planEncoding(spec)
  return { modulusBits, vectorLength, lanes, ...(noise && { noise }) }
}

/** The same encoding for the largest cohort of one aggregation. Its noise need only be one that can be. */
function largestOf(spec: EncodingSpec): EncodingSpec {
  const noise = spec.noise && { noise: { ...spec.noise, minimumSurvivors: 1, assumedCorrupted: 0 } }
  return { ...spec, clients: LARGEST_AGGREGATION, ...noise }
}

/**
 * The ring of an encoding that has a plan for another number of clients: a modulus that the sum of so many cannot wrap
 * around in, and every field cut into limbs that leave it the room.
 *
 * @param plan of `spec` with another `clients`
 * @throws UsageError `modulus-too-wide`
 */
export function stretch({ entry, layout }: EncodingPlan, spec: EncodingSpec): NoisedRing {
  const { clients, dimension, noise } = spec
  const cohortBits = bitLength(BigInt(clients - 1))
  const largest = largestSum(spec, entry)
  const sumBits =
    noise === undefined
      ? bitLength(BigInt(clients) * (entry.max - entry.min))
      : bitLength(largest + noiseBoundOf(spec, noise)) + 1
  const modulusBits = Math.max(sumBits, cohortBits + 1)
  if (modulusBits > MAX_MODULUS_BITS) {
    throw new UsageError(
      'modulus-too-wide',
      `the sum over ${clients} clients takes ${modulusBits} bits, but the ring holds at most ${MAX_MODULUS_BITS}: ` +
        'lower bits or clients',
    )
  }
  const limbBits = modulusBits - cohortBits
  // Under noise a metric is a single entry, whatever its width.
  const fields = noise === undefined ? fieldsOf(layout) : [layout.contributors]
  const entries = noise === undefined ? dimension : dimension + spec.metrics.length
  const words = fields.map(field => Math.max(1, Math.ceil(bitLength(field.largest) / limbBits)))
  const vectorLength = words.reduce((total, count) => total + count, entries)
  const noisePlan = noise && { noise: planNoise(spec, noise, modulusBits, largest) }
  return { modulusBits, vectorLength, lanes: lanesOf(modulusBits), ...noisePlan }
}

/** The largest magnitude of a noised entry before its noise: a coordinate or a metric. */
function largestSum({ clients, metrics }: EncodingSpec, { max }: EncodingPlan['entry']): bigint {
  const halves = metrics.map(halfWidth)
  return BigInt(clients) * halves.reduce((most, half) => (half > most ? half : most), max)
}

function fieldsOf({ metrics, ...others }: EncodingPlan['layout']): PlanField[] {
  const fields = [...Object.values(others), ...metrics.flatMap(({ value, saturated }) => [value, saturated])]
  return fields.filter(field => field !== undefined)
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length
}
