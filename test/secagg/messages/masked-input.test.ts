import { describe, expect, it } from 'vitest'
import { RingVector } from '../../../src/secagg/encoding/ring.ts'
import { decodeMessage, encodeMessage } from '../../../src/secagg/messages/frame.ts'
import type { MaskedInput } from '../../../src/secagg/messages/masked-input.ts'
import { LIMITS } from './arbitraries.ts'
import { be, expectBytes, expectRefusal, expectUnencodable, fill, frameOf, join } from './support.ts'

function vectorOf(modulusBits: number, ...entries: bigint[]): RingVector {
  const vector = RingVector.zeros(entries.length, modulusBits)
  for (const [i, entry] of entries.entries()) vector.set(i, entry)
  return vector
}

const message: MaskedInput = {
  type: 'MaskedInput',
  session: fill(1, 32),
  sender: 'eve',
  vectorLength: 1000,
  firstEntry: 500,
  digest: fill(2, 32),
  range: vectorOf(12, 0xabcn, 0x123n, 0xfffn),
}
const PACKED = join(0xbc, 0x3a, 0x12, 0xff, 0x0f)

interface Header {
  length?: number | bigint
  first?: number | bigint
  entries?: number | bigint
  bits?: number
}
const headerOf = ({ length = 1000, first = 500, entries = 3, bits = 12 }: Header = {}) =>
  join(fill(1, 32), 3, 'eve', be(length, 8), be(first, 8), be(entries, 8), bits, fill(2, 32))
const LENGTH = 16 + 36
const FIRST = LENGTH + 8
const ENTRIES = FIRST + 8
const BITS = ENTRIES + 8
/** 16 + 36 + 24 + 1 + 32, rounded up to a multiple of 8. */
const BODY = 112

/** The same bytes at another offset of their buffer. */
function shifted(bytes: Uint8Array, by: number): Uint8Array {
  return join(fill(0xee, by), bytes).subarray(by)
}

