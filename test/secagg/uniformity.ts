/**
 * How far counts are from uniform: Pearson's chi-square as a standard normal deviate, by the cube-root approximation of
 * Wilson and Hilferty (1931). A large value says that some cells are too full, a very negative one that all are
 * suspiciously even.
 */
export function uniformityDeviate(counts: ArrayLike<number>): number {
  const cells = Array.from(counts)
  const total = cells.reduce((sum, count) => sum + count, 0)
  const expected = total / cells.length
  if (expected < 5) throw new Error(`${expected} expected in a cell: chi-square wants at least 5`)
  const chiSquare = cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  const degrees = cells.length - 1
  const spread = 2 / (9 * degrees)
  return (Math.cbrt(chiSquare / degrees) - (1 - spread)) / Math.sqrt(spread)
}

/** How far `ones` among `trials` fair coins is from half, in standard deviations. */
export function coinDeviate(ones: number, trials: number): number {
  return (ones - trials / 2) / Math.sqrt(trials / 4)
}

/** Pearson's correlation of two series as a standard normal deviate (under independence it has variance 1/N). */
export function correlationDeviate(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length
  const mean = (series: ArrayLike<number>) => Array.from(series).reduce((sum, value) => sum + value, 0) / n
  const [meanA, meanB] = [mean(a), mean(b)]
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < n; i++) {
    const [da, db] = [a[i]! - meanA, b[i]! - meanB]
    ab += da * db
    aa += da * da
    bb += db * db
  }
  return (ab / Math.sqrt(aa * bb)) * Math.sqrt(n)
}

/** Occurrences of each of the 256 byte values. */
export function countBytes(bytes: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256)
  for (const byte of bytes) counts[byte]!++
  return counts
}
