import { AggregationAbortedError, UsageError } from '../errors.ts'
import type {
  DecodedIntegers,
  DecodedMean,
  DecodedMetric,
  DecodedReals,
  DecodedSum,
  DecodedVector,
  EncodingNumerics,
} from './decoded.ts'
import { inconsistent, readField } from './fields.ts'
import { gridRange, gridSteps } from './grid.ts'
import { NORM_BLOCK } from './measure.ts'
import { type EncodingPlan, ERROR_FRACTION_BITS, type MetricFields, type PlanField } from './plan.ts'
import { type RingVector, topMask } from './ring.ts'
import { rotationRelativeError, unrotate } from './rotation.ts'
import { scaleSigned } from './scale.ts'
import { widthOf } from './sensitivity.ts'
import type { EncodingKind, IntegerMetricSpec, IntegersSpec, MetricSpec, RealMetricSpec } from './spec.ts'

/** 16 units in the last place of a double, as a relative error: above the sum of all roundings from input to output. */
const FLOAT_SLACK = 2 ** -49

/**
 * Turns the ring sum of the survivors' vectors back into numbers.
 *
 * @throws UsageError `sum-shape` or `survivors` when these are not of this plan. DecodeError `sum-inconsistent` when no
 *   such clients can have this sum. AggregationAbortedError `total-weight-zero`: a mean over no weight does not exist.
 */
export function decodeSum<K extends EncodingKind>(
  plan: EncodingPlan<K>,
  sum: RingVector,
  survivors: number,
): DecodedSum<K>
export function decodeSum(plan: EncodingPlan, sum: RingVector, survivors: number): DecodedSum {
  checkArguments(plan, sum, survivors)
  const metrics = decodeMetrics(plan, sum, survivors)
  if (plan.kind === 'integers') return decodeIntegers(plan as EncodingPlan<'integers'>, sum, survivors, metrics)
  if (plan.kind === 'sum') return decodeReals(plan as EncodingPlan<'sum'>, sum, survivors, metrics)
  return decodeMean(plan as EncodingPlan<'mean'>, sum, survivors, metrics)
}

function checkArguments(plan: EncodingPlan, sum: RingVector, survivors: number): void {
  if (sum.length !== plan.length || sum.modulusBits !== plan.modulusBits) {
    throw new UsageError(
      'sum-shape',
      `the plan has ${plan.length} entries of ${plan.modulusBits} bits, the sum ${sum.length} of ${sum.modulusBits}`,
    )
  }
  if (!Number.isSafeInteger(survivors) || survivors < 1 || survivors > plan.spec.clients) {
    throw new UsageError('survivors', `survivors must be an integer from 1 to ${plan.spec.clients}, not ${survivors}`)
  }
  const contributors = readField(sum, plan.layout.contributors, plan.limbBits, survivors, 'contributors')
  if (contributors !== BigInt(survivors)) throw inconsistent('contributors', survivors)
}

function decodeMean(
  plan: EncodingPlan<'mean'>,
  ring: RingVector,
  survivors: number,
  metrics: DecodedVector['metrics'],
): DecodedMean {
  const totalWeight = Number(readField(ring, plan.layout.weight!, plan.limbBits, survivors, 'weight'))
  if (totalWeight === 0) {
    throw new AggregationAbortedError(
      'total-weight-zero',
      `all ${survivors} survivors have weight 0, so their mean does not exist: leave out clients without examples`,
    )
  }
  const sum = readReals(plan, ring, survivors)
  const mean = divided(sum, totalWeight)
  const numerics = realNumerics(plan, ring, survivors, metrics, totalWeight)
  return { kind: 'mean', survivors, sum, mean, totalWeight, metrics, numerics }
}

/** A plain loop: a callback per coordinate costs four times as much. */
function divided(values: Float64Array, by: number): Float64Array {
  const out = new Float64Array(values.length)
  for (let i = 0; i < out.length; i++) out[i] = values[i]! / by
  return out
}

function decodeReals(
  plan: EncodingPlan<'sum'>,
  ring: RingVector,
  survivors: number,
  metrics: DecodedVector['metrics'],
): DecodedReals {
  const sum = readReals(plan, ring, survivors)
  return { kind: 'sum', survivors, sum, metrics, numerics: realNumerics(plan, ring, survivors, metrics, 1) }
}

function readReals(plan: EncodingPlan<'mean' | 'sum'>, ring: RingVector, survivors: number): Float64Array {
  const { dimension, bits, rotation } = plan.spec
  const out = new Float64Array(dimension)
  const largest = scaleSigned(ring, plan.unit, out)
  const noise = Number(plan.noise?.bound ?? 0n)
  if (largest > survivors * gridSteps(bits) + noise) throw inconsistent('coordinates', survivors)
  if (rotation) unrotate(out, rotation.seed)
  return out
}

