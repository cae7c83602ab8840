import { createCipheriv } from 'node:crypto'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { open, seal, TAG_BYTES } from '../../../src/secagg/primitives/aead.ts'
import { ascii, expectUsageError, hex, seededBytes, toHex } from './support.ts'

const key = seededBytes(10)(32)
const empty = new Uint8Array(0)

function sealWithOpenSsl(plaintext: Uint8Array, aad: Uint8Array): string {
  const cipher = createCipheriv('chacha20-poly1305', key, new Uint8Array(12), { authTagLength: 16 })
  cipher.setAAD(aad, { plaintextLength: plaintext.length })
  return toHex(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]))
}

describe('sealing', () => {
  test('encrypts with the key streams of RFC 8439, appendix A.1, whose nonce is zero', () => {
    // Vector 2: key zero, block 1. Vector 4: key 00 ff 00 ..., block 2. The message begins at block 1.
    expect(toHex(seal(new Uint8Array(32), new Uint8Array(64), empty).subarray(0, 64))).toBe(
      '9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed' +
        '29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f',
    )
    const vector4 = seal(hex(`00ff${'00'.repeat(30)}`), new Uint8Array(128), empty)
    expect(toHex(vector4.subarray(64, 128))).toBe(
      '72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca' +
        '13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096',
    )
  })

  test('gives what OpenSSL gives, for any message and any associated data', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 50 }), (plaintext, aad) => {
        expect(toHex(seal(key, plaintext, aad))).toBe(sealWithOpenSsl(plaintext, aad))
      }),
      { seed: 6, numRuns: 50 },
    )
  })

  test('stands on a cipher that gives the example of RFC 8439, section 2.8.2', () => {
    const cipher = chacha20poly1305(
      hex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f'),
      hex('070000004041424344454647'),
      hex('50515253c0c1c2c3c4c5c6c7'),
    )
    const text =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
    const sealed = toHex(cipher.encrypt(ascii(text)))
    expect(sealed.slice(0, 32)).toBe('d31a8d34648e60db7b86afbc53ef7ec2')
    expect(sealed.slice(-32)).toBe('1ae10b594f09e26a7e902ecbd0600691')
  })
})

describe('opening', () => {
  const aad = ascii('from a to b')
  const plaintext = seededBytes(11)(66)
  const sealed = seal(key, plaintext, aad)

  test('gives back what was sealed', () => {
    expect(sealed.length).toBe(plaintext.length + TAG_BYTES)
    expect(open(key, sealed, aad)).toEqual(plaintext)
    expect(open(key, seal(key, empty, empty), empty)).toEqual(empty)
  })

  test('fails, without throwing, when any one bit of the ciphertext is flipped', () => {
    for (let bit = 0; bit < 8 * sealed.length; bit++) {
      const forged = Uint8Array.from(sealed)
      forged[bit >> 3]! ^= 1 << (bit & 7)
      expect(open(key, forged, aad)).toBeUndefined()
    }
  })

  test('fails when the ciphertext is cut, extended, or was meant for others', () => {
    for (let length = 0; length < sealed.length; length++) {
      expect(open(key, sealed.subarray(0, length), aad)).toBeUndefined()
    }
    expect(open(key, Uint8Array.of(...sealed, 0), aad)).toBeUndefined()
    expect(open(key, sealed, ascii('from b to a'))).toBeUndefined()
    expect(open(seededBytes(12)(32), sealed, aad)).toBeUndefined()
  })
})

test("a key of another size is the caller's error, on either side", () => {
  for (const length of [0, 16, 31, 33]) {
    expectUsageError(() => seal(new Uint8Array(length), empty, empty), 'bad-length')
    expectUsageError(() => open(new Uint8Array(length), new Uint8Array(16), empty), 'bad-length')
  }
})
