import { aes128Ctr } from '#native'
import { fillKeystream } from '../primitives/prg.ts'
import { type RandomSource, secureRandom } from '../primitives/random.ts'
import { writeField } from './fields.ts'
import { gridRange, gridSteps } from './grid.ts'
import { checkInput, type EncodingInput, forEachOffset, snapshotReals, stableReals } from './input.ts'
import { l2Norm, squaredNorm } from './measure.ts'
import { addNoise } from './noise.ts'
import { type EncodingPlan, ERROR_FRACTION_BITS, type MetricFields } from './plan.ts'
import type { QuantizationTally, Quantizer } from './quantize.ts'
import { RingVector } from './ring.ts'
import { rotate } from './rotation.ts'
import { quantizeAll } from './rounding.ts'
import { widthOf } from './sensitivity.ts'
import type { IntegerMetricSpec, IntegersSpec, MeanSpec, RealMetricSpec, SumSpec } from './spec.ts'

/** What encoding did to one input. It tells about that client's data: it is for the client alone. */
export interface EncodingReport {
  /** Coordinates that clipping changed; under an L2 clip all of them or none. */
  readonly clippedCoordinates: number
  /** Under an L2 clip: the norm found (Infinity beyond the range of a double) and the factor applied, 1 if none. */
  readonly l2?: { readonly norm: number; readonly scale: number }
  /** Measured errors of rounding the weighted, clipped coordinates: the largest one, and their L2 norm. */
  readonly roundingError: { readonly max: number; readonly l2: number }
  /** Names of the metrics that lay outside their declared range. The sum counts them too. */
  readonly metricsSaturated: readonly string[]
}

/** An input ready to be masked, and what was done to it. */
export interface EncodedInput {
  /** Reduced; of the plan's length and modulus. */
  readonly vector: RingVector
  readonly report: EncodingReport
}

const WORD = 0x1_0000_0000

/**
 * Turns one client's input into ring elements: clip, weight, scale, rotate, round stochastically, add noise. Every change
 * that clipping and saturation make is counted, in the report and, without noise, in the vector. The input is the caller's
 * again when this returns its promise.
 *
 * @param roundingKey 16-byte PRG key of the stochastic rounding; one input per key, or roundings correlate.
 *   Coordinate i consumes word i of its keystream, real metrics the words that follow, and repeated roundings those after.
 * @param random the source of the noise; only a simulation has a reason to replace the platform's own.
 * @throws UsageError `rounding-key`, `input-length`, `input-value` (names the index, never the value), `input-weight`
 *   or `input-metric`.
 */
export async function encodeInput(
  plan: EncodingPlan,
  input: EncodingInput,
  roundingKey: Uint8Array,
  random: RandomSource = secureRandom,
): Promise<EncodedInput> {
  checkInput(plan, input, roundingKey)
  const key = roundingKey.slice()
  const vector = RingVector.zeros(plan.length, plan.modulusBits)
  const metrics = plan.layout.metrics.map(({ spec }) => input.metrics![spec.name]!)
  writeField(vector, plan.layout.contributors, plan.limbBits, 1n)
  const { spec } = plan
  let numerics: Omit<EncodingReport, 'metricsSaturated'>
  if (spec.kind === 'integers') numerics = encodeIntegers(spec, input.values, vector)
  else numerics = await encodeReals(plan as EncodingPlan<'mean' | 'sum'>, input, key, vector)
  const metricsSaturated = await encodeMetrics(plan, metrics, key, vector)
  if (spec.noise !== undefined) addNoise(vector, plan.noise!.sensitivity.dimension, spec.noise, random)
  // Rounding and fields leave reduced entries.
  if (spec.noise !== undefined || spec.kind === 'integers') vector.reduce()
  return { vector, report: { ...numerics, metricsSaturated } }
}

function encodeIntegers(spec: IntegersSpec, values: EncodingInput['values'], vector: RingVector): EncodingReport {
  const { words, lanes } = vector
  const middle = spec.noise === undefined ? 0n : widthOf(spec) / 2n
  const shift = Number(middle)
  forEachOffset(values, spec, {
    safe: (i, offset) => {
      words[i * lanes] = offset - shift
      if (lanes === 2) words[i * 2 + 1] = Math.floor((offset - shift) / WORD)
    },
    wide: (i, offset) => vector.set(i, offset - middle),
  })
  return { clippedCoordinates: 0, roundingError: { max: 0, l2: 0 }, metricsSaturated: [] }
}

async function encodeReals(
  plan: EncodingPlan<'mean' | 'sum'>,
  input: EncodingInput,
  key: Uint8Array,
  vector: RingVector,
): Promise<Omit<EncodingReport, 'metricsSaturated'>> {
  const { spec, layout, limbBits, unit } = plan
  const values = isRoundedAtOnce(plan, key) ? stableReals(input.values) : snapshotReals(input.values)
  if (layout.weight) writeField(vector, layout.weight, limbBits, BigInt(input.weight!))
  const { quantizer, l2 } = chooseQuantizer(spec, values, input.weight)
  const tally = spec.rotation
    ? await quantizeRotated(spec, values, key, quantizer, plan, vector)
    : await quantizeWithin(values, key, quantizer, plan, vector)
  const clippedCoordinates = l2 && l2.scale < 1 ? values.length : tally.clipped
  if (layout.clipped) {
    writeField(vector, layout.clipped, limbBits, BigInt(clippedCoordinates))
    writeField(vector, layout.maxError!, limbBits, fixedPoint(tally.maxError, 1))
    writeField(vector, layout.squaredError!, limbBits, fixedPoint(tally.squaredError, values.length))
  }
  const roundingError = { max: tally.maxError * unit, l2: Math.sqrt(tally.squaredError) * unit }
  return { clippedCoordinates, roundingError, ...(l2 ? { l2 } : {}) }
}

