/** An oracle that shares nothing with the source: fractions of BigInts, and every set of clients tried. */

/** The rank over the rationals, by cross-multiplication. */
export function rankOf(matrix: readonly (readonly number[])[]): number {
  const rows = matrix.map(row => row.map(BigInt))
  let rank = 0
  for (let column = 0; column < (rows[0]?.length ?? 0); column++) {
    const pivot = rows.findIndex((row, i) => i >= rank && row[column] !== 0n)
    if (pivot === -1) continue
    ;[rows[rank], rows[pivot]] = [rows[pivot]!, rows[rank]!]
    const top = rows[rank]!
    for (let i = rank + 1; i < rows.length; i++) {
      const row = rows[i]!
      const factor = row[column]!
      rows[i] = row.map((entry, j) => entry * top[column]! - factor * top[j]!)
    }
    rank++
  }
  return rank
}

/** By sum, who of `clients` is in it. */
export function indicator(sums: readonly (readonly string[])[], clients: readonly string[]): number[][] {
  return sums.map(sum => clients.map(client => Number(sum.includes(client))))
}

/** The fewest clients that a combination of the sums, other than 0, can be confined to. */
export function fewestIsolated(sums: readonly (readonly string[])[], clients: readonly string[]): number {
  const matrix = indicator(sums, clients)
  const rank = rankOf(matrix)
  let fewest = Number.POSITIVE_INFINITY
  for (let set = 1; set < 2 ** clients.length; set++) {
    const size = clients.filter((_, i) => (set >> i) % 2 === 1).length
    if (size >= fewest) continue
    // Confined to the set are the combinations that vanish outside: some are left if the rest has a smaller rank.
    const outside = matrix.map(row => row.filter((_, i) => (set >> i) % 2 === 0))
    if (rankOf(outside) < rank) fewest = size
  }
  return fewest
}

/** What the server gets when it takes the sums that often: how often each client is in it. */
export function combined(
  sums: readonly (readonly string[])[],
  combination: readonly { readonly round: number; readonly coefficient: bigint }[],
): Map<string, bigint> {
  const totals = new Map<string, bigint>()
  for (const { round, coefficient } of combination) {
    for (const client of sums[round]!) totals.set(client, (totals.get(client) ?? 0n) + coefficient)
  }
  return new Map([...totals].filter(([, total]) => total !== 0n))
}
