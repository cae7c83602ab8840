import { UsageError } from '../errors.ts'
import { logChoose, logFalling } from './log-factorial.ts'

/**
 * The number X of marked items among `draws` items drawn without replacement from `population` items of which `marked`
 * are marked: Hyp(population, marked, draws). A client's k neighbours in a random Harary graph are such draws from the
 * n - 1 others, marked for being corrupted or for surviving.
 */
export interface Hypergeometric {
  readonly population: number
  readonly marked: number
  readonly draws: number
}

/** Terms smaller than this, relative to the sum so far, no longer change it. */
const NEGLIGIBLE = 2 ** -60

/**
 * Checks that the three counts are whole and fit.
 *
 * @throws {@link UsageError} `invalid-distribution`
 */
export function hypergeometric(population: number, marked: number, draws: number): Hypergeometric {
  const whole = [population, marked, draws].every(count => Number.isSafeInteger(count) && count >= 0)
  if (!whole || marked > population || draws > population) {
    throw new UsageError(
      'invalid-distribution',
      `A hypergeometric distribution needs whole counts with marked and draws at most population, not population ` +
        `${String(population)}, marked ${String(marked)}, draws ${String(draws)}.`,
    )
  }
  return { population, marked, draws }
}

/** ln Pr[X = x]; -Infinity outside the support. `x` is whole. */
export function logPmf({ population, marked, draws }: Hypergeometric, x: number): number {
  if (x < 0 || x > draws) return Number.NEGATIVE_INFINITY
  const ways = logFalling(marked, x) + logFalling(population - marked, draws - x)
  return logChoose(draws, x) + ways - logFalling(population, draws)
}

/** ln Pr[X > x], the upper tail without x itself: never underflows, however small. `x` is whole, of either sign. */
export function logTailAbove(distribution: Hypergeometric, x: number): number {
  return x >= mode(distribution) ? logSumUp(distribution, x + 1) : complement(logSumDown(distribution, x))
}

/** ln Pr[X <= x], the lower tail with x itself: never underflows, however small. `x` is whole, of either sign. */
export function logCdf(distribution: Hypergeometric, x: number): number {
  return x < mode(distribution) ? logSumDown(distribution, x) : complement(logSumUp(distribution, x + 1))
}

function mode({ population, marked, draws }: Hypergeometric): number {
  return Math.floor(((draws + 1) * (marked + 1)) / (population + 2))
}

/** ln(1 - e^logP); only called where the complement is the larger part, so nothing cancels. */
function complement(logP: number): number {
  return Math.log1p(-Math.exp(logP))
}

/**
 * ln of the sum of Pr[X = x] for x >= `from`, above the mode: the first term is the largest and is factored out
 * (log-sum-exp), the others follow from it by the exact ratio of neighbours.
 */
function logSumUp(distribution: Hypergeometric, from: number): number {
  const { population, marked, draws } = distribution
  const last = Math.min(marked, draws)
  if (from > last) return Number.NEGATIVE_INFINITY
  let term = 1
  let sum = 1
  for (let x = from; x < last && term > sum * NEGLIGIBLE; x++) {
    term *= ((marked - x) / (x + 1)) * ((draws - x) / (population - marked - draws + x + 1))
    sum += term
  }
  return logPmf(distribution, from) + Math.log(sum)
}

/** The same downwards, below the mode: ln of the sum of Pr[X = x] for x <= `from`. */
function logSumDown(distribution: Hypergeometric, from: number): number {
  const { population, marked, draws } = distribution
  const first = Math.max(0, draws - (population - marked))
  if (from < first) return Number.NEGATIVE_INFINITY
  let term = 1
  let sum = 1
  for (let x = from; x > first && term > sum * NEGLIGIBLE; x--) {
    term *= (x / (marked - x + 1)) * ((population - marked - draws + x) / (draws - x + 1))
    sum += term
  }
  return logPmf(distribution, from) + Math.log(sum)
}
