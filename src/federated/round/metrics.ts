import type { DecodedMetric, MetricSpec, RealMetricSpec } from '../../secagg/encoding/index.ts'
import { integerOption, shown } from '../check.ts'
import { FederatedError } from '../errors.ts'
import { WITHIN_CLIP } from './clip.ts'

/**
 * A measurement that workers report beside their update, and the range that it is masked within. A value outside of it
 * counts as the end of the range, and the round warns of it.
 *
 * The mean is over those who report the metric: have all workers report it, or none. Of one that a single worker reports,
 * the mean *is* that worker's.
 */
export interface MetricRange {
  /** 1 to 54 letters, digits or `_.:/-`, the first a letter. */
  readonly name: string
  readonly min: number
  readonly max: number
  /** Resolution: the range is cut into 2^bits - 1 steps, 1 to 32 bits. 32 by default. */
  readonly bits?: number
}

/** The means that a sum of metrics came to. */
export interface DecodedMetrics {
  /** Means over the examples of those who reported; a metric that nobody reported is absent. */
  readonly means: Readonly<Record<string, number>>
  /** Bound on the rounding error of each mean. */
  readonly worstCaseErrors: Readonly<Record<string, number>>
  /** Values that lay outside of their range, over all metrics and survivors; under noise that is not released. */
  readonly saturated: number | undefined
}

/** What classifiers report; a worker may leave out either. */
export const DEFAULT_METRICS: readonly MetricRange[] = [
  { name: 'loss', min: 0, max: 100 },
  { name: 'accuracy', min: 0, max: 1 },
]

/** Suffixes of the fields beside a metric's own: the weight of those who reported it, and how many were out of range. */
const WEIGHT = '.weight'
const SATURATED = '.saturated'

const METRIC_NAME = /^[A-Za-z][A-Za-z0-9_.:/-]{0,53}$/
/** The encoding takes 256 fields, and a metric is three. */
const MAX_METRICS = 85
const MAX_MAGNITUDE = 1e100
const DEFAULT_BITS = 32
/** 16 units in the last place of a double: above the roundings of weighing a value and of dividing by the weights. */
const FLOAT_SLACK = 2 ** -49

/**
 * The masked fields of some metrics. Each takes three: Σ min + (m - min) w / weightBound, which stays within the declared
 * range; Σ w over those who reported it, so that the mean is weighted by examples and a worker without that metric does not
 * spoil it; and how many were out of range.
 *
 * @throws FederatedError `invalid-option`, naming the metric.
 */
export function metricFields(ranges: readonly MetricRange[], weightBound: number): MetricSpec[] {
  checkRanges(ranges)
  return ranges.flatMap(({ name, min, max, bits = DEFAULT_BITS }): MetricSpec[] => [
    { name, kind: 'real', min, max, bits },
    { name: name + WEIGHT, kind: 'integer', min: 0, max: weightBound },
    { name: name + SATURATED, kind: 'integer', min: 0, max: 1 },
  ])
}

/**
 * The same under noise: one field each, the plain value, of which the mean counts every worker the same. A worker without
 * that metric counts as its minimum. Neither weights nor out-of-range counts are released.
 */
export function noisedMetricFields(ranges: readonly MetricRange[], defaultBits: number): RealMetricSpec[] {
  checkRanges(ranges)
  return ranges.map(({ name, min, max, bits = defaultBits }) => ({ name, kind: 'real', min, max, bits }))
}

/** The ranges that an encoding announces: how a participant knows which metrics are asked for. */
export function rangesOf(fields: readonly MetricSpec[]): MetricRange[] {
  return fields.flatMap(field =>
    field.kind === 'real' && field.name !== WITHIN_CLIP
      ? [{ name: field.name, min: field.min, max: field.max, bits: field.bits }]
      : [],
  )
}

/** One worker's metrics, finite numbers, as the fields of {@link metricFields}. Metrics that were not asked for are left out. */
export function encodeMetrics(
  ranges: readonly MetricRange[],
  metrics: Readonly<Record<string, number>>,
  weight: number,
  weightBound: number,
): Record<string, number> {
  const fields: Record<string, number> = {}
  for (const { name, min, max } of ranges) {
    const value = Object.hasOwn(metrics, name) ? metrics[name] : undefined
    const within = Math.min(max, Math.max(min, value ?? min))
    fields[name] = Math.min(max, min + (within - min) * (weight / weightBound))
    fields[name + WEIGHT] = value === undefined ? 0 : weight
    fields[name + SATURATED] = value === undefined || value === within ? 0 : 1
  }
  return fields
}

