import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as node from '../../../../src/secagg/primitives/native/node.ts'
import * as portable from '../../../../src/secagg/primitives/native/portable.ts'
import { hex, toHex } from '../support.ts'

test('HKDF-SHA-256 without salt and info gives what RFC 5869, appendix A.3, says', () => {
  const expected = '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8'
  for (const { hkdfSha256 } of [node, portable]) {
    expect(toHex(hkdfSha256(hex('0b'.repeat(22)), new Uint8Array(0), 42))).toBe(expected)
  }
})

test('both platforms derive the same key of any length', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      fc.uint8Array({ maxLength: 300 }),
      fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom(8159, 8160)),
      (ikm, info, length) => {
        const before = [toHex(ikm), toHex(info)]
        expect(toHex(node.hkdfSha256(ikm, info, length))).toBe(toHex(portable.hkdfSha256(ikm, info, length)))
        expect([toHex(ikm), toHex(info)]).toEqual(before)
      },
    ),
    { seed: 4, numRuns: 60 },
  )
  expect(Object.getPrototypeOf(node.hkdfSha256(new Uint8Array(32), new Uint8Array(0), 16))).toBe(Uint8Array.prototype)
})
