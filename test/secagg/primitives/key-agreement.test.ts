import { describe, expect, test } from 'vitest'
import {
  generateKeyPair,
  importX25519,
  isValidPublicKey,
  x25519PublicKey,
} from '../../../src/secagg/primitives/key-agreement.ts'
import { secureRandom } from '../../../src/secagg/primitives/random.ts'
import { expectUsageError, hex, seededBytes, toHex } from './support.ts'

const P = 2n ** 255n - 19n

function encode(u: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((u >> BigInt(8 * i)) & 0xffn))
}

describe('a generated key pair', () => {
  test('is a secret key from the source and its public key', () => {
    const pair = generateKeyPair(seededBytes(5))
    expect(pair.secretKey).toEqual(seededBytes(5)(32))
    expect(pair.publicKey).toEqual(x25519PublicKey(pair.secretKey))
    expect(isValidPublicKey(pair.publicKey)).toBe(true)
  })

  test('agrees with any other', () => {
    const [a, b] = [generateKeyPair(secureRandom), generateKeyPair(secureRandom)]
    const fromA = importX25519(a.secretKey).agree(b.publicKey)
    expect(toHex(fromA)).toBe(toHex(importX25519(b.secretKey).agree(a.publicKey)))
    expect(toHex(a.publicKey)).not.toBe(toHex(b.publicKey))
  })

  test('needs a source that gives what it is asked for', () => {
    expectUsageError(() => generateKeyPair(() => new Uint8Array(31)), 'bad-length')
  })
})

describe('a public key is refused', () => {
  test('when it is not 32 bytes', () => {
    for (const length of [0, 31, 33]) expect(isValidPublicKey(new Uint8Array(length).fill(9))).toBe(false)
    expect(isValidPublicKey('9'.repeat(32) as unknown as Uint8Array)).toBe(false)
  })

  test('when it is not the canonical encoding of its point', () => {
    expect(isValidPublicKey(encode(9n))).toBe(true)
    expect(isValidPublicKey(encode(9n + P))).toBe(false)
    expect(isValidPublicKey(encode(9n + 2n ** 255n))).toBe(false)
    expect(isValidPublicKey(encode(P - 2n))).toBe(true)
    for (let u = P; u < 2n ** 255n; u++) expect(isValidPublicKey(encode(u))).toBe(false)
  })

  test.each([
    ['order 2', encode(0n)],
    ['order 4 on the curve', encode(1n)],
    ['order 4 on the twist', encode(P - 1n)],
    ['order 8', hex('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800')],
    ['order 8', hex('5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157')],
  ])('when its point has %s', (_order, publicKey) => {
    expect(isValidPublicKey(publicKey)).toBe(false)
    // The list is no hearsay: agreeing with such a point would give zero, which the primitive refuses as well.
    expectUsageError(() => importX25519(seededBytes(6)(32)).agree(publicKey), 'low-order-public-key')
  })
})
