import { UsageError } from '../errors.ts'
import { bernoulliExp, bernoulliExpUnit } from './bernoulli-exp.ts'
import { laplace, type Sampler } from './discrete-laplace.ts'
import { positiveRational, type Rational } from './rational.ts'

/** sigma^2 at most: a sigma of 2^32, so that samples stay far below 2^53. */
const MOST_VARIANCE = 2n ** 64n

/**
 * A sampler of Pr[x] proportional to exp(-x^2 / (2 variance)), exact. `variance` is the parameter sigma^2; that of the
 * samples is never above it, and next to equal from sigma^2 = 1 on (ibid., section 2).
 *
 * Canonne, Kamath, Steinke 2020, algorithm 3.
 *
 * @throws {@link UsageError} `bad-noise` unless 0 < variance <= 2^64
 */
export function discreteGaussianSampler(variance: number | Rational): Sampler {
  const { numerator: a, denominator: b } = positiveRational('the variance of discrete Gaussian noise', variance)
  if (a > MOST_VARIANCE * b)
    throw new UsageError('bad-noise', 'the variance of discrete Gaussian noise is at most 2^64.')
  const scale = floorSqrt(a / b) + 1n
  const t = Number(scale)
  // The acceptance exponent (|y| - sigma^2 / t)^2 / (2 sigma^2) is (|y| b t - a)^2 / (2 a b t^2), in whole numbers.
  const bt = b * scale
  const denominator = 2n * a * b * scale * scale
  const [small, smallBt, smallA] = [Number(denominator), Number(bt), Number(a)]
  const isSmall = denominator < 2n ** 53n
  return bits => {
    for (;;) {
      const y = laplace(bits, t, 1)
      const offset = Math.abs(y) * smallBt - smallA
      // Where every number is safe, so is the square: it is at most the denominator.
      const accepted =
        isSmall && Math.abs(offset) <= Math.sqrt(small) && offset * offset <= small
          ? bernoulliExpUnit(bits, offset * offset, small)
          : bernoulliExp(bits, (BigInt(Math.abs(y)) * bt - a) ** 2n, denominator)
      if (accepted) return y
    }
  }
}

/** floor(sqrt(n)) of a BigInt, by Newton's iteration from above. */
function floorSqrt(n: bigint): bigint {
  if (n < 2n) return n
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1)
  for (;;) {
    const next = (x + n / x) >> 1n
    if (next >= x) return x
    x = next
  }
}
