import { type PrimeField, primeFields } from './prime-field.ts'

/** Rows of zeros and ones. */
export type BinaryMatrix = readonly Uint8Array[]

/** A matrix brought into reduced row echelon form modulo a prime. */
export interface ReducedRows {
  readonly field: PrimeField
  /** Which rows of the matrix are independent of those before them, modulo the prime. */
  readonly independent: readonly number[]
  /** A basis of the row space, one vector for each of {@link independent}. */
  readonly basis: readonly Float64Array[]
  /** The column of each basis vector in which it is 1 and all others are 0, ascending. */
  readonly pivots: readonly number[]
}

/** Reduces the rows modulo a prime; the entries may be any residues. */
export function reduceRows(matrix: readonly ArrayLike<number>[], field: PrimeField): ReducedRows {
  const { multiply, subtractProduct, invert } = field
  const independent: number[] = []
  const found: { pivot: number; row: Float64Array }[] = []
  for (const [index, entries] of matrix.entries()) {
    const row = Float64Array.from(entries)
    for (const other of found) eliminate(row, other.row, other.pivot, subtractProduct)
    const pivot = row.findIndex(value => value !== 0)
    if (pivot === -1) continue
    const scale = invert(row[pivot]!)
    for (let j = pivot; j < row.length; j++) row[j] = multiply(row[j]!, scale)
    for (const other of found) eliminate(other.row, row, pivot, subtractProduct)
    found.push({ pivot, row })
    independent.push(index)
  }
  found.sort((a, b) => a.pivot - b.pivot)
  return { field, independent, basis: found.map(({ row }) => row), pivots: found.map(({ pivot }) => pivot) }
}

/** Takes away the multiple of `other`, which is 1 at `pivot`, that makes `row` 0 there. */
function eliminate(
  row: Float64Array,
  other: Float64Array,
  pivot: number,
  subtractProduct: PrimeField['subtractProduct'],
): void {
  const factor = row[pivot]!
  if (factor === 0) return
  for (let j = 0; j < row.length; j++) if (other[j] !== 0) row[j] = subtractProduct(row[j]!, factor, other[j]!)
}

/**
 * The row space of a 0/1 matrix over the **rationals**, represented modulo a prime in which it has the same rank.
 *
 * A rank modulo a prime is never above the rational one, and is below it only if the prime divides every largest minor that
 * is not 0. By Hadamard's bound such a minor has few bits, so when enough primes agree on a rank, their product is larger
 * than any minor of the next size: those are then all 0, and the rank is the rational one. No chance is involved.
 *
 * @param fields Where to look, best first; by default the primes below 2^26.
 * @returns undefined when `fields` came to an end before the rank was certain
 */
export function rationalRowSpace(
  matrix: BinaryMatrix,
  fields: Iterable<PrimeField> = primeFields(),
): ReducedRows | undefined {
  const largestRank = Math.min(matrix.length, matrix[0]?.length ?? 0)
  let best: ReducedRows | undefined
  let bits = 0
  for (const field of fields) {
    const reduced = reduceRows(matrix, field)
    if (best === undefined || reduced.independent.length > best.independent.length) best = reduced
    const rank = best.independent.length
    bits += Math.floor(Math.log2(field.prime))
    if (rank === largestRank || bits > minorBits(rank + 1)) return best
  }
  return undefined
}

/** log2 of the largest determinant of a 0/1 matrix of this size: (k+1)^((k+1)/2) / 2^k (Hadamard 1893, for 0/1). */
function minorBits(size: number): number {
  return ((size + 1) / 2) * Math.log2(size + 1) - size
}
