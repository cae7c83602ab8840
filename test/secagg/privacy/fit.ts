/**
 * How far integer samples are from a distribution: Pearson's chi-square over cells of at least 20 expected samples (the
 * tails are merged), as a standard normal deviate by the cube-root approximation of Wilson and Hilferty (1931).
 */
export function fitDeviate(samples: readonly number[], pmf: (x: number) => number): number {
  const counts = new Map<number, number>()
  for (const x of samples) counts.set(x, (counts.get(x) ?? 0) + 1)
  const [least, most] = [Math.min(...counts.keys()), Math.max(...counts.keys())]
  let [chiSquare, cells, found, expected] = [0, 0, 0, 0]
  let left = { found: samples.length, expected: samples.length }
  for (let x = least; x <= most; x++) {
    // Whatever lies below the least sample belongs to the first cell, as expectation.
    expected += samples.length * pmf(x)
    found += counts.get(x) ?? 0
    if (expected < 20 || left.expected - expected < 20) continue
    chiSquare += (found - expected) ** 2 / expected
    left = { found: left.found - found, expected: left.expected - expected }
    cells++
    ;[found, expected] = [0, 0]
  }
  chiSquare += (left.found - left.expected) ** 2 / left.expected
  const degrees = cells
  const spread = 2 / (9 * degrees)
  return (Math.cbrt(chiSquare / degrees) - (1 - spread)) / Math.sqrt(spread)
}
