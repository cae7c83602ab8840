import type { RandomBits } from './random-bits.ts'

/**
 * True with probability exactly exp(-`numerator` / `denominator`), for BigInts with numerator >= 0 and denominator > 0.
 *
 * Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential Privacy", NeurIPS 2020, algorithm 1.
 */
export function bernoulliExp(bits: RandomBits, numerator: bigint, denominator: bigint): boolean {
  for (; numerator > denominator; numerator -= denominator) {
    if (!bernoulliExpSmall(bits, 1n, 1n)) return false
  }
  return bernoulliExpSmall(bits, numerator, denominator)
}

/** The same for safe integers with numerator <= denominator. */
export function bernoulliExpUnit(bits: RandomBits, numerator: number, denominator: number): boolean {
  // K is the first k at which the coin of bias gamma / k fails: Pr[K > k] = gamma^k / k!, so Pr[K odd] = exp(-gamma).
  for (let k = 1; ; k++) {
    // 1/k and gamma are two coins, which keeps the denominators small.
    if (!(bits.coin(1, k) && bits.coin(numerator, denominator))) return k % 2 === 1
  }
}

function bernoulliExpSmall(bits: RandomBits, numerator: bigint, denominator: bigint): boolean {
  if (denominator <= BigInt(Number.MAX_SAFE_INTEGER)) {
    return bernoulliExpUnit(bits, Number(numerator), Number(denominator))
  }
  for (let k = 1; ; k++) {
    if (!(bits.coin(1, k) && bits.bigCoin(numerator, denominator))) return k % 2 === 1
  }
}
