import { UsageError } from '../errors.ts'
import { gridSteps, gridUnit } from './grid.ts'
import { type NoisePlan, noiseBoundOf, planNoise } from './noise.ts'
import { lanesOf, MAX_MODULUS_BITS } from './ring.ts'
import { halfWidth, widthOf } from './sensitivity.ts'
import { checkSpec, type EncodingKind, type EncodingSpec, MAX_LENGTH, type MetricSpec, type SpecOf } from './spec.ts'

/**
 * A number that rides in the ring vector behind the coordinates: an integer from 0 to `largest` per client, cut into
 * `words` limbs of `limbBits` bits each, the lowest first. Sums of limbs cannot wrap.
 */
export interface PlanField {
  /** First entry of the ring vector that it takes. */
  readonly offset: number
  readonly words: number
  /** The largest value of one client. */
  readonly largest: bigint
}

/**
 * A metric's value, counted from its minimum, and whether it had to be saturated (0 or 1 per client). Under noise the value
 * is one entry, counted from the middle of its range in two's complement, and saturation is not released.
 */
export interface MetricFields {
  readonly spec: MetricSpec
  readonly value: PlanField
  readonly saturated?: PlanField
}

/**
 * Where everything is in the ring vector. The coordinates are entries 0 to dimension - 1. Under noise the metrics follow,
 * and of the other fields only the contributors are there: how many they are is no secret.
 */
export interface PlanLayout {
  /** 1 per client: the decoder sees whether the sum holds as many inputs as it was told. */
  readonly contributors: PlanField
  /** Kind `mean` only. */
  readonly weight?: PlanField
  /** Kinds `mean` and `sum`, without noise: coordinates that clipping changed. */
  readonly clipped?: PlanField
  /** Likewise: the largest rounding error of a coordinate, in 2^-16 ring units, rounded up. */
  readonly maxError?: PlanField
  /** Likewise: the sum of the squared rounding errors, in 2^-16 squared ring units, rounded up. */
  readonly squaredError?: PlanField
  readonly metrics: readonly MetricFields[]
}

/**
 * All that follows from an {@link EncodingSpec}: both sides derive the same plan from the same spec, and nothing in it
 * is a guess. Immutable.
 */
export interface EncodingPlan<K extends EncodingKind = EncodingKind> {
  readonly kind: K
  readonly spec: SpecOf<K>
  /**
   * b: the ring is Z_2^b, the smallest in which no sum of `clients` encoded entries can wrap; under noise, in which it
   * wraps with a probability of at most 2^-40.
   */
  readonly modulusBits: number
  /** 32-bit words per entry in memory; on the wire an entry takes `modulusBits` bits. */
  readonly lanes: 1 | 2
  /**
   * The integers that a coordinate of one client can become: -Q to Q for reals, in two's complement; for integers 0 to
   * max - min, counted from the minimum, or under noise from the middle, in two's complement.
   */
  readonly entry: { readonly min: bigint; readonly max: bigint }
  /** What one ring unit of a coordinate's sum is worth: bound * weightBound / Q, bound / Q, or 1; see {@link gridUnit}. */
  readonly unit: number
  /** What follows from the noise, where there is any. */
  readonly noise?: NoisePlan
  /** Bits of a limb: modulusBits - ceil(log2(clients)). */
  readonly limbBits: number
  readonly layout: PlanLayout
  /** Entries of the ring vector: coordinates and all fields. */
  readonly length: number
}

/** Fractional bits of the rounding errors that ride along. */
export const ERROR_FRACTION_BITS = 16

/**
 * Derives scale, ring and layout from a spec.
 *
 * @throws UsageError `encoding-spec` for a field out of its range; `modulus-too-wide` or `vector-too-long` when the
 *   whole does not fit, saying which of clients, bits, range or dimension to change.
 */
export function planEncoding<S extends EncodingSpec>(spec: S): EncodingPlan<S['kind']>
export function planEncoding(input: EncodingSpec): EncodingPlan {
  const spec = checkSpec(input)
  const entry = entryRange(spec)
  const modulusBits = spec.noise === undefined ? deriveModulus(spec, entry.max - entry.min) : noisedModulus(spec, entry)
  const limbBits = modulusBits - cohortBits(spec.clients)
  const { layout, length } = layOut(spec, limbBits)
  const noise = spec.noise && { noise: planNoise(spec, spec.noise, modulusBits, largestSum(spec, entry)) }
  const ring = { modulusBits, lanes: lanesOf(modulusBits), entry, unit: gridUnit(spec), limbBits, layout, length }
  return Object.freeze({ kind: spec.kind, spec, ...ring, ...noise }) as EncodingPlan
}