/** Whether no other code can run while the values are in use: the platform's AES is synchronous, one rounding will do. */
function isRoundedAtOnce(plan: EncodingPlan, key: Uint8Array): boolean {
  return aes128Ctr(key).isSynchronous && normLimit(plan) === Number.POSITIVE_INFINITY
}

/** What the squared norm of the rounded coordinates must not exceed. */
function normLimit({ noise }: EncodingPlan): number {
  return noise?.sensitivity.squaredNormLimit ?? Number.POSITIVE_INFINITY
}

/** Scale and clip of one client: the weight goes into the gain, relative to its bound, so it widens no entry. */
function chooseQuantizer(
  spec: MeanSpec | SumSpec,
  values: Float32Array | Float64Array,
  weight: number | undefined,
): { quantizer: Quantizer; l2?: { norm: number; scale: number } } {
  const steps = gridSteps(spec.bits)
  const share = spec.kind === 'mean' ? weight! / spec.weightBound : 1
  const { kind, bound } = spec.clip
  const range = gridRange(spec)
  const unclipped = { prescale: 1, gain: (share / range) * steps, steps }
  if (kind === 'coordinate') return { quantizer: { ...unclipped, clip: bound } }
  const { scaled, prescale } = l2Norm(values)
  const norm = scaled / prescale
  const clip = Number.POSITIVE_INFINITY
  if (norm <= bound) return { quantizer: { ...unclipped, clip }, l2: { norm, scale: 1 } }
  // x * (bound / norm) * (share * steps / range); without a rotation bound and range cancel.
  const gain = (share / scaled) * steps * (bound / range)
  return { quantizer: { clip, prescale, gain, steps }, l2: { norm, scale: bound / norm } }
}

/** The clipped vector in ring units, rotated, clipped again to what the grid holds, and rounded. */
async function quantizeRotated(
  spec: MeanSpec | SumSpec,
  values: Float32Array | Float64Array,
  key: Uint8Array,
  { prescale, gain, steps }: Quantizer,
  plan: EncodingPlan,
  vector: RingVector,
): Promise<QuantizationTally> {
  const rotated = new Float64Array(values.length)
  for (let i = 0; i < rotated.length; i++) rotated[i] = values[i]! * prescale * gain
  rotate(rotated, spec.rotation!.seed)
  return quantizeWithin(rotated, key, { clip: steps, prescale: 1, gain: 1, steps }, plan, vector)
}

/** Each attempt keeps to the limit with a probability of 1 - exp(-1/2) or more: this many all fail with 2^-800. */
const MOST_ATTEMPTS = 1200

/** Rounds until the norm is within what the noise was calibrated for; without noise any rounding will do. */
async function quantizeWithin(
  values: Float32Array | Float64Array,
  key: Uint8Array,
  quantizer: Quantizer,
  plan: EncodingPlan,
  vector: RingVector,
): Promise<QuantizationTally> {
  const limit = normLimit(plan)
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const start = attempt === 0 ? 0 : attempt * values.length + plan.spec.metrics.length
    const tally = await quantizeAll(values, key, start, quantizer, vector)
    if (limit === Number.POSITIVE_INFINITY || squaredNorm(vector, values.length) <= limit) return tally
  }
  throw new Error('no rounding of a clipped vector kept to its norm: this cannot be')
}

async function encodeMetrics(
  plan: EncodingPlan,
  metrics: readonly (number | bigint)[],
  key: Uint8Array,
  vector: RingVector,
): Promise<string[]> {
  const noise = new Uint32Array(metrics.length)
  if (metrics.length > 0) await fillKeystream(key, plan.spec.dimension, noise)
  const saturated: string[] = []
  for (const [j, fields] of plan.layout.metrics.entries()) {
    const inRange = encodeMetric(fields, metrics[j]!, noise[j]!, plan.limbBits, vector)
    if (inRange) continue
    if (fields.saturated) writeField(vector, fields.saturated, plan.limbBits, 1n)
    saturated.push(fields.spec.name)
  }
  return saturated
}

/** Writes a metric, saturated to its range. @returns whether it lay within. */
function encodeMetric(
  fields: MetricFields,
  value: number | bigint,
  noise: number,
  limbBits: number,
  vector: RingVector,
): boolean {
  const { spec } = fields
  const inRange = value >= spec.min && value <= spec.max
  const clamped = value < spec.min ? spec.min : value > spec.max ? spec.max : value
  const encoded = spec.kind === 'integer' ? integerOffset(spec, clamped) : realOffset(spec, clamped as number, noise)
  if (fields.saturated) writeField(vector, fields.value, limbBits, encoded)
  else vector.set(fields.value.offset, encoded - widthOf(spec) / 2n)
  return inRange
}

function integerOffset(spec: IntegerMetricSpec, value: number | bigint): bigint {
  return BigInt(value) - BigInt(spec.min)
}

function realOffset(spec: RealMetricSpec, value: number, noise: number): bigint {
  const steps = 2 ** spec.bits - 1
  const v = Math.min(steps, ((value - spec.min) / (spec.max - spec.min)) * steps)
  const floor = Math.floor(v)
  return BigInt(floor + (noise < (v - floor) * WORD ? 1 : 0))
}

/** A rounding error, or a sum of squares of them, in fixed point: rounded up, so that it stays an upper bound. */
function fixedPoint(error: number, most: number): bigint {
  const one = 2 ** ERROR_FRACTION_BITS
  return BigInt(Math.min(most * one, Math.ceil(error * one)))
}
