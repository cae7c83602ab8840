import type { PrimeField } from './prime-field.ts'
import { type BinaryMatrix, reduceRows } from './row-space.ts'

/**
 * The whole numbers, without common divisor, by which the rows must be taken so that their sum is 0 outside of some columns
 * and not 0 in all of them. It is found modulo a prime and then checked, or computed, in exact integers.
 *
 * @param rows Independent, also modulo the prime.
 * @param kept Where the sum need not be 0; chosen so that, modulo the prime, there is one such sum up to a factor.
 * @returns One coefficient for each row; undefined when there is no such sum over the rationals, that is, when what was found
 *   modulo the prime was an accident of the prime.
 */
export function isolatingCombination(
  rows: BinaryMatrix,
  kept: ReadonlySet<number>,
  field: PrimeField,
): bigint[] | undefined {
  const outside = Array.from(rows[0]!.keys()).filter(column => !kept.has(column))
  // One equation for each column that must come to 0, one unknown for each row.
  const equations = outside.map(column => rows.map(row => row[column]!))
  const { basis, pivots, independent } = reduceRows(equations, field)
  if (pivots.length !== rows.length - 1) return undefined
  const free = rows.findIndex((_, unknown) => !pivots.includes(unknown))
  const residues: number[] = rows.map((_, unknown) => (unknown === free ? 1 : 0))
  pivots.forEach((pivot, i) => {
    residues[pivot] = field.subtractProduct(0, basis[i]![free]!, 1)
  })
  const solves = (z: readonly bigint[]) => equations.every(equation => dot(equation, z) === 0n)
  const small = smallFractions(residues, field)
  if (small !== undefined && solves(small)) return presentable(small, rows, kept)
  const exact = exactSolution(
    independent.map(i => equations[i]!),
    free,
  )
  return solves(exact) ? presentable(exact, rows, kept) : undefined
}

function dot(equation: readonly number[], z: readonly bigint[]): bigint {
  return equation.reduce((sum, entry, i) => (entry === 0 ? sum : sum + z[i]!), 0n)
}

/** Residues as fractions of small numbers, times the common denominator; undefined when one is no such fraction. */
function smallFractions(residues: readonly number[], field: PrimeField): bigint[] | undefined {
  let denominator = 1
  const bound = Math.floor(Math.sqrt(field.prime / 2))
  for (const residue of residues) {
    const scaled = field.multiply(residue, denominator)
    const further = denominatorOf(scaled, field.prime, bound)
    denominator *= further
    if (denominator > bound) return undefined
  }
  return residues.map(residue => BigInt(centred(field.multiply(residue, denominator), field.prime)))
}

/** The denominator of the one fraction with numerator and denominator up to `bound` that is this residue (Wang 1981). */
function denominatorOf(residue: number, prime: number, bound: number): number {
  let [a, b, s, t] = [prime, residue, 0, 1]
  while (b > bound) {
    const quotient = Math.floor(a / b)
    ;[a, b, s, t] = [b, a - quotient * b, t, s - quotient * t]
  }
  return Math.abs(t)
}

function centred(residue: number, prime: number): number {
  return residue > prime / 2 ? residue - prime : residue
}

/**
 * The solution of n - 1 independent homogeneous equations in n unknowns, by elimination without fractions (Bareiss 1968): each
 * division is by the last pivot, and leaves no remainder.
 */
function exactSolution(equations: readonly (readonly number[])[], free: number): bigint[] {
  const matrix = equations.map(equation => equation.map(BigInt))
  const unknowns = Array.from({ length: matrix.length + 1 }, (_, i) => i).filter(unknown => unknown !== free)
  let last = 1n
  for (const [step, unknown] of unknowns.entries()) {
    const found = matrix.findIndex((row, i) => i >= step && row[unknown] !== 0n)
    ;[matrix[step], matrix[found]] = [matrix[found]!, matrix[step]!]
    const pivotRow = matrix[step]!
    const pivot = pivotRow[unknown]!
    for (const [i, row] of matrix.entries()) {
      if (i === step) continue
      const factor = row[unknown]!
      for (const [j, entry] of row.entries()) row[j] = (pivot * entry - factor * pivotRow[j]!) / last
    }
    last = pivot
  }
  const solution = new Array<bigint>(matrix.length + 1).fill(last)
  for (const [step, unknown] of unknowns.entries()) solution[unknown] = -matrix[step]![free]!
  return solution
}

/** Without common divisor, and with the sign that makes the first column that is not 0 positive. */
function presentable(z: readonly bigint[], rows: BinaryMatrix, kept: ReadonlySet<number>): bigint[] {
  const totals = Array.from(kept, column => rows.reduce((sum, row, i) => (row[column] === 0 ? sum : sum + z[i]!), 0n))
  const divisor = z.reduce(greatestCommonDivisor, 0n)
  const sign = (totals.find(total => total !== 0n) ?? 1n) < 0n ? -1n : 1n
  return z.map(value => (sign * value) / divisor)
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b]
  return a < 0n ? -a : a
}
