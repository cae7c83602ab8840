import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readField, writeField } from '../../../src/secagg/encoding/fields.ts'
import { RingVector } from '../../../src/secagg/encoding/ring.ts'
import { DecodeError } from '../../../src/secagg/errors.ts'
import { SEED } from './helpers.ts'

const LARGEST = 2n ** 100n - 1n

describe('a field of limbs', () => {
  it('sums exactly at any width, though limbs carry into one another', () => {
    const values = fc.array(fc.bigInt({ min: 0n, max: LARGEST }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 59 }), values, (limbBits, all) => {
        const field = { offset: 2, words: Math.ceil(100 / limbBits), largest: LARGEST }
        const sum = RingVector.zeros(2 + field.words, limbBits + 3)
        for (const value of all) {
          const vector = RingVector.zeros(sum.length, sum.modulusBits)
          writeField(vector, field, limbBits, value)
          sum.add(vector)
        }
        expect(readField(sum, field, limbBits, all.length, 'x')).toBe(all.reduce((a, b) => a + b))
        expect([sum.get(0), sum.get(1)]).toEqual([0n, 0n])
      }),
      { seed: SEED, numRuns: 300 },
    )
  })

  it('refuses a sum that so many clients cannot have', () => {
    const field = { offset: 0, words: 2, largest: 10n }
    const sum = RingVector.zeros(2, 8)
    writeField(sum, field, 4, 30n)
    expect(readField(sum, field, 4, 3, 'x')).toBe(30n)
    const call = () => readField(sum, field, 4, 2, 'metric "n"')
    expect(call).toThrow(DecodeError)
    expect(call).toThrow(/metric "n": .* what 2 clients can contribute/)
  })
})
