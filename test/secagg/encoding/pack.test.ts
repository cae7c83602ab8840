import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_MODULUS_BITS, packBits, packedLength, RingVector, unpackBits } from '../../../src/secagg/encoding/index.ts'
import { DecodeError, UsageError } from '../../../src/secagg/errors.ts'
import { SEED } from './helpers.ts'

const WIDTHS = Array.from({ length: MAX_MODULUS_BITS }, (_, i) => i + 1)
const words = fc.array(fc.integer({ min: 0, max: 0xffffffff }), { maxLength: 150 })

/** Any words at all: the bits above b are not zero. */
function unreduced(source: readonly number[], modulusBits: number): RingVector {
  const lanes = modulusBits <= 32 ? 1 : 2
  const length = Math.floor(source.length / lanes)
  return RingVector.fromWords(Uint32Array.from(source.slice(0, length * lanes)), length, modulusBits)
}

/** The definition, bit by bit: bit j of entry i is bit i * b + j of the output. */
function packByDefinition(vector: RingVector): Uint8Array {
  let all = 0n
  for (let i = vector.length - 1; i >= 0; i--) all = (all << BigInt(vector.modulusBits)) | vector.get(i)
  const out = new Uint8Array(Math.ceil((vector.length * vector.modulusBits) / 8))
  for (let i = 0; i < out.length; i++) out[i] = Number((all >> BigInt(8 * i)) & 0xffn)
  return out
}

describe('packBits', () => {
  it.each(WIDTHS)('packs %i-bit entries as defined, and unpackBits inverts it', b => {
    fc.assert(
      fc.property(words, source => {
        const vector = unreduced(source, b)
        const packed = packBits(vector)
        expect(packed).toEqual(packByDefinition(vector))
        expect(packed.length).toBe(packedLength(vector.length, b))
        const unpacked = unpackBits(packed, vector.length, b)
        expect(unpacked.words).toEqual(vector.clone().reduce().words)
        expect(unpacked.modulusBits).toBe(b)
        const shifted = new Uint8Array(packed.length + 9).fill(0xff) // a message lies anywhere in a larger one
        shifted.set(packed, source.length % 8)
        const view = shifted.subarray(source.length % 8, packed.length + (source.length % 8))
        expect(unpackBits(view, vector.length, b).words).toEqual(unpacked.words)
      }),
      { seed: SEED + b, numRuns: 25 },
    )
  })

  it('keeps the largest and the smallest ring element', () => {
    for (const b of WIDTHS) {
      const vector = RingVector.zeros(9, b)
      for (const i of [0, 3, 8]) vector.set(i, -1n)
      const unpacked = unpackBits(packBits(vector), 9, b)
      expect(unpacked.get(8)).toBe(2n ** BigInt(b) - 1n)
      expect(unpacked.equals(vector)).toBe(true)
    }
  })

  it('shares no memory with the vector or the message', () => {
    for (const b of [8, 16, 24, 32, 40]) {
      const vector = RingVector.zeros(4, b)
      const packed = packBits(vector)
      vector.set(0, 5n)
      expect(packed.every(byte => byte === 0)).toBe(true)
      const unpacked = unpackBits(packed, 4, b)
      packed.fill(0xff)
      expect(unpacked.get(0)).toBe(0n)
    }
  })

  it('reads a message at any byte offset', () => {
    const vector = RingVector.zeros(5, 32)
    vector.set(4, 0xdeadbeefn)
    const framed = new Uint8Array(23)
    framed.set(packBits(vector), 3)
    expect(unpackBits(framed.subarray(3), 5, 32).equals(vector)).toBe(true)
  })
})

describe('unpackBits', () => {
  it('refuses too few or too many bytes', () => {
    for (const b of WIDTHS) {
      const size = packedLength(5, b)
      for (const wrong of [0, size - 1, size + 1]) {
        const call = () => unpackBits(new Uint8Array(wrong), 5, b)
        expect(call).toThrow(DecodeError)
        expect(call).toThrow(expect.objectContaining({ code: 'packed-length' }))
      }
    }
  })

  it('refuses every padding bit that is set', () => {
    for (const b of WIDTHS) {
      const size = packedLength(5, b)
      for (let bit = 5 * b; bit < 8 * size; bit++) {
        const bytes = new Uint8Array(size)
        bytes[bit >> 3] = 1 << (bit & 7)
        expect(() => unpackBits(bytes, 5, b)).toThrow(expect.objectContaining({ code: 'packed-padding' }))
      }
    }
  })

  it('takes the empty vector, and refuses a shape that cannot be before it looks at the bytes', () => {
    expect(packBits(RingVector.zeros(0, 20))).toEqual(new Uint8Array(0))
    expect(unpackBits(new Uint8Array(0), 0, 20).length).toBe(0)
    expect(() => unpackBits(new Uint8Array(0), 0, 63)).toThrow(UsageError)
    expect(() => unpackBits(new Uint8Array(0), -1, 20)).toThrow(UsageError)
    expect(() => packedLength(1.5, 20)).toThrow(UsageError)
  })
})
