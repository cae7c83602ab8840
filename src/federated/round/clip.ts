import type { ClipSpec, EncodingSpec, IntegerMetricSpec, RealMetricSpec } from '../../secagg/encoding/index.ts'
import { positiveOption } from '../check.ts'
import { FederatedError } from '../errors.ts'

/**
 * An L2 clip that follows a quantile of the updates' norms from round to round: the workers report, within the masked sum,
 * whether their norm was within the bound, and the next bound is a little larger or smaller. Andrew, Thakkar, McMahan,
 * Ramaswamy, "Differentially Private Learning with Adaptive Clipping", NeurIPS 2021.
 */
export interface AdaptiveClip {
  readonly kind: 'adaptive-l2'
  /** The bound of this round. */
  readonly bound: number
  /** The fraction of the updates that is to be within (gamma); 0.5 by default. */
  readonly quantile?: number
  /** How fast the bound follows (eta_C); 0.2 by default. */
  readonly learningRate?: number
}

/** How updates are clipped: by a fixed bound, or by one that follows them. */
export type UpdateClip = ClipSpec | AdaptiveClip

/** The metric by which a worker reports whether its update was within the bound. */
export const WITHIN_CLIP = 'clip.within'

const DEFAULT_QUANTILE = 0.5
const DEFAULT_LEARNING_RATE = 0.2
/** What an encoding accepts. */
const [LEAST_BOUND, MOST_BOUND] = [1e-30, 1e30]

/** The clip of this round. @throws FederatedError `invalid-option` */
export function clipOf(clip: UpdateClip): ClipSpec {
  if (clip?.kind !== 'adaptive-l2') return clip
  const { bound, quantile = DEFAULT_QUANTILE, learningRate = DEFAULT_LEARNING_RATE } = clip
  positiveOption('encoding.clip.learningRate', learningRate)
  if (!(quantile > 0 && quantile < 1)) {
    throw new FederatedError('invalid-option', `encoding.clip.quantile must lie between 0 and 1, not ${quantile}.`)
  }
  return { kind: 'l2', bound }
}

/** The field that an adaptive clip adds to the masked vector: a count, or under noise as fine a scale as other metrics have. */
export function withinField(clip: UpdateClip, noisedBits?: number): readonly (IntegerMetricSpec | RealMetricSpec)[] {
  if (clip.kind !== 'adaptive-l2') return []
  const range = { name: WITHIN_CLIP, min: 0, max: 1 } as const
  return [noisedBits === undefined ? { ...range, kind: 'integer' } : { ...range, kind: 'real', bits: noisedBits }]
}

/** What one worker reports, where it is asked. */
export function reportWithin(
  { metrics, ...encoding }: EncodingSpec,
  update: ArrayLike<number>,
): Record<string, number> {
  if (encoding.kind === 'integers' || !metrics.some(({ name }) => name === WITHIN_CLIP)) return {}
  let squares = 0
  for (let i = 0; i < update.length; i++) squares += update[i]! ** 2
  return { [WITHIN_CLIP]: Math.sqrt(squares) <= encoding.clip.bound ? 1 : 0 }
}

/** The clip of the next round, when this fraction of the updates was within (algorithm 1 there). */
export function nextClip(clip: UpdateClip, within: number | undefined): UpdateClip {
  if (clip.kind !== 'adaptive-l2' || within === undefined) return clip
  const { quantile = DEFAULT_QUANTILE, learningRate = DEFAULT_LEARNING_RATE } = clip
  const bound = clip.bound * Math.exp(-learningRate * (within - quantile))
  return { ...clip, bound: Math.min(MOST_BOUND, Math.max(LEAST_BOUND, bound)) }
}