describe('MaskedInput', () => {
  it('is session, sender, shape of vector and range, digest; then the entries, packed from the lowest bit up', () => {
    expectBytes(message, frameOf(0x03, headerOf(), PACKED))
  })

  it('has little-endian entries of four bytes where the modulus is 2^32', () => {
    const range = vectorOf(32, 0x01020304n, 0xfffefdfcn)
    const body = join(4, 3, 2, 1, 0xfc, 0xfd, 0xfe, 0xff)
    expectBytes({ ...message, range }, frameOf(0x03, headerOf({ entries: 2, bits: 32 }), body))
  })

  it('packs entries wider than 32 bits', () => {
    const range = vectorOf(40, 0x0102030405n, 0xfffefdfcfbn)
    const body = join(5, 4, 3, 2, 1, 0xfb, 0xfc, 0xfd, 0xfe, 0xff)
    expectBytes({ ...message, range }, frameOf(0x03, headerOf({ entries: 2, bits: 40 }), body))
  })

  it('carries an entry modulo 2^b, whatever lies above in its lane', () => {
    const unreduced = RingVector.fromWords(Uint32Array.of(0xfffffabc, 0x80000123, 0x00001fff), 3, 12)
    expect(encodeMessage({ ...message, range: unreduced })).toEqual(encodeMessage(message))
  })

  it('of a vector without entries has none', () => {
    const empty = { ...message, vectorLength: 0, firstEntry: 0, range: vectorOf(12) }
    expectBytes(empty, frameOf(0x03, headerOf({ length: 0, first: 0, entries: 0 })))
  })

  it('is read in place when its entries have 32 bits and its frame is aligned', () => {
    const body = join(1, 0, 0, 0)
    const bytes = frameOf(0x03, headerOf({ entries: 1, bits: 32 }), body)
    const { range } = decodeMessage(bytes, LIMITS) as MaskedInput
    expect(range.words.buffer).toBe(bytes.buffer)
    bytes[BODY] = 7
    expect(range.get(0)).toBe(7n)
  })

  it('is copied when its frame lies askew', () => {
    const bytes = frameOf(0x03, headerOf({ entries: 1, bits: 32 }), join(1, 0, 0, 0))
    for (const by of [1, 2, 3]) {
      const { range } = decodeMessage(shifted(bytes, by), LIMITS) as MaskedInput
      expect(range.get(0)).toBe(1n)
    }
  })

  it('keeps nothing else of its frame: digest and session outlive it', () => {
    const bytes = encodeMessage(message)
    const decoded = decodeMessage(bytes, LIMITS) as MaskedInput
    bytes.fill(0xee)
    expect(decoded).toEqual(message)
    expect(decoded.digest.buffer.byteLength).toBe(32)
  })

  it('refuses a body of another length than its entries take', () => {
    for (const body of [PACKED.subarray(0, 4), join(PACKED, 0)]) {
      expectRefusal(frameOf(0x03, headerOf(), body), 'bad-body-length', { field: 'range', at: BODY })
    }
  })

  it('refuses a set bit after the last entry', () => {
    for (let bit = 4; bit < 8; bit++) {
      const body = join(PACKED.subarray(0, 4), 0x0f | (1 << bit))
      expectRefusal(frameOf(0x03, headerOf(), body), 'non-zero-padding', { field: 'range', at: BODY + 4 })
    }
  })

  it.each([
    ['a longer vector', { length: 1001 }, { vectorLength: 1000 }, 'vectorLength', LENGTH],
    ['a longer range', {}, { maxRangeEntries: 2 }, 'rangeEntries', ENTRIES],
    ['a wider modulus', {}, { modulusBits: 11 }, 'modulusBits', BITS],
  ])('refuses %s than the session allows', (_, header, limits, field, at) => {
    expectRefusal(frameOf(0x03, headerOf(header), PACKED), 'beyond-limit', { field, at }, { ...LIMITS, ...limits })
  })

  it('refuses a modulus that no ring has, whatever the limits say', () => {
    for (const bits of [0, 63, 255]) {
      const bytes = frameOf(0x03, headerOf({ bits }), PACKED)
      expectRefusal(bytes, 'bad-modulus', { field: 'modulusBits', at: BITS }, { ...LIMITS, modulusBits: 255 })
    }
  })

  it('refuses a range that sticks out of the vector', () => {
    for (const first of [998, 1000, Number.MAX_SAFE_INTEGER]) {
      const bytes = frameOf(0x03, headerOf({ first }), PACKED)
      expectRefusal(bytes, 'range-out-of-bounds', { field: 'rangeEntries', at: ENTRIES })
    }
    expectBytes({ ...message, firstEntry: 997 }, frameOf(0x03, headerOf({ first: 997 }), PACKED))
  })

  it('refuses an empty range of a vector that has entries', () => {
    expectRefusal(frameOf(0x03, headerOf({ entries: 0 })), 'empty-range', { field: 'rangeEntries', at: ENTRIES })
  })

  it('refuses numbers that JavaScript cannot hold', () => {
    const bytes = frameOf(0x03, headerOf({ first: 2n ** 53n }), PACKED)
    expectRefusal(bytes, 'integer-out-of-range', { field: 'firstEntry', at: FIRST })
  })

  it('refuses a claim of two thousand million entries before it makes room for them', () => {
    const limits = { ...LIMITS, vectorLength: 2 ** 31 }
    const bytes = frameOf(0x03, headerOf({ length: 2 ** 31, first: 0, entries: 2 ** 31, bits: 1 }), PACKED)
    expectRefusal(bytes, 'bad-body-length', { field: 'range' }, limits)
  })

  it.each([
    ['range', { firstEntry: 998 }],
    ['range', { range: vectorOf(12) }],
    ['firstEntry', { firstEntry: -1 }],
    ['firstEntry', { firstEntry: 0.5 }],
    ['vectorLength', { vectorLength: 2 ** 53 }],
    ['digest', { digest: fill(2, 31) }],
  ])('is not encoded with a bad %s (case %#)', (field, change) => {
    expectUnencodable({ ...message, ...change }, field)
  })
})