/** One worker's metrics as the fields of {@link noisedMetricFields}. */
export function encodeNoisedMetrics(
  ranges: readonly MetricRange[],
  metrics: Readonly<Record<string, number>>,
): Record<string, number> {
  const reported = ({ name, min }: MetricRange) => (Object.hasOwn(metrics, name) ? metrics[name]! : min)
  return Object.fromEntries(ranges.map(range => [range.name, reported(range)]))
}

/** The means behind the decoded sums of {@link noisedMetricFields}. */
export function decodeNoisedMetrics(
  ranges: readonly MetricRange[],
  decoded: Readonly<Record<string, DecodedMetric>>,
  survivors: number,
): DecodedMetrics {
  const clamped = ({ name, min, max }: MetricRange) => Math.min(max, Math.max(min, decoded[name]!.mean))
  return {
    means: Object.fromEntries(ranges.map(range => [range.name, clamped(range)])),
    worstCaseErrors: Object.fromEntries(ranges.map(({ name }) => [name, decoded[name]!.worstCaseError / survivors])),
    saturated: undefined,
  }
}

/** The means behind the decoded sums of {@link metricFields} over that many survivors. */
export function decodeMetrics(
  ranges: readonly MetricRange[],
  decoded: Readonly<Record<string, DecodedMetric>>,
  weightBound: number,
  survivors: number,
): DecodedMetrics {
  const means: Record<string, number> = {}
  const worstCaseErrors: Record<string, number> = {}
  let saturated = 0
  for (const { name, min, max } of ranges) {
    const { sum, worstCaseError } = decoded[name]!
    const weight = Number(decoded[name + WEIGHT]!.sum)
    saturated += Number(decoded[name + SATURATED]!.sum)
    if (weight === 0) continue
    const mean = min + (Number(sum) - survivors * min) * (weightBound / weight)
    means[name] = Math.min(max, Math.max(min, mean))
    const slack = survivors * (Math.abs(min) + Math.abs(max)) * FLOAT_SLACK
    worstCaseErrors[name] = (worstCaseError + slack) * (weightBound / weight)
  }
  return { means, worstCaseErrors, saturated }
}

function checkRanges(ranges: readonly MetricRange[]): void {
  if (!Array.isArray(ranges)) throw invalid(`metrics must be an array of { name, min, max }, not ${shown(ranges)}.`)
  if (ranges.length > MAX_METRICS) throw invalid(`At most ${MAX_METRICS} metrics, not ${ranges.length}.`)
  const names = new Set<string>()
  for (const [index, range] of ranges.entries()) {
    const name: unknown = range?.name
    if (typeof name !== 'string' || !METRIC_NAME.test(name) || isReserved(name)) {
      throw invalid(
        `Metric ${index} needs a name: 1 to 54 letters, digits or _.:/-, the first a letter, not ending in ${WEIGHT} or ${SATURATED}, and not ${WITHIN_CLIP}.`,
      )
    }
    if (names.has(name)) throw invalid(`Two metrics are named "${name}". Give each its own name.`)
    names.add(name)
    checkRange(name, range)
  }
}

function isReserved(name: string): boolean {
  return name.endsWith(WEIGHT) || name.endsWith(SATURATED) || name === WITHIN_CLIP
}

function checkRange(name: string, { min, max, bits = DEFAULT_BITS }: MetricRange): void {
  for (const end of [min, max]) {
    if (typeof end === 'number' && Math.abs(end) <= MAX_MAGNITUDE) continue
    throw invalid(`min and max of metric "${name}" must be numbers within ±${MAX_MAGNITUDE}, not ${shown(end)}.`)
  }
  if (min >= max) throw invalid(`min of metric "${name}" is ${min}, and must be below its max, ${max}.`)
  if (integerOption(`bits of metric "${name}"`, bits, 1) <= 32) return
  throw invalid(`bits of metric "${name}" must be at most 32, not ${bits}.`)
}

function invalid(message: string): FederatedError {
  return new FederatedError('invalid-option', message)
}
