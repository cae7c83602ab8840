/** Exact arithmetic on BigInt, to judge the logarithms: slow, and with nothing to round. */

export function binomial(n: number, k: number): bigint {
  if (k < 0 || k > n) return 0n
  return falling(n, k) / falling(k, k)
}

/** n (n - 1) ... (n - k + 1) */
export function falling(n: number, k: number): bigint {
  let product = 1n
  for (let i = 0; i < k; i++) product *= BigInt(n - i)
  return product
}

/** How many of the `total` equally likely draws have X = 0, 1, ..., draws. */
export function hypergeometricCounts(population: number, marked: number, draws: number) {
  const ofMarked = binomials(marked, draws)
  const ofOthers = binomials(population - marked, draws)
  const counts = ofMarked.map((ways, x) => ways * ofOthers[draws - x]!)
  return { counts, total: binomial(population, draws) }
}

/** n choose 0, 1, ..., last */
function binomials(n: number, last: number): bigint[] {
  const row = [1n]
  for (let k = 1; k <= last; k++) row.push(k > n ? 0n : (row[k - 1]! * BigInt(n - k + 1)) / BigInt(k))
  return row
}

export const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n)

/** ln(numerator / denominator), correct to a few units in the last place however long the two are. */
export function logRatio(numerator: bigint, denominator: bigint): number {
  if (numerator === 0n) return Number.NEGATIVE_INFINITY
  const excess = numerator.toString(2).length - denominator.toString(2).length
  const shift = 64 - excess
  const scaled = shift >= 0 ? (numerator << BigInt(shift)) / denominator : numerator / (denominator << BigInt(-shift))
  return Math.log(Number(scaled) / 2 ** 64) + excess * Math.LN2
}

/** Is numerator / denominator at most 2^-bits / n? */
export function isWithin(numerator: bigint, denominator: bigint, bits: number, n: number): boolean {
  return (numerator * BigInt(n)) << BigInt(bits) <= denominator
}

/**
 * The inequalities of docs/parameters.md for one degree of a Harary graph, with no logarithm: which of them hold, as a
 * function of the threshold.
 */
export function exactConditions(
  beliefs: { n: number; corrupted: number; dropped: number; security: number; correctness: number; semi: boolean },
  degree: number,
): (threshold: number) => { connected: boolean; private: boolean; correct: boolean } {
  const { n, corrupted, dropped, security, correctness, semi } = beliefs
  const dead = corrupted + dropped
  const parted = (BigInt(n) * BigInt(n - degree - 1) * falling(dead, degree)) << BigInt(security + 1)
  const connected = degree > dead || parted < 2n * falling(n, degree)
  const bad = hypergeometricCounts(n - 1, corrupted, degree)
  const alive = hypergeometricCounts(n - 1, n - dropped - 1, degree)
  return threshold => {
    const leaks = (count: number) => (semi ? 2 * threshold <= degree + count : threshold <= count)
    const leaking = sum(bad.counts.filter((_, count) => leaks(count)))
    const tooFew = sum(alive.counts.slice(0, threshold))
    return {
      connected,
      private: isWithin(leaking, bad.total, security + 1, n),
      correct: (tooFew * BigInt(n)) << BigInt(correctness) < alive.total,
    }
  }
}

/** A small seeded generator for simulations (mulberry32): uniform in [0, 1). */
export function simulationRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
