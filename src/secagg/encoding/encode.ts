import { fillKeystream } from '../primitives/prg.ts'
import { writeField } from './fields.ts'
import { checkInput, type EncodingInput, forEachOffset, largestMagnitude, snapshotReals } from './input.ts'
import { type EncodingPlan, ERROR_FRACTION_BITS, gridSteps, type MetricFields } from './plan.ts'
import { l2Norm, type QuantizationTally, type Quantizer, quantize } from './quantize.ts'
import { RingVector } from './ring.ts'
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

/** Random words fetched at a time: 64 KiB. */
const CHUNK_WORDS = 16_384

const WORD = 0x1_0000_0000

/**
 * Turns one client's input into ring elements: clip, weight, scale, round stochastically. Every change that clipping
 * and saturation make is counted, in the report and in the vector. The input is copied before the first await.
 *
 * @param roundingKey 16-byte PRG key of the stochastic rounding; one input per key, or roundings correlate.
 *   Coordinate i consumes word i of its keystream, real metrics the words that follow.
 * @throws UsageError `rounding-key`, `input-length`, `input-value` (names the index, never the value), `input-weight`
 *   or `input-metric`.
 */
export async function encodeInput(
  plan: EncodingPlan,
  input: EncodingInput,
  roundingKey: Uint8Array,
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
  return { vector: vector.reduce(), report: { ...numerics, metricsSaturated } }
}

function encodeIntegers(spec: IntegersSpec, values: EncodingInput['values'], vector: RingVector): EncodingReport {
  const { words, lanes } = vector
  forEachOffset(values, spec, {
    safe: (i, offset) => {
      words[i * lanes] = offset
      if (lanes === 2) words[i * 2 + 1] = Math.floor(offset / WORD)
    },
    wide: (i, offset) => vector.set(i, offset),
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
  const values = snapshotReals(input.values)
  if (layout.weight) writeField(vector, layout.weight, limbBits, BigInt(input.weight!))
  const { quantizer, l2 } = chooseQuantizer(spec, values, input.weight)
  const tally: QuantizationTally = { clipped: 0, maxError: 0, squaredError: 0 }
  await quantizeAll(values, key, quantizer, vector, tally)
  const clippedCoordinates = l2 && l2.scale < 1 ? values.length : tally.clipped
  writeField(vector, layout.clipped!, limbBits, BigInt(clippedCoordinates))
  writeField(vector, layout.maxError!, limbBits, fixedPoint(tally.maxError, 1))
  writeField(vector, layout.squaredError!, limbBits, fixedPoint(tally.squaredError, values.length))
  const roundingError = { max: tally.maxError * unit, l2: Math.sqrt(tally.squaredError) * unit }
  return { clippedCoordinates, roundingError, ...(l2 ? { l2 } : {}) }
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
  const largest = largestMagnitude(values)
  const unclipped = { prescale: 1, gain: (share / bound) * steps, steps }
  if (kind === 'coordinate') return { quantizer: { ...unclipped, clip: bound } }
  const { scaled, prescale } = l2Norm(values, largest)
  const norm = scaled / prescale
  const clip = Number.POSITIVE_INFINITY
  if (norm <= bound) return { quantizer: { ...unclipped, clip }, l2: { norm, scale: 1 } }
  // x * (bound / norm) * (share * steps / bound): the bound cancels.
  return { quantizer: { clip, prescale, gain: (share / scaled) * steps, steps }, l2: { norm, scale: bound / norm } }
}

async function quantizeAll(
  values: Float32Array | Float64Array,
  key: Uint8Array,
  quantizer: Quantizer,
  vector: RingVector,
  tally: QuantizationTally,
): Promise<void> {
  const buffer = new Uint32Array(Math.min(CHUNK_WORDS, values.length))
  for (let from = 0; from < values.length; from += CHUNK_WORDS) {
    const noise = buffer.subarray(0, Math.min(CHUNK_WORDS, values.length - from))
    await fillKeystream(key, from, noise)
    quantize(values, from, noise, quantizer, vector, tally)
  }
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
    writeField(vector, fields.saturated, plan.limbBits, 1n)
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
  writeField(vector, fields.value, limbBits, encoded)
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
