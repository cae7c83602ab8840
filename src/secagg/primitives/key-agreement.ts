import { x25519PublicKey } from '#native'
import type { RandomSource } from './random.ts'

export { importX25519, importX25519Peer, x25519PublicKey } from '#native'
export type { X25519Key, X25519Peer } from './native/port.ts'

/** An X25519 key pair (RFC 7748), 32 bytes each. Both pairs of a client are fresh for each aggregation. */
export interface KeyPair {
  readonly secretKey: Uint8Array
  readonly publicKey: Uint8Array
}

const KEY_BYTES = 32

/** The prime of the field, 2^255 - 19. */
const P = (1n << 255n) - 19n

/**
 * The u-coordinates of the points of order 2 (0), of order 4 on the curve (1) and on its twist (-1), and of order 8 on
 * the curve (the last two). There are no others: the cofactors are 8 and 4 (RFC 7748 section 4.1). Every secret key is
 * a multiple of 8, so agreeing with any of them gives zero.
 */
const LOW_ORDER: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  P - 1n,
  0xb8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0n,
  0x57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5fn,
])

/** A fresh key pair. */
export function generateKeyPair(random: RandomSource): KeyPair {
  const secretKey = random(KEY_BYTES)
  return { secretKey, publicKey: x25519PublicKey(secretKey) }
}

/**
 * Whether a peer may advertise this key: 32 bytes, the one canonical encoding of its point (below 2^255 - 19, top bit
 * clear) and not of low order. X25519 itself would take several encodings for one key, and all parties must agree on
 * which keys are in use twice. (Related points can still agree to one secret: ids and roles are in every key derivation.)
 */
export function isValidPublicKey(publicKey: Uint8Array): boolean {
  if (!(publicKey instanceof Uint8Array) || publicKey.length !== KEY_BYTES) return false
  const u = littleEndian(publicKey)
  return u < P && !LOW_ORDER.has(u)
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
}