function entryRange(spec: EncodingSpec): EncodingPlan['entry'] {
  if (spec.kind === 'integers') {
    const below = spec.noise === undefined ? 0n : widthOf(spec) / 2n
    return Object.freeze({ min: -below, max: widthOf(spec) - below })
  }
  const steps = BigInt(gridSteps(spec.bits))
  return Object.freeze({ min: -steps, max: steps })
}

/**
 * A sum over n clients takes n * width + 1 values. For reals, whose range is symmetric, the least power of two above
 * that also holds the sum in two's complement. A limb needs a bit of its own besides those of the cohort.
 */
function deriveModulus(spec: EncodingSpec, width: bigint): number {
  const largest = BigInt(spec.clients) * width
  const bits = Math.max(bitLength(largest), cohortBits(spec.clients) + 1)
  return checkModulus(spec, bits, `entries ${bitLength(width)} bits wide`)
}

/** In two's complement, the largest sum and the largest noise that is to be expected. */
function noisedModulus(spec: EncodingSpec, entry: EncodingPlan['entry']): number {
  const largest = largestSum(spec, entry) + noiseBoundOf(spec, spec.noise!)
  const bits = Math.max(bitLength(largest) + 1, cohortBits(spec.clients) + 1)
  return checkModulus(spec, bits, `entries ${bitLength(entry.max - entry.min)} bits wide and their noise`)
}

/** The largest magnitude of a sum's entry without its noise: a coordinate or, under noise, a metric. */
function largestSum({ clients, metrics }: EncodingSpec, { max }: EncodingPlan['entry']): bigint {
  const largest = metrics.reduce((most, metric) => (halfWidth(metric) > most ? halfWidth(metric) : most), max)
  return BigInt(clients) * largest
}

function checkModulus(spec: EncodingSpec, bits: number, what: string): number {
  if (bits <= MAX_MODULUS_BITS) return bits
  const knob = spec.kind === 'integers' ? 'narrow min..max or lower clients' : 'lower bits or clients'
  throw new UsageError(
    'modulus-too-wide',
    `the sum over ${spec.clients} clients of ${what} takes ${bits} bits, but the ring holds at most ${MAX_MODULUS_BITS}: ${knob}`,
  )
}

function layOut(spec: EncodingSpec, limbBits: number): { layout: PlanLayout; length: number } {
  let length = spec.dimension
  const field = (largest: bigint): PlanField => {
    const words = Math.max(1, Math.ceil(bitLength(largest) / limbBits))
    const placed = Object.freeze({ offset: length, words, largest })
    length += words
    return placed
  }
  const noised = spec.noise === undefined ? undefined : spec.metrics.map(metric => noisedMetric(metric, length++))
  const contributors = field(1n)
  const weight = spec.kind === 'mean' ? { weight: field(BigInt(spec.weightBound)) } : {}
  const numerics = spec.kind === 'integers' || noised ? {} : numericFields(spec.dimension, field)
  const metrics =
    noised ??
    spec.metrics.map(metric => Object.freeze({ spec: metric, value: field(widthOf(metric)), saturated: field(1n) }))
  if (length > MAX_LENGTH) {
    throw new UsageError('vector-too-long', `${length} ring entries exceed ${MAX_LENGTH}: lower dimension`)
  }
  const layout = Object.freeze({ contributors, ...weight, ...numerics, metrics: Object.freeze(metrics) })
  return { layout, length }
}

function numericFields(dimension: number, field: (largest: bigint) => PlanField): Partial<PlanLayout> {
  const one = 1n << BigInt(ERROR_FRACTION_BITS)
  return {
    clipped: field(BigInt(dimension)),
    maxError: field(one),
    squaredError: field(BigInt(dimension) * one),
  }
}

function noisedMetric(spec: MetricSpec, offset: number): MetricFields {
  return Object.freeze({ spec, value: Object.freeze({ offset, words: 1, largest: halfWidth(spec) }) })
}

/** ceil(log2(clients)): the bits by which a sum over the cohort outgrows its terms. */
function cohortBits(clients: number): number {
  return bitLength(BigInt(clients - 1))
}

/** Bits of a non-negative integer: the least b with value < 2^b. */
function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length
}
