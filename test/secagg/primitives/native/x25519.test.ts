import { describe, expect, test } from 'vitest'
import * as node from '../../../../src/secagg/primitives/native/node.ts'
import type { NativePrimitives } from '../../../../src/secagg/primitives/native/port.ts'
import * as portable from '../../../../src/secagg/primitives/native/portable.ts'
import { expectUsageError, hex, seededBytes, toHex } from '../support.ts'

const platforms: [string, NativePrimitives][] = [
  ['node', node],
  ['portable', portable],
]

/** RFC 7748 section 5.2; the second u has its top bit set, which must be ignored. */
const SECTION_5_2 = [
  {
    scalar: 'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
    u: 'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
    result: 'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
  },
  {
    scalar: '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
    u: 'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
    result: '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
  },
]

/** RFC 7748 section 6.1. */
const ALICE = {
  secret: '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a',
  public: '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
}
const BOB = {
  secret: '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb',
  public: 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
}
const SHARED = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742'

/** Every encoding of a low-order point, canonical or not, without the top bit (which X25519 ignores). */
const LOW_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]

/** RFC 7748 section 5.2: k and u begin as 9; each step is k' = X25519(k, u), u' = k. */
function iterate(platform: NativePrimitives, times: number): string {
  let k = hex(`09${'00'.repeat(31)}`)
  let u = k
  for (let i = 0; i < times; i++) {
    const next = platform.x25519Agree(k, u)
    u = k
    k = next
  }
  return toHex(k)
}

describe.each(platforms)('X25519 on %s', (_name, platform) => {
  test.each(SECTION_5_2)('gives the results of RFC 7748, section 5.2', ({ scalar, u, result }) => {
    expect(toHex(platform.x25519Agree(hex(scalar), hex(u)))).toBe(result)
    expect(toHex(platform.importX25519(hex(scalar)).agree(hex(u)))).toBe(result)
  })

  test('gives the first iterate of RFC 7748, section 5.2', () => {
    expect(iterate(platform, 1)).toBe('422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079')
  })

  test('lets Alice and Bob of RFC 7748, section 6.1, agree', () => {
    for (const party of [ALICE, BOB]) expect(toHex(platform.x25519PublicKey(hex(party.secret)))).toBe(party.public)
    expect(toHex(platform.x25519Agree(hex(ALICE.secret), hex(BOB.public)))).toBe(SHARED)
    expect(toHex(platform.importX25519(hex(BOB.secret)).agree(hex(ALICE.public)))).toBe(SHARED)
  })

  test('derives the public key of an imported secret key, and keeps its own copy of the secret', () => {
    const secret = hex(ALICE.secret)
    const key = platform.importX25519(secret)
    secret.fill(0)
    expect(toHex(key.publicKey)).toBe(ALICE.public)
    expect(toHex(key.agree(hex(BOB.public)))).toBe(SHARED)
  })

  test.each(LOW_ORDER)('refuses the low-order point %s instead of giving zeros', point => {
    const withTopBit = hex(point)
    withTopBit[31]! |= 0x80
    for (const peer of [hex(point), withTopBit]) {
      expectUsageError(() => platform.x25519Agree(hex(ALICE.secret), peer), 'low-order-public-key')
      expectUsageError(() => platform.importX25519(hex(ALICE.secret)).agree(peer), 'low-order-public-key')
    }
  })

  test('agrees with a peer that was imported once as it does with the bytes of its key', () => {
    const bytes = hex(BOB.public)
    const peer = platform.importX25519Peer(bytes)
    bytes.fill(0)
    expect(toHex(peer.publicKey)).toBe(BOB.public)
    expect(toHex(platform.importX25519(hex(ALICE.secret)).agree(peer))).toBe(SHARED)
    for (const point of LOW_ORDER) {
      const lowOrder = platform.importX25519Peer(hex(point))
      expectUsageError(() => platform.importX25519(hex(ALICE.secret)).agree(lowOrder), 'low-order-public-key')
    }
  })

  test('refuses keys that are not 32 bytes, on either side', () => {
    for (const length of [0, 31, 33]) {
      const wrong = new Uint8Array(length).fill(9)
      expectUsageError(() => platform.x25519PublicKey(wrong), 'bad-length')
      expectUsageError(() => platform.importX25519(wrong), 'bad-length')
      expectUsageError(() => platform.importX25519Peer(wrong), 'bad-length')
      expectUsageError(() => platform.x25519Agree(wrong, hex(BOB.public)), 'bad-length')
      expectUsageError(() => platform.x25519Agree(hex(BOB.secret), wrong), 'bad-length')
      expectUsageError(() => platform.importX25519(hex(BOB.secret)).agree(wrong), 'bad-length')
    }
  })

  test('gives plain Uint8Arrays that share no memory pool', () => {
    const key = platform.importX25519(hex(ALICE.secret))
    for (const bytes of [key.publicKey, key.agree(hex(BOB.public))]) {
      expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype)
      expect(bytes.buffer.byteLength).toBe(32)
    }
  })
})

test('Node gives the thousandth iterate of RFC 7748, section 5.2', () => {
  expect(iterate(node, 1_000)).toBe('684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51')
})

test('Node and portable agree on any secret key and any peer, canonical or not', () => {
  const random = seededBytes(7748)
  for (let i = 0; i < 25; i++) {
    const secret = random(32)
    const peer = random(32)
    if (i % 5 === 0) peer.set(hex(`f${i % 3}${'ff'.repeat(30)}7f`)) // between p and 2^255
    expect(toHex(node.x25519PublicKey(secret))).toBe(toHex(portable.x25519PublicKey(secret)))
    expect(toHex(node.x25519Agree(secret, peer))).toBe(toHex(portable.x25519Agree(secret, peer)))
  }
})
