/**
 * Logarithms of factorials and of their quotients. The quotients are what probabilities are made of, and they are
 * computed without ever subtracting two large logarithms: ln(10^6!) is 10^7, whose last bit alone is worth 10^-9.
 */

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI)

/** Below this the correction is taken from the factorial itself (exact in a double up to 18!), above from the series. */
const SERIES_FROM = 16

const SMALL_CORRECTIONS: readonly number[] = Array.from({ length: SERIES_FROM }, (_, n) => {
  let factorial = 1
  for (let i = 2; i <= n; i++) factorial *= i
  return Math.log(factorial) - (n + 0.5) * Math.log(n) + n - HALF_LOG_TWO_PI
})

/**
 * ln n! - [(n + 1/2) ln n - n + ln(2 pi) / 2] for n >= 1: what Stirling's formula misses. Series: Abramowitz and Stegun,
 * 6.1.41; at n = 16 the first omitted term is 10^-16.
 */
function stirlingCorrection(n: number): number {
  if (n < SERIES_FROM) return SMALL_CORRECTIONS[n] as number
  const r = 1 / n
  const r2 = r * r
  return r * (1 / 12 - r2 * (1 / 360 - r2 * (1 / 1260 - r2 * (1 / 1680 - r2 / 1188))))
}

/** ln n! for a whole n >= 0 (log-gamma of n + 1), to about 2e-15 relative. */
export function logFactorial(n: number): number {
  if (n < 2) return 0
  return (n + 0.5) * Math.log(n) - n + HALF_LOG_TWO_PI + stirlingCorrection(n)
}

/** ln of the falling factorial n (n - 1) ... (n - k + 1) for whole n, k >= 0; -Infinity when k > n. */
export function logFalling(n: number, k: number): number {
  if (k === 0) return 0
  if (k > n) return Number.NEGATIVE_INFINITY
  const rest = n - k
  if (rest === 0) return logFactorial(n)
  // Stirling for n! and for rest!, with (rest + 1/2)(ln n - ln rest) taken by log1p: every term is of the result's size.
  const stirling = k * Math.log(n) + (rest + 0.5) * Math.log1p(k / rest) - k
  return stirling + stirlingCorrection(n) - stirlingCorrection(rest)
}

/** ln of the binomial coefficient "n choose k" for whole n, k >= 0; -Infinity when k > n. */
export function logChoose(n: number, k: number): number {
  const smaller = Math.min(k, n - k)
  return smaller < 0 ? Number.NEGATIVE_INFINITY : logFalling(n, smaller) - logFactorial(smaller)
}
