import { UsageError } from '../errors.ts'
import type { RdpBound } from './rdp.ts'

/** The sum of integer vectors to which each of several parties has added noise of its own. */
export interface DistributedNoise {
  /** n: the parties whose noise protects, that is survivors less the corrupted. */
  readonly shares: number
  /** sigma^2 of one party's noise per coordinate, in ring units squared. */
  readonly perClientVariance: number
  /** The largest L2 norm, in ring units after rounding, by which one client changes the sum. */
  readonly l2Sensitivity: number
  /** The same for the L1 norm; by default min(sqrt(dimension) * l2, l2^2), which holds for every integer vector. */
  readonly l1Sensitivity?: number
  /** d: noised coordinates. */
  readonly dimension: number
}

/** The convolution bound is proven from here on. */
const LEAST_SUMMED_VARIANCE = 0.5

/**
 * RDP of the sum of n discrete Gaussians, which is close to a discrete Gaussian but is none. With
 * tau = 10 sum_{k=1}^{n-1} exp(-2 pi^2 sigma^2 k / (k + 1)) and s = sqrt(n) sigma, it is the least of
 *
 * - order / 2 * D2^2 / s^2 + tau d,
 * - order / 2 * (D2^2 / s^2 + 2 D1 tau / s + tau^2 d),
 * - order / 2 * (D2 / s + tau sqrt(d))^2.
 *
 * Kairouz, Liu, Steinke, "The Distributed Discrete Gaussian Mechanism for Federated Learning with Secure Aggregation",
 * ICML 2021, proposition 14. With n = 1, tau is 0 and this is Canonne, Kamath, Steinke 2020,
 * theorem 4.
 *
 * @throws UsageError `bad-privacy`; also for a variance below 1/2 with more than one share, where the bound is not proven.
 */
export function discreteGaussianSumRdp(noise: DistributedNoise): RdpBound {
  const { shares, perClientVariance: variance, dimension, l2, l1 } = checkNoise(noise)
  if (shares > 1 && variance < LEAST_SUMMED_VARIANCE) {
    throw bad(`sums of discrete Gaussians are understood for variances from ${LEAST_SUMMED_VARIANCE}, not ${variance}`)
  }
  const tau = convolutionGap(shares, variance)
  const deviation = Math.sqrt(shares * variance)
  const [first, second] = [l1 / deviation, l2 / deviation]
  return order =>
    Math.min(
      (order / 2) * second ** 2 + tau * dimension,
      (order / 2) * (second ** 2 + 2 * first * tau + tau ** 2 * dimension),
      (order / 2) * (second + tau * Math.sqrt(dimension)) ** 2,
    )
}

/** As many terms as one aggregation can need; beyond them, on paper, the bound takes the largest of the rest for all. */
const MOST_TERMS = 2 ** 20

/** tau: by how much a sum of discrete Gaussians can differ from one of them. The terms fall with k. */
function convolutionGap(shares: number, variance: number): number {
  const term = (k: number) => 10 * Math.exp((-2 * Math.PI ** 2 * variance * k) / (k + 1))
  const exact = Math.min(shares, MOST_TERMS)
  let tau = 0
  for (let k = 1; k < exact; k++) tau += term(k)
  return tau + (shares - exact) * term(exact)
}

/**
 * RDP of the sum of n Skellam variables, itself a Skellam variable of variance mu = n sigma^2:
 * order / 2 * D2^2 / mu + min(((2 order - 1) D2^2 + 6 D1) / (4 mu^2), 3 D1 / (2 mu)).
 *
 * Agarwal, Kairouz, Liu 2021, section 3, for whole orders; the divergence grows with the order, so that an order in
 * between takes the value of the next whole one.
 *
 * @throws UsageError `bad-privacy`
 */
export function skellamRdp(noise: DistributedNoise): RdpBound {
  const { shares, perClientVariance, l2, l1 } = checkNoise(noise)
  const mu = shares * perClientVariance
  return order => {
    const whole = Math.ceil(order)
    const correction = Math.min(((2 * whole - 1) * l2 ** 2 + 6 * l1) / (4 * mu ** 2), (3 * l1) / (2 * mu))
    return ((whole / 2) * l2 ** 2) / mu + correction
  }
}

/** What {@link perClientVariance} starts from. */
export interface NoiseTarget {
  /** Standard deviation of the noise in the sum over the L2 sensitivity. */
  readonly noiseMultiplier: number
  /** In ring units. */
  readonly l2Sensitivity: number
  /** The fewest clients with which a sum is ever unmasked. */
  readonly minimumSurvivors: number
  /** The most of them that may know their own noise to the server, or add none. */
  readonly assumedCorrupted: number
}

/** Twelve bits: Skellam noise is sampled much faster with short fractions, and at most 1 / 2048 more noise buys that. */
const VARIANCE_BITS = 12

/**
 * The variance of each client's noise that leaves a sum with (noiseMultiplier * l2Sensitivity)^2 in the worst case: the
 * fewest survivors, and the noise of those corrupted subtracted again. Rounded up to twelve significant bits.
 *
 * @throws UsageError `bad-privacy`; also where no honest survivor would be left.
 */
export function perClientVariance(target: NoiseTarget): number {
  const { noiseMultiplier, l2Sensitivity, minimumSurvivors, assumedCorrupted } = target
  checkPositive('noiseMultiplier', noiseMultiplier)
  checkPositive('l2Sensitivity', l2Sensitivity)
  checkCount('minimumSurvivors', minimumSurvivors, 1)
  checkCount('assumedCorrupted', assumedCorrupted, 0)
  const honest = minimumSurvivors - assumedCorrupted
  if (honest < 1)
    throw bad(`of ${minimumSurvivors} survivors with ${assumedCorrupted} corrupted, nobody is left to add noise`)
  const exact = (noiseMultiplier * l2Sensitivity) ** 2 / honest
  checkPositive('the variance', exact)
  const unit = 2 ** (Math.floor(Math.log2(exact)) - VARIANCE_BITS + 1)
  return Math.ceil(exact / unit) * unit
}

function checkNoise(noise: DistributedNoise): DistributedNoise & { readonly l1: number; readonly l2: number } {
  const { shares, perClientVariance: variance, l2Sensitivity: l2, l1Sensitivity, dimension } = noise
  checkCount('shares', shares, 1)
  checkCount('dimension', dimension, 1)
  checkPositive('perClientVariance', variance)
  checkPositive('l2Sensitivity', l2)
  const l1 = l1Sensitivity ?? l2 * Math.min(Math.sqrt(dimension), l2)
  checkPositive('l1Sensitivity', l1)
  return { ...noise, l1, l2 }
}

function checkPositive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) throw bad(`${name} must be a positive finite number, not ${value}`)
}

function checkCount(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw bad(`${name} must be a whole number from ${least}, not ${value}`)
}

function bad(message: string): UsageError {
  return new UsageError('bad-privacy', `${message}.`)
}
