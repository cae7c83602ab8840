import type { DecodedMetric, MetricSpec } from '../../secagg/encoding/index.ts'

/** A measurement that workers report beside their update, and the range that it is masked within. */
export interface MetricRange {
  readonly name: string
  readonly min: number
  readonly max: number
  /** Resolution: the range is cut into 2^bits - 1 steps. 24 by default. */
  readonly bits?: number
}

/** What classifiers report; a worker may leave out either. */
export const DEFAULT_METRICS: readonly MetricRange[] = [
  { name: 'loss', min: 0, max: 100 },
  { name: 'accuracy', min: 0, max: 1 },
]

/** Suffix of the field that holds the weight of those who reported a metric. */
const WEIGHT = '.weight'

/**
 * The masked fields of some metrics. Each takes two: Σ w·m / weightBound and Σ w over those who reported it, so that
 * the mean is weighted by examples and a worker without that metric does not spoil it.
 */
export function metricFields(ranges: readonly MetricRange[], weightBound: number): MetricSpec[] {
  return ranges.flatMap(({ name, min, max, bits = 24 }): MetricSpec[] => [
    { name, kind: 'real', min: Math.min(0, min), max: Math.max(0, max), bits },
    { name: name + WEIGHT, kind: 'integer', min: 0, max: weightBound },
  ])
}

/** One worker's metrics as the fields of {@link metricFields}. */
export function encodeMetrics(
  ranges: readonly MetricRange[],
  metrics: Readonly<Record<string, number>>,
  weight: number,
  weightBound: number,
): Record<string, number> {
  const fields: Record<string, number> = {}
  for (const { name } of ranges) {
    const value = Object.hasOwn(metrics, name) ? metrics[name] : undefined
    fields[name] = value === undefined ? 0 : (value * weight) / weightBound
    fields[name + WEIGHT] = value === undefined ? 0 : weight
  }
  return fields
}

/** Example-weighted means over the workers that reported each metric; one that nobody reported is absent. */
export function decodeMetrics(
  ranges: readonly MetricRange[],
  decoded: Readonly<Record<string, DecodedMetric>>,
  weightBound: number,
): Record<string, number> {
  const means: Record<string, number> = {}
  for (const { name } of ranges) {
    const weight = Number(decoded[name + WEIGHT]!.sum)
    if (weight > 0) means[name] = (Number(decoded[name]!.sum) * weightBound) / weight
  }
  return means
}

/** The ranges that an encoding announces: how a participant knows which metrics are asked for. */
export function rangesOf(fields: readonly MetricSpec[]): MetricRange[] {
  return fields.flatMap(field =>
    field.kind === 'real' ? [{ name: field.name, min: field.min, max: field.max, bits: field.bits }] : [],
  )
}
