import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { primeField, primeFields } from '../../../src/federated/leakage/prime-field.ts'
import { rationalRowSpace, reduceRows } from '../../../src/federated/leakage/row-space.ts'
import { rankOf } from './brute-force.ts'

const bits = (rows: readonly (readonly number[])[]) => rows.map(row => Uint8Array.from(row))

const matrices = fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 })).chain(([rows, columns]) =>
  fc.array(fc.array(fc.integer({ min: 0, max: 1 }), { minLength: columns, maxLength: columns }), {
    minLength: rows,
    maxLength: rows,
  }),
)

const SMALL_PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31].map(primeField)

/** Two disjoint pairs of each of three clients: independent over the rationals, dependent modulo 2. */
const TRIANGLE = [
  [1, 1, 0],
  [0, 1, 1],
  [1, 0, 1],
]

describe('a prime field', () => {
  it('calculates as BigInts do, up to the largest residues (1,000 triples, seed 1)', () => {
    const [field] = primeFields()
    const { prime, multiply, subtractProduct, invert } = field!
    expect(prime).toBe(2 ** 26 - 5)
    const residue = fc.oneof(fc.integer({ min: 0, max: prime - 1 }), fc.integer({ min: prime - 3, max: prime - 1 }))
    const p = BigInt(prime)
    fc.assert(
      fc.property(residue, residue, residue, (a, b, c) => {
        expect(BigInt(multiply(a, b))).toBe((BigInt(a) * BigInt(b)) % p)
        expect(BigInt(subtractProduct(a, b, c))).toBe((((BigInt(a) - BigInt(b) * BigInt(c)) % p) + p) % p)
        if (a !== 0) expect(multiply(a, invert(a))).toBe(1)
      }),
      { seed: 1, numRuns: 1000 },
    )
  })
})

describe('the row space of a matrix of zeros and ones', () => {
  it('has the rational rank, with large primes and with small ones (1,000 matrices, seed 1)', () => {
    fc.assert(
      fc.property(matrices, rows => {
        const rank = rankOf(rows)
        expect(rationalRowSpace(bits(rows))!.independent).toHaveLength(rank)
        // The bound on minors tells after how many primes to stop: too early, and a rank would come out too small.
        const small = rationalRowSpace(bits(rows), SMALL_PRIMES)
        expect(small!.independent).toHaveLength(rank)
        expect(rankOf(small!.independent.map(row => rows[row]!))).toBe(rank)
      }),
      { seed: 1, numRuns: 1000 },
    )
  })

  it('is not given for certain when the primes do not suffice', () => {
    expect(reduceRows(TRIANGLE, primeField(2)).independent).toEqual([0, 1])
    expect(rationalRowSpace(bits(TRIANGLE), [primeField(2)])).toBeUndefined()
    expect(rationalRowSpace(bits(TRIANGLE), SMALL_PRIMES)!.independent).toEqual([0, 1, 2])
  })

  it('comes as a basis that is 1 at its own pivot and 0 at the others (300 matrices, seed 2)', () => {
    fc.assert(
      fc.property(matrices, rows => {
        const { basis, pivots } = rationalRowSpace(bits(rows))!
        for (const [i, vector] of basis.entries()) {
          expect(pivots.map(pivot => vector[pivot])).toEqual(pivots.map((_, j) => Number(i === j)))
          expect(vector.findIndex(value => value !== 0)).toBe(pivots[i])
        }
        expect([...pivots].sort((a, b) => a - b)).toEqual(pivots)
      }),
      { seed: 2, numRuns: 300 },
    )
  })
})
