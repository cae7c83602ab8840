import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_MODULUS_BITS, RingVector } from '../../../src/secagg/encoding/index.ts'
import { UsageError } from '../../../src/secagg/errors.ts'
import { SEED } from './helpers.ts'

const widths = fc.integer({ min: 1, max: MAX_MODULUS_BITS })
const entries = fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n })

function ringOf(values: readonly bigint[], modulusBits: number): RingVector {
  const vector = RingVector.zeros(values.length, modulusBits)
  for (const [i, value] of values.entries()) vector.set(i, value)
  return vector
}

function valuesOf(vector: RingVector): bigint[] {
  return Array.from({ length: vector.length }, (_, i) => vector.get(i))
}

describe('RingVector', () => {
  it('adds and subtracts like BigInt modulo 2^b, at every width', () => {
    const pairs = fc.array(fc.tuple(entries, entries), { maxLength: 8 })
    fc.assert(
      fc.property(widths, pairs, (b, both) => {
        const left = ringOf(
          both.map(([x]) => x),
          b,
        )
        const right = ringOf(
          both.map(([, y]) => y),
          b,
        )
        expect(valuesOf(left.clone().add(right).reduce())).toEqual(both.map(([x, y]) => BigInt.asUintN(b, x + y)))
        expect(valuesOf(left.clone().subtract(right).reduce())).toEqual(both.map(([x, y]) => BigInt.asUintN(b, x - y)))
        expect(left.clone().add(right).subtract(right).equals(left)).toBe(true)
      }),
      { seed: SEED, numRuns: 500 },
    )
  })

  it('reads the meaningful bits only, so that nothing depends on when it was reduced', () => {
    const run = fc.array(fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 3, maxLength: 3 }))
    fc.assert(
      fc.property(widths, run, (b, vectors) => {
        const lazy = RingVector.zeros(3, b)
        const eager = RingVector.zeros(3, b)
        for (const values of vectors) {
          const words =
            lazy.lanes === 1 ? values.map(Number) : values.flatMap(v => [Number(v & 0xffffffffn), Number(v >> 32n)])
          lazy.add(RingVector.fromWords(Uint32Array.from(words), 3, b))
          eager.add(RingVector.fromWords(Uint32Array.from(words), 3, b)).reduce()
        }
        expect(valuesOf(lazy)).toEqual(valuesOf(eager))
        expect(lazy.equals(eager)).toBe(true)
        expect(lazy.reduce().words).toEqual(eager.words)
      }),
      { seed: SEED, numRuns: 200 },
    )
  })

  it('carries and borrows across the 32-bit boundary', () => {
    const vector = ringOf([0xffffffffn, 2n ** 32n, 2n ** 62n - 1n], 62)
    expect(valuesOf(vector.add(ringOf([1n, 0n, 1n], 62)).reduce())).toEqual([2n ** 32n, 2n ** 32n, 0n])
    expect(valuesOf(vector.subtract(ringOf([1n, 1n, 1n], 62)).reduce())).toEqual([
      0xffffffffn,
      0xffffffffn,
      2n ** 62n - 1n,
    ])
  })

  it('uses one word per entry up to 32 bits and two beyond', () => {
    expect([1, 32, 33, 62].map(b => RingVector.zeros(5, b).lanes)).toEqual([1, 1, 2, 2])
    expect([1, 32, 33, 62].map(b => RingVector.zeros(5, b).words.length)).toEqual([5, 5, 10, 10])
  })

  it('wraps words and shows bytes without a copy', () => {
    const words = new Uint32Array(8)
    const vector = RingVector.fromWords(words.subarray(2, 6), 2, 40)
    vector.set(1, 0x12_3456_789an)
    expect([...words]).toEqual([0, 0, 0, 0, 0x3456_789a, 0x12, 0, 0])
    expect(vector.bytes()).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0x9a, 0x78, 0x56, 0x34, 0x12, 0, 0, 0))
    vector.bytes()[0] = 7
    expect(vector.get(0)).toBe(7n)
    const copy = vector.clone()
    copy.set(0, 1n)
    expect(vector.get(0)).toBe(7n)
  })

  it('tells different vectors apart', () => {
    const vector = ringOf([1n, 2n ** 39n], 40)
    expect(vector.equals(ringOf([1n, 2n ** 39n], 40))).toBe(true)
    expect(vector.equals(ringOf([1n, 0n], 40))).toBe(false)
    expect(vector.equals(ringOf([0n, 2n ** 39n], 40))).toBe(false)
    expect(vector.equals(ringOf([1n], 40))).toBe(false)
    expect(vector.equals(ringOf([1n, 2n ** 39n], 41))).toBe(false)
  })

  it('refuses shapes that cannot be, and vectors that do not match', () => {
    const cases: [string, () => unknown][] = [
      ['ring-modulus-bits', () => RingVector.zeros(1, 0)],
      ['ring-modulus-bits', () => RingVector.zeros(1, 63)],
      ['ring-modulus-bits', () => RingVector.zeros(1, 1.5)],
      ['ring-length', () => RingVector.zeros(-1, 8)],
      ['ring-length', () => RingVector.zeros(Number.NaN, 8)],
      ['ring-word-count', () => RingVector.fromWords(new Uint32Array(3), 2, 33)],
      ['ring-length-mismatch', () => RingVector.zeros(1, 8).add(RingVector.zeros(2, 8))],
      ['ring-length-mismatch', () => RingVector.zeros(1, 8).subtract(RingVector.zeros(2, 8))],
      ['ring-modulus-mismatch', () => RingVector.zeros(1, 8).add(RingVector.zeros(1, 9))],
      ['ring-index', () => RingVector.zeros(1, 8).get(1)],
      ['ring-index', () => RingVector.zeros(1, 8).get(-1)],
      ['ring-index', () => RingVector.zeros(1, 8).set(0.5, 0n)],
    ]
    for (const [code, call] of cases) {
      expect(call).toThrow(UsageError)
      expect(call).toThrow(expect.objectContaining({ code }))
    }
  })
})
