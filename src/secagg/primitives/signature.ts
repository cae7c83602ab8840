import { ed25519 } from '@noble/curves/ed25519.js'
import { requireBytes } from './bytes.ts'
import type { RandomSource } from './random.ts'

/** A long-lived Ed25519 key pair (RFC 8032): the 32-byte private key (seed) and the 32-byte public key. */
export interface Identity {
  readonly secretKey: Uint8Array
  readonly publicKey: Uint8Array
}

const SECRET_KEY_BYTES = 32
const PUBLIC_KEY_BYTES = 32
const SIGNATURE_BYTES = 64

/** The first half of a signature is the encoded point R. */
const POINT_BYTES = 32

/** A fresh identity. */
export function generateIdentity(random: RandomSource): Identity {
  const secretKey = random(SECRET_KEY_BYTES)
  requireBytes('Ed25519 secret key', secretKey, SECRET_KEY_BYTES)
  return { secretKey, publicKey: ed25519.getPublicKey(secretKey) }
}

/**
 * The 64-byte Ed25519 signature of `message`.
 *
 * @throws UsageError `bad-length` unless the secret key has 32 bytes.
 */
export function sign(secretKey: Uint8Array, message: Uint8Array): Uint8Array {
  requireBytes('Ed25519 secret key', secretKey, SECRET_KEY_BYTES)
  return ed25519.sign(message, secretKey)
}

/**
 * Whether `signature` is `publicKey`'s on `message`; `false` for anything malformed.
 *
 * The implementations of Ed25519 disagree on odd points (Chalkias, Garillot and Nikolaenko, "Taming the many EdDSAs",
 * 2020), and members of a cohort who disagree on a signature can be split by it. So every platform runs this one rule:
 * A and R in canonical encoding and not of small order, S below the group order, and the cofactored equation of RFC
 * 8032 section 5.1.7. Native verification is no substitute for it.
 */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (!isBytes(publicKey, PUBLIC_KEY_BYTES) || !isBytes(signature, SIGNATURE_BYTES)) return false
  if (!ed25519.verify(signature, message, publicKey, { zip215: false })) return false
  return !ed25519.Point.fromBytes(signature.subarray(0, POINT_BYTES)).isSmallOrder()
}

function isBytes(bytes: Uint8Array, length: number): boolean {
  return bytes instanceof Uint8Array && bytes.length === length
}
