import { UsageError } from '../errors.ts'
import type { Sampler } from './discrete-laplace.ts'
import type { RandomBits } from './random-bits.ts'
import { positiveRational, type Rational } from './rational.ts'

/** A Poisson sample costs about the root of its mean in coins. */
const MOST_VARIANCE = 2n ** 30n

/**
 * A sampler of Skellam noise of the given variance, exact: the difference of two independent Poisson variables of mean
 * `variance` / 2. The sum of Skellam variables is a Skellam variable.
 *
 * Agarwal, Kairouz, Liu, "The Skellam Mechanism for Differentially Private Federated Learning", NeurIPS 2021, section 3.
 *
 * @throws {@link UsageError} `bad-noise` unless 0 < variance <= 2^30
 */
export function skellamSampler(variance: number | Rational): Sampler {
  const { numerator, denominator } = positiveRational('the variance of Skellam noise', variance)
  if (numerator > MOST_VARIANCE * denominator) {
    throw new UsageError(
      'bad-noise',
      'the variance of Skellam noise is at most 2^30; the discrete Gaussian goes further.',
    )
  }
  const poisson = poissonSampler(positiveRational('half the variance', { numerator, denominator: 2n * denominator }))
  return bits => poisson(bits) - poisson(bits)
}

/**
 * A sampler of the Poisson distribution of mean lambda = a / b, exact, at about 3 sqrt(lambda) coins a sample.
 *
 * Rejection from a flat top with geometric tails around the mode m = floor(lambda) (Devroye, Non-Uniform Random Variate
 * Generation, 1986, sections II.3 and X.3). Relative to the mode's, every probability is a product of fractions:
 * P(m + y) / P(m) = prod_{i=1..y} lambda / (m + i), and downwards P(m - j) / P(m) = prod_{i=0..j-1} (m - i) / lambda.
 * So is its quotient by the envelope: accepting takes one exact coin per factor, all of which must succeed. No
 * factorial, exponential or logarithm is ever evaluated.
 */
export function poissonSampler({ numerator: a, denominator: b }: Rational): Sampler {
  const m = a / b
  let root = 1n
  while (root * root <= m) root++
  const [mode, width] = [Number(m), Number(root)]
  const lambda = meanOf(a, b)
  // The envelope: 1 on m .. m + L - 1 and on m - L .. m - 1; beyond them, r^g with the ratio at the edge.
  const above = b * (m + root) - a
  const below = a - b * (m - root)
  const left = m < root ? m : root
  const weights = [
    root * above * below,
    b * (m + root) * below,
    left * above * below,
    m > root ? b * (m - root) * above : 0n,
  ] as const
  return bits => {
    for (;;) {
      const region = pick(bits, weights)
      if (region === 0) {
        const y = bits.below(width)
        if (climbs(bits, lambda, mode, y)) return mode + y
      } else if (region === 1) {
        let g = 0
        while (lambdaOver(bits, lambda, mode + width)) g++
        if (climbs(bits, lambda, mode, width) && tailUp(bits, mode + width, g)) return mode + width + g
      } else if (region === 2) {
        const j = 1 + bits.below(Number(left))
        if (descends(bits, lambda, mode, j)) return mode - j
      } else {
        let g = 1
        while (overLambda(bits, lambda, mode - width)) g++
        if (descends(bits, lambda, mode, width) && tailDown(bits, mode - width, g)) return mode - width - g
      }
    }
  }
}

/** The mean a / b; as numbers too where products with any k that can occur stay safe. */
interface Mean {
  readonly a: bigint
  readonly b: bigint
  readonly numbers?: { readonly a: number; readonly b: number }
}

/** Above any value that a Poisson variable of mean 2^29 or its envelope takes, short of odds of e^-16,000. */
const MOST_VALUE = 2n ** 30n

function meanOf(a: bigint, b: bigint): Mean {
  const safe = a < MOST_VALUE * b && b * MOST_VALUE < 2n ** 53n
  return safe ? { a, b, numbers: { a: Number(a), b: Number(b) } } : { a, b }
}

/** 0 to 3, in proportion to the weights. */
function pick(bits: RandomBits, weights: readonly [bigint, bigint, bigint, bigint]): number {
  let rest = weights[0] + weights[1] + weights[2] + weights[3]
  for (let i = 0; i < 3; i++) {
    const weight = weights[i]!
    if (bits.bigCoin(weight, rest)) return i
    rest -= weight
  }
  return 3
}

/** A coin of bias lambda / k, for k >= lambda. */
function lambdaOver(bits: RandomBits, { a, b, numbers }: Mean, k: number): boolean {
  return numbers ? bits.coin(numbers.a, numbers.b * k) : bits.bigCoin(a, b * BigInt(k))
}

/** A coin of bias k / lambda, for k <= lambda. */
function overLambda(bits: RandomBits, { a, b, numbers }: Mean, k: number): boolean {
  return numbers ? bits.coin(numbers.b * k, numbers.a) : bits.bigCoin(b * BigInt(k), a)
}

/** True with probability P(m + y) / P(m). */
function climbs(bits: RandomBits, lambda: Mean, mode: number, y: number): boolean {
  for (let i = 1; i <= y; i++) if (!lambdaOver(bits, lambda, mode + i)) return false
  return true
}

/** True with probability P(m - j) / P(m). */
function descends(bits: RandomBits, lambda: Mean, mode: number, j: number): boolean {
  for (let i = 0; i < j; i++) if (!overLambda(bits, lambda, mode - i)) return false
  return true
}

/** True with probability prod_{i=1..g} edge / (edge + i): what the geometric tail has too much. */
function tailUp(bits: RandomBits, edge: number, g: number): boolean {
  for (let i = 1; i <= g; i++) if (!bits.coin(edge, edge + i)) return false
  return true
}

/** True with probability prod_{i=1..g-1} (edge - i) / edge; zero, rightly, where edge - g would be negative. */
function tailDown(bits: RandomBits, edge: number, g: number): boolean {
  if (g > edge) return false
  for (let i = 1; i < g; i++) if (!bits.coin(edge - i, edge)) return false
  return true
}
