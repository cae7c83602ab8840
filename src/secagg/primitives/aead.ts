import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { requireBytes } from './bytes.ts'

const KEY_BYTES = 32

/** What {@link seal} adds to a message: the Poly1305 tag. */
export const TAG_BYTES: number = 16

/**
 * The nonce is always zero. That is safe because a key encrypts a single message: `shareKey` derives a fresh one for
 * each aggregation, pair of clients and direction, and a client sends one ciphertext per neighbour. A counter or a
 * random nonce would add bytes and nothing else.
 */
const ZERO_NONCE = new Uint8Array(12)

/**
 * ChaCha20-Poly1305 (RFC 8439 section 2.8) of one message: the ciphertext, then the 16-byte tag. Never call it twice
 * with one key.
 *
 * @throws UsageError `bad-length` unless the key has 32 bytes.
 */
export function seal(key: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  requireBytes('AEAD key', key, KEY_BYTES)
  return chacha20poly1305(key, ZERO_NONCE, aad).encrypt(plaintext)
}

/**
 * The plaintext, or `undefined` when the ciphertext is not what the key's owner sealed with this `aad`. A peer's bad
 * bytes are an everyday event, so they do not throw.
 *
 * @throws UsageError `bad-length` unless the key has 32 bytes.
 */
export function open(key: Uint8Array, ciphertext: Uint8Array, aad: Uint8Array): Uint8Array | undefined {
  requireBytes('AEAD key', key, KEY_BYTES)
  try {
    return chacha20poly1305(key, ZERO_NONCE, aad).decrypt(ciphertext)
  } catch {
    return undefined
  }
}
