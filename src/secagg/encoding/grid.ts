import type { EncodingSpec, MeanSpec, SumSpec } from './spec.ts'

/** Q: the steps of the quantization grid on either side of zero. */
export function gridSteps(bits: number): number {
  return 2 ** (bits - 1) - 1
}

/**
 * The largest magnitude that a coordinate of one client keeps: the clip's bound, or with a rotation `spread` times the
 * root mean square of a vector as long as the bound.
 */
export function gridRange({ clip, rotation, dimension }: MeanSpec | SumSpec): number {
  if (rotation === undefined) return clip.bound
  return clip.bound * Math.min(1, rotation.spread / Math.sqrt(Math.max(1, dimension)))
}

/** What one ring unit of a coordinate's sum is worth. */
export function gridUnit(spec: EncodingSpec): number {
  if (spec.kind === 'integers') return 1
  const weightBound = spec.kind === 'mean' ? spec.weightBound : 1
  return (gridRange(spec) * weightBound) / gridSteps(spec.bits)
}
