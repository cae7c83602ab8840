import type { DecodedMean, DecodedReals, EncodingNumerics } from '../../secagg/encoding/index.ts'
import { nextClip, type UpdateClip, WITHIN_CLIP } from './clip.ts'
import { decodeMetrics, decodeNoisedMetrics } from './metrics.ts'
import type { PreparedRound } from './prepare-round.ts'

/** What became of the clip. */
export interface ClipReport {
  /** The bound of this round, in the units of the update. */
  readonly bound: number
  /** The fraction of the survivors' updates within an adaptive bound; under noise, with its noise. */
  readonly within?: number
  /** What to clip the next round with; the same as this round's unless it is adaptive. */
  readonly next: UpdateClip
}

/** What the server learned from the sum of a federated round. */
export interface FederatedOutcome {
  /** The weighted mean of the survivors' updates, one entry per parameter; under noise every worker counts the same. */
  readonly delta: Float64Array
  /** Examples behind the mean; under noise, survivors. */
  readonly totalWeight: number
  /**
   * Means over the survivors' examples; a metric that nobody reported is absent. Under noise, means over the survivors, with
   * noise.
   */
  readonly metrics: Readonly<Record<string, number>>
  /** Bound on the rounding error of each of `metrics`, noise apart. */
  readonly metricErrors: Readonly<Record<string, number>>
  /** How exact the mean is: modulus, headroom, clipped fraction, bounds on the error, noise. */
  readonly encoding: EncodingNumerics
  readonly clip: ClipReport
}

/** Reads a decoded sum of the encoding that was prepared. */
export function outcomeOf(prepared: PreparedRound, decoded: DecodedMean | DecodedReals): FederatedOutcome {
  return decoded.kind === 'mean' ? ofMean(prepared, decoded) : ofNoisedSum(prepared, decoded)
}

function ofMean({ ranges, encoding, clip }: PreparedRound, decoded: DecodedMean): FederatedOutcome {
  const { mean, totalWeight, survivors } = decoded
  const weightBound = encoding.kind === 'mean' ? encoding.weightBound : 1
  const { means, worstCaseErrors, saturated } = decodeMetrics(ranges, decoded.metrics, weightBound, survivors)
  return {
    delta: mean,
    totalWeight,
    metrics: means,
    metricErrors: worstCaseErrors,
    encoding: { ...decoded.numerics, metricsSaturated: saturated },
    clip: clipReport(clip, decoded),
  }
}

/** The divisor is public: who took part is no secret. */
function ofNoisedSum({ ranges, clip }: PreparedRound, decoded: DecodedReals): FederatedOutcome {
  const { sum, survivors, numerics } = decoded
  const { means, worstCaseErrors } = decodeNoisedMetrics(ranges, decoded.metrics, survivors)
  const { noise, ...exactness } = numerics
  return {
    delta: sum.map(value => value / survivors),
    totalWeight: survivors,
    metrics: means,
    metricErrors: worstCaseErrors,
    encoding: {
      ...exactness,
      worstCaseError: numerics.worstCaseError / survivors,
      ...(noise && { noise: { ...noise, deviation: noise.deviation / survivors } }),
    },
    clip: clipReport(clip, decoded),
  }
}

function clipReport(clip: UpdateClip, { metrics, survivors }: DecodedMean | DecodedReals): ClipReport {
  const counted = metrics[WITHIN_CLIP]
  if (counted === undefined) return { bound: clip.bound, next: clip }
  const within = Number(counted.sum) / survivors
  return { bound: clip.bound, within, next: nextClip(clip, within) }
}
