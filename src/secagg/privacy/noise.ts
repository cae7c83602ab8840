import { UsageError } from '../errors.ts'
import { type RandomSource, secureRandom } from '../primitives/random.ts'
import { discreteGaussianSampler } from './discrete-gaussian.ts'
import { discreteLaplaceSampler, type Sampler } from './discrete-laplace.ts'
import { RandomBits } from './random-bits.ts'
import type { Rational } from './rational.ts'
import { skellamSampler } from './skellam.ts'

/** Integer noise around zero. Numbers are taken as the exact fractions that doubles are. */
export type NoiseDistribution =
  | {
      /** Pr[x] proportional to exp(-x^2 / (2 variance)); variance up to 2^64. */
      readonly kind: 'discrete-gaussian'
      readonly variance: number | Rational
    }
  | {
      /** The difference of two Poisson variables of mean variance / 2; variance up to 2^30. */
      readonly kind: 'skellam'
      readonly variance: number | Rational
    }
  | {
      /** Pr[x] proportional to exp(-|x| / scale); scale up to 2^40. */
      readonly kind: 'discrete-laplace'
      readonly scale: number | Rational
    }

/** With a spread of 2^24, a 32-bit entry overflows with probability e^-128 at most. */
const MOST_SPREAD_IN_32_BITS = 2 ** 24

/** One sample of the discrete Gaussian; see {@link NoiseDistribution}. @throws UsageError `bad-noise` */
export function discreteGaussian(variance: number | Rational, random: RandomSource = secureRandom): number {
  return sampleOnce(discreteGaussianSampler(variance), random)
}

/** One sample of the discrete Laplace distribution; see {@link NoiseDistribution}. @throws UsageError `bad-noise` */
export function discreteLaplace(scale: number | Rational, random: RandomSource = secureRandom): number {
  return sampleOnce(discreteLaplaceSampler(scale), random)
}

/** One sample of the Skellam distribution; see {@link NoiseDistribution}. @throws UsageError `bad-noise` */
export function skellam(variance: number | Rational, random: RandomSource = secureRandom): number {
  return sampleOnce(skellamSampler(variance), random)
}

/**
 * Overwrites every entry of `target` with independent noise. The samplers take more time for some values than for
 * others: who can time the noise of a single coordinate learns something of it.
 *
 * @throws UsageError `bad-noise` for a parameter out of range, `noise-too-wide` where 32-bit entries might overflow.
 */
export function fillNoise(
  target: Int32Array | BigInt64Array,
  distribution: NoiseDistribution,
  random: RandomSource = secureRandom,
): void {
  const sample = samplerOf(distribution)
  if (target instanceof Int32Array) checkSpread(distribution)
  const bits = new RandomBits(random)
  try {
    if (target instanceof Int32Array) for (let i = 0; i < target.length; i++) target[i] = sample(bits)
    else for (let i = 0; i < target.length; i++) target[i] = BigInt(sample(bits))
  } finally {
    bits.wipe()
  }
}

function sampleOnce(sample: Sampler, random: RandomSource): number {
  const bits = new RandomBits(random)
  try {
    return sample(bits)
  } finally {
    bits.wipe()
  }
}

function samplerOf(distribution: NoiseDistribution): Sampler {
  switch (distribution.kind) {
    case 'discrete-gaussian':
      return discreteGaussianSampler(distribution.variance)
    case 'skellam':
      return skellamSampler(distribution.variance)
    case 'discrete-laplace':
      return discreteLaplaceSampler(distribution.scale)
    default:
      throw new UsageError('bad-noise', "noise is of kind 'discrete-gaussian', 'skellam' or 'discrete-laplace'.")
  }
}

function checkSpread(distribution: NoiseDistribution): void {
  const spread =
    distribution.kind === 'discrete-laplace' ? asNumber(distribution.scale) : Math.sqrt(asNumber(distribution.variance))
  if (spread <= MOST_SPREAD_IN_32_BITS) return
  throw new UsageError('noise-too-wide', 'noise wider than 2^24 may not fit 32 bits: fill a BigInt64Array instead.')
}

/** Rounded, which does for comparing. */
function asNumber(value: number | Rational): number {
  return typeof value === 'number' ? value : Number((value.numerator * 1024n) / value.denominator) / 1024
}
