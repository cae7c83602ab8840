import type { NoiseDistribution } from './noise.ts'

/** The sum of `shares` independent samples of one noise distribution, in ring units. */
export interface SummedNoise {
  readonly kind: Extract<NoiseDistribution['kind'], 'discrete-gaussian' | 'skellam'>
  /** Of one share. */
  readonly perClientVariance: number
  readonly shares: number
}

/**
 * ln of a bound on Pr[|noise| >= threshold], for a threshold from 0; never above 0.
 *
 * Discrete Gaussians are sub-Gaussian with their parameter as variance proxy (Canonne, Kamath, Steinke 2020, corollary
 * 17), which adds up over shares: 2 exp(-t^2 / 2s^2). For Skellam noise, Chernoff's bound with the moment generating
 * function exp(mu (cosh x - 1)) is best at x = asinh(t / mu).
 */
export function logTail({ kind, perClientVariance, shares }: SummedNoise, threshold: number): number {
  const variance = perClientVariance * shares
  const ratio = threshold / variance
  const exponent =
    kind === 'discrete-gaussian'
      ? (-threshold * ratio) / 2
      : (variance * ratio * ratio) / (Math.sqrt(1 + ratio * ratio) + 1) - threshold * Math.asinh(ratio)
  return Math.min(0, Math.LN2 + exponent)
}

/** The least threshold, to one in a million, that noise reaches with a probability of at most exp(logProbability). */
export function tailBound(noise: SummedNoise, logProbability: number): number {
  let above = 1
  while (logTail(noise, above) > logProbability) above *= 2
  let below = 0
  while (above - below > above * 1e-6) {
    const middle = (above + below) / 2
    if (logTail(noise, middle) > logProbability) below = middle
    else above = middle
  }
  return above
}