function decodeIntegers(
  plan: EncodingPlan<'integers'>,
  ring: RingVector,
  survivors: number,
  metrics: DecodedVector['metrics'],
): DecodedIntegers {
  const sum = readIntegers(plan, ring, survivors)
  const numerics: EncodingNumerics = {
    ...ringNumerics(plan, survivors, 1),
    bits: Math.max(1, widthOf(plan.spec).toString(2).length),
    clippedCoordinates: 0,
    clippedFraction: 0,
    worstCaseError: 0,
    roundingError: { max: 0, l2: 0 },
    metricsSaturated: countSaturated(metrics),
  }
  return { kind: 'integers', survivors, sum, metrics, numerics }
}

/** Offsets from the minimum, summed, and shifted back. */
function readIntegers(plan: EncodingPlan<'integers'>, ring: RingVector, survivors: number): Float64Array | bigint[] {
  const { spec, entry } = plan
  if (spec.noise) return readNoisedIntegers(plan, ring, survivors)
  if (fitsDoubles(spec, spec.clients)) return readSafeIntegers(plan, ring, survivors)
  const shift = BigInt(survivors) * BigInt(spec.min)
  const most = BigInt(survivors) * entry.max
  return Array.from({ length: spec.dimension }, (_, i) => {
    const total = ring.get(i)
    if (total > most) throw inconsistent('coordinates', survivors)
    return total + shift
  })
}

/** Offsets from the middle, noised. No noise that the ring has room for is refused: to do so would tell about it. */
function readNoisedIntegers(
  plan: EncodingPlan<'integers'>,
  ring: RingVector,
  survivors: number,
): Float64Array | bigint[] {
  const { spec, modulusBits } = plan
  const shift = BigInt(survivors) * (BigInt(spec.min) + widthOf(spec) / 2n)
  const exact = Array.from({ length: spec.dimension }, (_, i) => BigInt.asIntN(modulusBits, ring.get(i)) + shift)
  return fitsDoubles(spec, spec.clients) ? Float64Array.from(exact, Number) : exact
}

function readSafeIntegers(plan: EncodingPlan<'integers'>, ring: RingVector, survivors: number): Float64Array {
  const { words, lanes } = ring
  const shift = survivors * Number(plan.spec.min)
  const most = survivors * Number(plan.entry.max)
  const mask = topMask(plan.modulusBits)
  const out = new Float64Array(plan.spec.dimension)
  for (let i = 0; i < out.length; i++) {
    const top = (words[i * lanes + lanes - 1]! & mask) >>> 0
    const total = lanes === 1 ? top : top * 0x1_0000_0000 + words[i * 2]!
    if (total > most) throw inconsistent('coordinates', survivors)
    out[i] = total + shift
  }
  return out
}

/** Whether no sum over `clients` terms of this range, counted from zero or from the minimum, leaves the safe integers. */
function fitsDoubles(range: Pick<IntegersSpec, 'min' | 'max'>, clients: number): boolean {
  const [min, max] = [BigInt(range.min), BigInt(range.max)]
  const limit = BigInt(Number.MAX_SAFE_INTEGER)
  return [min, max, max - min].every(value => (value < 0n ? -value : value) * BigInt(clients) <= limit)
}

function realNumerics(
  plan: EncodingPlan<'mean' | 'sum'>,
  ring: RingVector,
  survivors: number,
  metrics: DecodedVector['metrics'],
  divisor: number,
): EncodingNumerics {
  const { spec } = plan
  const unit = plan.unit / divisor
  const slack = survivors * gridSteps(spec.bits) * relativeSlack(plan)
  // A rotation spreads the errors of all coordinates over each of them: one may get as much as the norm of them all.
  const spread = spec.rotation ? Math.sqrt(spec.dimension) : 1
  const base = {
    ...ringNumerics(plan, survivors, unit),
    bits: spec.bits,
    worstCaseError: (survivors * spread + slack) * unit,
    metricsSaturated: countSaturated(metrics),
  }
  if (spec.noise) {
    return { ...base, clippedCoordinates: undefined, clippedFraction: undefined, roundingError: undefined }
  }
  const { layout, limbBits } = plan
  const read = (name: 'clipped' | 'maxError' | 'squaredError'): number =>
    Number(readField(ring, layout[name]!, limbBits, survivors, name))
  const clippedCoordinates = read('clipped')
  const one = 2 ** ERROR_FRACTION_BITS
  const largest = read('maxError') / one
  const squared = read('squaredError') / one
  // The norms of the clients' errors add up to at most sqrt(n) times the root of the sum of their squares.
  const max = spec.rotation ? Math.min(largest * spread, Math.sqrt(survivors * squared)) : largest
  return {
    ...base,
    clippedCoordinates,
    clippedFraction: spec.dimension === 0 ? 0 : clippedCoordinates / (survivors * spec.dimension),
    roundingError: { max: (max + slack) * unit, l2: Math.sqrt(squared) * unit },
  }
}

