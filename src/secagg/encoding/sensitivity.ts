import { UsageError } from '../errors.ts'
import { gridRange, gridSteps } from './grid.ts'
import type { EncodingSpec, MetricSpec } from './spec.ts'

/** By how much one client can change the sum, in ring units after rounding: its contribution against none at all. */
export interface Sensitivity {
  /** Largest L2 norm of what one client adds, coordinates and metrics together. */
  readonly l2: number
  /** Noised entries: coordinates and metrics. */
  readonly dimension: number
  /**
   * What the squared norm of a client's rounded coordinates may come to at most: rounding is repeated until it does. A
   * whole number below 2^53, or Infinity where the grid alone is bound enough.
   */
  readonly squaredNormLimit: number
}

/** The sensitivity that an encoding leaves. @throws UsageError `encoding-spec` where squared norms could not be exact. */
export function sensitivityOf(spec: EncodingSpec): Sensitivity {
  const { coordinates, limit } = coordinateSensitivity(spec)
  const metrics = spec.metrics.reduce((total, metric) => total + Number(halfWidth(metric)) ** 2, 0)
  const l2 = Math.sqrt(coordinates + metrics)
  return Object.freeze({ l2, dimension: spec.dimension + spec.metrics.length, squaredNormLimit: limit })
}

/**
 * The largest squared norm of one client's coordinates. An L2 clip bounds the norm before rounding, by N ring units.
 * Rounding up to sqrt(d) more can be avoided: rounded at random again and again until the squared norm is at most
 * N^2 + d / 4 + sqrt(2 ln(1 / beta)) (N + sqrt(d) / 2), which each attempt meets with probability 1 - beta or more. With
 * ln(1 / beta) = 1 / 2 the root is 1. Kairouz, Liu, Steinke, ICML 2021, "conditional randomized rounding".
 */
function coordinateSensitivity(spec: EncodingSpec): { coordinates: number; limit: number } {
  const { dimension } = spec
  if (spec.kind === 'integers') {
    const most = Number(halfWidth(spec))
    return { coordinates: dimension * most ** 2, limit: Number.POSITIVE_INFINITY }
  }
  const steps = gridSteps(spec.bits)
  const byGrid = dimension * steps ** 2
  if (spec.clip.kind === 'coordinate') return { coordinates: byGrid, limit: Number.POSITIVE_INFINITY }
  const norm = steps * (spec.clip.bound / gridRange(spec))
  const root = Math.sqrt(dimension)
  const byNorm = Math.min((norm + root) ** 2, norm ** 2 + dimension / 4 + norm + root / 2)
  if (byGrid <= byNorm) return { coordinates: byGrid, limit: Number.POSITIVE_INFINITY }
  const limit = Math.floor(byNorm)
  if (limit < Number.MAX_SAFE_INTEGER) return { coordinates: limit, limit }
  throw new UsageError(
    'encoding-spec',
    `with ${spec.bits} bits a clipped vector can be ${norm.toPrecision(3)} ring units long, too long to be squared exactly: lower bits`,
  )
}

/** How far a value can lie from the middle of its range, in units: the middle is rounded down. */
export function halfWidth(
  range: MetricSpec | { readonly min: number | bigint; readonly max: number | bigint },
): bigint {
  return (widthOf(range) + 1n) / 2n
}

/** Units between the ends of a range. */
export function widthOf(range: MetricSpec | { readonly min: number | bigint; readonly max: number | bigint }): bigint {
  if ('kind' in range && range.kind === 'real') return BigInt(2 ** range.bits - 1)
  return BigInt(range.max) - BigInt(range.min)
}
