import { createPublicKey, verify as verifyByOpenSsl } from 'node:crypto'
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { describe, expect, test } from 'vitest'
import { secureRandom } from '../../../src/secagg/primitives/random.ts'
import { generateIdentity, sign, verify } from '../../../src/secagg/primitives/signature.ts'
import { ascii, expectUsageError, hex, seededBytes, toHex } from './support.ts'

/** RFC 8032 section 7.1, tests 1 to 3. */
const RFC_8032 = [
  {
    secret: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    public: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    secret: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    public: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    secret: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    public: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
]

/**
 * Chalkias, Garillot and Nikolaenko, "Taming the many EdDSAs" (2020), table 6: message, public key, signature, and what
 * our rule says. 0 to 2 have small-order points; 3 to 5 have a torsion component beside a large one, which the
 * cofactored equation takes away; 6 and 7 have S not reduced; 8 and 9 an R that is not canonical.
 */
const TAMING: [string, boolean, string, string, string][] = [
  [
    'A and R of small order, S = 0',
    false,
    '8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a0000000000000000000000000000000000000000000000000000000000000000',
  ],
  [
    'A of small order',
    false,
    '9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    'f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04',
  ],
  [
    'R of small order',
    false,
    'aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab',
    'f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e',
  ],
  [
    'A and R of mixed order',
    true,
    '9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79',
    'cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d',
    '9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009',
  ],
  [
    'a torsion component that only the cofactored equation takes away',
    true,
    'e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c',
    'cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d',
    '160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09',
  ],
  [
    'the same, where 8k must not be reduced before it meets A',
    true,
    'e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c',
    'cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d',
    '21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405',
  ],
  [
    'S above the group order',
    false,
    '85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40',
    '442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623',
    'e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514',
  ],
  [
    'S far above the group order',
    false,
    '85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40',
    '442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623',
    '8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa19427e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22',
  ],
  [
    'R not canonical, hashed as it stands',
    false,
    'fdaebc429f4a735932a160da1301080c13280eea8bc280d1b392c6b9e6ba3a5a',
    'f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f454d370c8d9fc323a41450f8d513eafeb5b0697390c1e505a0d4ddc71f566607',
  ],
  [
    'R not canonical, hashed reduced',
    false,
    '84b698d39be126ff55fe45079e6c8bf64a0d7db6994560b4e96b7021eb39c1a1',
    'f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f084d5b99c2a9463d9c8bd5026916996984eeec87ddf1d3be329006ace1b37b09',
  ],
]

const TORSION = ED25519_TORSION_SUBGROUP.map(hex)
const message = ascii('the survivors of round 7')

function openSslAccepts(publicKey: Uint8Array, signature: Uint8Array): boolean {
  const x = Buffer.from(publicKey).toString('base64url')
  return verifyByOpenSsl(
    null,
    message,
    createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
    signature,
  )
}

/** Signs with the nonce 0 and the torsion point `r` for R, as only the owner of the key can. */
function signWithTorsion(secretKey: Uint8Array, publicKey: Uint8Array, r: Uint8Array): Uint8Array {
  const L = ed25519.Point.CURVE().n
  const littleEndian = (bytes: Uint8Array) => bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
  const k = littleEndian(sha512(Uint8Array.of(...r, ...publicKey, ...message)))
  const s = (k * ed25519.utils.getExtendedPublicKey(secretKey).scalar) % L
  return Uint8Array.of(...r, ...Array.from({ length: 32 }, (_, i) => Number((s >> BigInt(8 * i)) & 0xffn)))
}

describe('a signature', () => {
  test.each(RFC_8032)('is the one of RFC 8032, section 7.1', vector => {
    const identity = generateIdentity(() => hex(vector.secret))
    expect(toHex(identity.publicKey)).toBe(vector.public)
    expect(toHex(sign(identity.secretKey, hex(vector.message)))).toBe(vector.signature)
    expect(verify(identity.publicKey, hex(vector.message), hex(vector.signature))).toBe(true)
  })

  test('holds for its message and its key only', () => {
    const [ann, bob] = [generateIdentity(secureRandom), generateIdentity(secureRandom)]
    const signature = sign(ann.secretKey, message)
    expect(verify(ann.publicKey, message, signature)).toBe(true)
    expect(openSslAccepts(ann.publicKey, signature)).toBe(true)
    expect(verify(bob.publicKey, message, signature)).toBe(false)
    expect(verify(ann.publicKey, ascii('another'), signature)).toBe(false)
    for (const at of [0, 31, 32, 63])
      expect(verify(ann.publicKey, message, signature.with(at, signature[at]! ^ 1))).toBe(false)
  })

  test('of the wrong shape is refused, not thrown at', () => {
    const { secretKey, publicKey } = generateIdentity(seededBytes(14))
    const signature = sign(secretKey, message)
    for (const bad of [
      new Uint8Array(0),
      signature.subarray(1),
      Uint8Array.of(...signature, 0),
      new Uint8Array(64).fill(255),
    ]) {
      expect(verify(publicKey, message, bad)).toBe(false)
    }
    for (const bad of [new Uint8Array(0), publicKey.subarray(1), new Uint8Array(32).fill(255)]) {
      expect(verify(bad, message, signature)).toBe(false)
    }
    expect(verify(toHex(publicKey) as unknown as Uint8Array, message, signature)).toBe(false)
  })
})

describe('points on which implementations disagree', () => {
  test.each(TAMING)('%s: accepted is %s', (_case, accepted, text, publicKey, signature) => {
    expect(verify(hex(publicKey), hex(text), hex(signature))).toBe(accepted)
  })

  test('a small-order public key, which under laxer rules signs anything, is refused', () => {
    for (const publicKey of TORSION) {
      for (const r of TORSION) {
        const signature = Uint8Array.of(...r, ...new Uint8Array(32))
        expect(ed25519.verify(signature, message, publicKey, { zip215: true })).toBe(true)
        expect(verify(publicKey, message, signature)).toBe(false)
      }
    }
  })

  test('a torsion point for R is refused, although noble takes all eight and OpenSSL only one', () => {
    const { secretKey, publicKey } = generateIdentity(seededBytes(15))
    const signatures = TORSION.map(r => signWithTorsion(secretKey, publicKey, r))
    expect(signatures.map(s => ed25519.verify(s, message, publicKey, { zip215: false }))).toEqual(Array(8).fill(true))
    expect(signatures.filter(s => openSslAccepts(publicKey, s)).length).toBe(1)
    expect(signatures.map(s => verify(publicKey, message, s))).toEqual(Array(8).fill(false))
  })
})

test('an identity takes 32 bytes from its source, and signing takes a 32-byte secret key', () => {
  expect(generateIdentity(seededBytes(16)).secretKey).toEqual(seededBytes(16)(32))
  expectUsageError(() => generateIdentity(() => new Uint8Array(31)), 'bad-length')
  for (const length of [0, 31, 64]) expectUsageError(() => sign(new Uint8Array(length), message), 'bad-length')
})
