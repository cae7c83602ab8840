import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as node from '../../../../src/secagg/primitives/native/node.ts'
import * as portable from '../../../../src/secagg/primitives/native/portable.ts'
import { ascii, toHex } from '../support.ts'

/** FIPS 180-4 examples published by NIST. */
const VECTORS: [string, string][] = [
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
]

test.each(VECTORS)('SHA-256 of "%s" is the published one', (message, digest) => {
  for (const { sha256 } of [node, portable]) expect(toHex(sha256(ascii(message)))).toBe(digest)
})

test('the parts are hashed as one message, and both platforms agree', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), parts => {
      const whole = Uint8Array.from(parts.flatMap(part => [...part]))
      const digest = toHex(node.sha256(...parts))
      expect(toHex(node.sha256(whole))).toBe(digest)
      expect(toHex(portable.sha256(...parts))).toBe(digest)
    }),
    { seed: 2, numRuns: 100 },
  )
  expect(Object.getPrototypeOf(node.sha256())).toBe(Uint8Array.prototype)
})
