import { hkdfSync } from 'node:crypto'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compareIds,
  deriveKey,
  type KeyLabel,
  pairwiseMaskKey,
  selfMaskKey,
  shareKey,
} from '../../../src/secagg/primitives/kdf.ts'
import { ascii, expectUsageError, hex, seededBytes, toHex } from './support.ts'

const dh = seededBytes(8)(32)
const t1 = seededBytes(9)(32)

/** The same derivation by another implementation, from an `info` that is spelled out. */
function expected(info: string, length: number, ikm: Uint8Array = dh): string {
  return toHex(new Uint8Array(hkdfSync('sha256', ikm, '', hex(info), length)))
}

/** A field with its length in front, as `bytes` bytes of hex. */
function field(content: Uint8Array, bytes: 1 | 2): string {
  return content.length.toString(16).padStart(2 * bytes, '0') + toHex(content)
}

describe('the HKDF under the derivation', () => {
  // RFC 5869 appendix A.1 and A.3
  test.each([
    [
      '000102030405060708090a0b0c',
      'f0f1f2f3f4f5f6f7f8f9',
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    ],
    ['', '', '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8'],
  ])('gives the results of RFC 5869 for salt "%s"', (salt, info, okm) => {
    expect(toHex(hkdf(sha256, new Uint8Array(22).fill(0x0b), hex(salt), hex(info), 42))).toBe(okm)
  })
})

describe('a derived key', () => {
  test('is HKDF-SHA-256 over the length, the label, the transcript and the ids, each with its length', () => {
    const info = `0020${field(ascii('secagg v1 share'), 1)}${field(t1, 2)}${field(ascii('ann'), 2)}${field(ascii('bé'), 2)}`
    expect(toHex(deriveKey(dh, t1, 'share', ['ann', 'bé'], 32))).toBe(expected(info, 32))
  })

  test('may have any length that HKDF gives', () => {
    const info = (length: string) => `${length}${field(ascii('secagg v1 self'), 1)}0000`
    expect(toHex(deriveKey(dh, new Uint8Array(0), 'self', [], 1))).toBe(expected(info('0001'), 1))
    expect(toHex(deriveKey(dh, new Uint8Array(0), 'self', [], 8_160))).toBe(expected(info('1fe0'), 8_160))
    for (const length of [0, -1, 1.5, 8_161])
      expectUsageError(() => deriveKey(dh, t1, 'self', [], length), 'bad-key-length')
  })

  test('is never the same for two different inputs, however ids and transcripts run together', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '\0', '\u0001'), maxLength: 3 })
    const input = fc.record({
      transcript: fc.uint8Array({ maxLength: 3, max: 1 }),
      label: fc.constantFrom<KeyLabel>('share', 'pairwise', 'self'),
      ids: fc.array(text, { maxLength: 3 }),
      length: fc.constantFrom(16, 32),
    })
    fc.assert(
      fc.property(input, input, (a, b) => {
        const key = (i: typeof a) => toHex(deriveKey(dh, i.transcript, i.label, i.ids, i.length)).slice(0, 32)
        const same =
          JSON.stringify([...a.transcript, a.label, a.ids, a.length]) ===
          JSON.stringify([...b.transcript, b.label, b.ids, b.length])
        expect(key(a) === key(b)).toBe(same)
      }),
      { seed: 4, numRuns: 200 },
    )
  })

  test('takes ids of up to 65,535 bytes and well-formed text only', () => {
    expect(deriveKey(dh, t1, 'self', ['x'.repeat(65_535)], 16).length).toBe(16)
    expectUsageError(() => deriveKey(dh, t1, 'self', ['é'.repeat(32_768)], 16), 'field-too-long')
    expectUsageError(() => deriveKey(dh, new Uint8Array(65_536), 'self', ['x'], 16), 'field-too-long')
    expectUsageError(() => deriveKey(dh, t1, 'self', ['\ud800'], 16), 'ill-formed-text')
  })
})

describe('the keys of a round', () => {
  test('are 32 bytes for shares and 16 for masks, each under its own label', () => {
    expect(shareKey(dh, t1, 'a', 'b')).toEqual(deriveKey(dh, t1, 'share', ['a', 'b'], 32))
    expect(pairwiseMaskKey(dh, t1, 'a', 'b')).toEqual(deriveKey(dh, t1, 'pairwise', ['a', 'b'], 16))
    expect(selfMaskKey(dh, t1, 'a')).toEqual(deriveKey(dh, t1, 'self', ['a'], 16))
  })

  test('differ by direction for shares and do not for masks', () => {
    expect(toHex(shareKey(dh, t1, 'a', 'b'))).not.toBe(toHex(shareKey(dh, t1, 'b', 'a')))
    expect(pairwiseMaskKey(dh, t1, 'b', 'a')).toEqual(pairwiseMaskKey(dh, t1, 'a', 'b'))
    // In UTF-8 the first id is the smaller, in UTF-16 the second.
    expect(pairwiseMaskKey(dh, t1, '😀', '\uffff')).toEqual(deriveKey(dh, t1, 'pairwise', ['\uffff', '😀'], 16))
  })

  test('change with every bit of the transcript', () => {
    const other = Uint8Array.from(t1)
    other[31]! ^= 1
    expect(toHex(selfMaskKey(dh, other, 'a'))).not.toBe(toHex(selfMaskKey(dh, t1, 'a')))
    expect(toHex(shareKey(dh, other, 'a', 'b'))).not.toBe(toHex(shareKey(dh, t1, 'a', 'b')))
    expect(toHex(pairwiseMaskKey(dh, other, 'a', 'b'))).not.toBe(toHex(pairwiseMaskKey(dh, t1, 'a', 'b')))
  })

  test('need a 32-byte secret, a 32-byte transcript hash and two clients to a pair', () => {
    const short = new Uint8Array(31)
    expectUsageError(() => shareKey(short, t1, 'a', 'b'), 'bad-length')
    expectUsageError(() => pairwiseMaskKey(dh, short, 'a', 'b'), 'bad-length')
    expectUsageError(() => selfMaskKey(short, t1, 'a'), 'bad-length')
    expect(() => selfMaskKey(short, t1, 'a')).toThrow('self-mask seed')
    expectUsageError(() => pairwiseMaskKey(dh, t1, 'a', 'a'), 'same-client')
  })
})

test('ids are ordered by their UTF-8 bytes', () => {
  const unit = fc.constantFrom('a', 'b', 'é', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}')
  const id = fc.string({ unit, maxLength: 3 })
  fc.assert(
    fc.property(id, id, (a, b) => {
      expect(Math.sign(compareIds(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))))
    }),
    { seed: 5, numRuns: 1_000 },
  )
  expect(['b', '😀', '', 'ab', '\uffff', 'a'].sort(compareIds)).toEqual(['', 'a', 'ab', 'b', '\uffff', '😀'])
})