/** What any sum has. `unit` is that of the decoded coordinates. */
function ringNumerics(
  plan: EncodingPlan,
  survivors: number,
  unit: number,
): Pick<EncodingNumerics, 'modulusBits' | 'headroomBits' | 'noise'> {
  const { modulusBits, entry, noise, spec } = plan
  const range = Number(entry.max - entry.min) * survivors + 1
  const headroomBits = modulusBits - Math.log2(range)
  if (!noise || !spec.noise) return { modulusBits, headroomBits }
  const deviation = Math.sqrt(survivors * spec.noise.perClientVariance) * unit
  return { modulusBits, headroomBits, noise: { deviation, wrapProbability: noise.wrapProbability } }
}

/**
 * Floating-point error of a coordinate, relative to the largest that the grid holds: scaling, decoding, the norm's
 * summation, and the rotation's, which is relative to the norm.
 */
function relativeSlack(plan: EncodingPlan<'mean' | 'sum'>): number {
  const { clip, dimension, rotation } = plan.spec
  if (clip.kind === 'coordinate') return FLOAT_SLACK
  const norm = FLOAT_SLACK + (Math.min(dimension, NORM_BLOCK) + dimension / NORM_BLOCK) * 2 ** -53
  if (!rotation) return norm
  // The sum of what was rounded is at most sqrt(d) times the grid long.
  return (norm + rotationRelativeError(dimension)) * Math.max(clip.bound / gridRange(plan.spec), Math.sqrt(dimension))
}

type MetricSum = Pick<DecodedMetric, 'sum' | 'worstCaseError' | 'noiseDeviation'>

function decodeMetrics(plan: EncodingPlan, ring: RingVector, survivors: number): DecodedVector['metrics'] {
  const read = (field: PlanField, spec: MetricSpec): bigint =>
    readField(ring, field, plan.limbBits, survivors, `metric "${spec.name}"`)
  const decoded = plan.layout.metrics.map(({ spec, value, saturated }): [string, DecodedMetric] => {
    const total = saturated ? read(value, spec) : readNoised(plan, ring, value, survivors, spec)
    const sum =
      spec.kind === 'real'
        ? realMetric(spec, Number(total), survivors)
        : integerMetric(spec, total, survivors, plan.spec.clients)
    const noise = saturated ? {} : { noiseDeviation: metricNoise(plan, spec, survivors) }
    const count = saturated && Number(read(saturated, spec))
    return [spec.name, { ...sum, ...noise, mean: Number(sum.sum) / survivors, saturated: count }]
  })
  return Object.fromEntries(decoded)
}

/** The sum counted from the minimum again. */
function readNoised(
  { modulusBits }: EncodingPlan,
  ring: RingVector,
  { offset }: MetricFields['value'],
  survivors: number,
  spec: MetricSpec,
): bigint {
  return BigInt.asIntN(modulusBits, ring.get(offset)) + BigInt(survivors) * (widthOf(spec) / 2n)
}

function metricNoise({ spec }: EncodingPlan, metric: MetricSpec, survivors: number): number {
  const step = metric.kind === 'real' ? (metric.max - metric.min) / (2 ** metric.bits - 1) : 1
  return Math.sqrt(survivors * spec.noise!.perClientVariance) * step
}

function integerMetric(spec: IntegerMetricSpec, total: bigint, survivors: number, clients: number): MetricSum {
  const sum = total + BigInt(survivors) * BigInt(spec.min)
  return { sum: fitsDoubles(spec, clients) ? Number(sum) : sum, worstCaseError: 0 }
}

function realMetric(spec: RealMetricSpec, total: number, survivors: number): MetricSum {
  const { min, max, bits } = spec
  const step = (max - min) / (2 ** bits - 1)
  const slack = (Math.abs(min) + Math.abs(max)) * FLOAT_SLACK
  return { sum: survivors * min + total * step, worstCaseError: survivors * (step + slack) }
}

/** Undefined under noise. */
function countSaturated(metrics: DecodedVector['metrics']): number | undefined {
  return Object.values(metrics).reduce<number | undefined>(
    (count, { saturated }) => (count === undefined || saturated === undefined ? undefined : count + saturated),
    0,
  )
}
