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
import { type EncodingPlan, ERROR_FRACTION_BITS, gridSteps, type PlanField } from './plan.ts'
import { NORM_BLOCK } from './quantize.ts'
import { type RingVector, topMask } from './ring.ts'
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
  const mean = sum.map(value => value / totalWeight)
  const numerics = realNumerics(plan, ring, survivors, metrics, totalWeight)
  return { kind: 'mean', survivors, sum, mean, totalWeight, metrics, numerics }
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

/**
 * Coordinates, sign-extended from b bits. With two lanes high * 2^32 + low rounds once, from the exact integer, just as
 * a conversion by way of BigInt would.
 */
function readReals(plan: EncodingPlan<'mean' | 'sum'>, ring: RingVector, survivors: number): Float64Array {
  const { dimension, bits } = plan.spec
  const { words, lanes } = ring
  const spare = 32 * lanes - plan.modulusBits
  const out = new Float64Array(dimension)
  let largest = 0
  for (let i = 0; i < dimension; i++) {
    const top = (words[i * lanes + lanes - 1]! << spare) >> spare
    const value = lanes === 1 ? top : top * 0x1_0000_0000 + words[i * 2]!
    largest = Math.max(largest, Math.abs(value))
    out[i] = value * plan.unit
  }
  if (largest > survivors * gridSteps(bits)) throw inconsistent('coordinates', survivors)
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
    modulusBits: plan.modulusBits,
    bits: Math.max(1, plan.entry.max.toString(2).length),
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
  if (fitsDoubles(spec, spec.clients)) return readSafeIntegers(plan, ring, survivors)
  const shift = BigInt(survivors) * BigInt(spec.min)
  const most = BigInt(survivors) * entry.max
  return Array.from({ length: spec.dimension }, (_, i) => {
    const total = ring.get(i)
    if (total > most) throw inconsistent('coordinates', survivors)
    return total + shift
  })
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
  const { spec, layout, limbBits } = plan
  const read = (name: 'clipped' | 'maxError' | 'squaredError'): number =>
    Number(readField(ring, layout[name]!, limbBits, survivors, name))
  const clippedCoordinates = read('clipped')
  const unit = plan.unit / divisor
  const one = 2 ** ERROR_FRACTION_BITS
  const slack = survivors * gridSteps(spec.bits) * relativeSlack(plan)
  return {
    modulusBits: plan.modulusBits,
    bits: spec.bits,
    clippedCoordinates,
    clippedFraction: spec.dimension === 0 ? 0 : clippedCoordinates / (survivors * spec.dimension),
    worstCaseError: (survivors + slack) * unit,
    roundingError: { max: (read('maxError') / one + slack) * unit, l2: Math.sqrt(read('squaredError') / one) * unit },
    metricsSaturated: countSaturated(metrics),
  }
}

/** Floating-point error of a coordinate, relative to the clip: scaling, decoding, and the norm's summation. */
function relativeSlack(plan: EncodingPlan<'mean' | 'sum'>): number {
  const { clip, dimension } = plan.spec
  if (clip.kind === 'coordinate') return FLOAT_SLACK
  return FLOAT_SLACK + (Math.min(dimension, NORM_BLOCK) + dimension / NORM_BLOCK) * 2 ** -53
}

type MetricSum = Pick<DecodedMetric, 'sum' | 'worstCaseError'>

function decodeMetrics(plan: EncodingPlan, ring: RingVector, survivors: number): DecodedVector['metrics'] {
  const read = (field: PlanField, spec: MetricSpec): bigint =>
    readField(ring, field, plan.limbBits, survivors, `metric "${spec.name}"`)
  const decoded = plan.layout.metrics.map(({ spec, value, saturated }): [string, DecodedMetric] => {
    const total = read(value, spec)
    const sum =
      spec.kind === 'real'
        ? realMetric(spec, Number(total), survivors)
        : integerMetric(spec, total, survivors, plan.spec.clients)
    return [spec.name, { ...sum, mean: Number(sum.sum) / survivors, saturated: Number(read(saturated, spec)) }]
  })
  return Object.fromEntries(decoded)
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

function countSaturated(metrics: DecodedVector['metrics']): number {
  return Object.values(metrics).reduce((count, metric) => count + metric.saturated, 0)
}
