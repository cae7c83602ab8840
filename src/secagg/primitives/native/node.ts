import {
  type Cipher,
  createCipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type KeyObject,
} from 'node:crypto'
import { requireBytes } from '../bytes.ts'
import {
  AES_128_KEY_BYTES,
  AES_BLOCK_BYTES,
  BASE_POINT,
  counterBlock,
  lowOrderPublicKey,
  X25519_BYTES,
} from './common.ts'
import { freeMemory } from './free-memory.ts'
import type { CtrKeystream, X25519Key } from './port.ts'

/** Large enough to hide the cost of a call into OpenSSL, small enough to stay in the second-level cache. */
export const KEYSTREAM_CHUNK_BYTES: number = 65_536

/** Encrypting zeros gives the keystream itself. Never written to. */
const ZEROS = new Uint8Array(KEYSTREAM_CHUNK_BYTES)

/** DER of a PKCS#8 X25519 private key up to the 32 key bytes, RFC 8410 section 7. */
const PKCS8_PREFIX = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20)

/** See {@link importSecretKey}. */
const PLACEHOLDER_X = base64Url(new Uint8Array(X25519_BYTES))

export function x25519PublicKey(secretKey: Uint8Array): Uint8Array {
  return importX25519(secretKey).publicKey
}

export function x25519Agree(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  return agree(importSecretKey(secretKey), publicKey)
}

export function importX25519(secretKey: Uint8Array): X25519Key {
  const imported = importSecretKey(secretKey)
  return { publicKey: agree(imported, BASE_POINT), agree: peer => agree(imported, peer) }
}

export function sha256(...parts: Uint8Array[]): Uint8Array {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}

export function aes128Ctr(key: Uint8Array): CtrKeystream {
  requireBytes('AES-128 key', key, AES_128_KEY_BYTES)
  // Setting up a cipher costs as much as 30 KiB of keystream: a caller who reads on goes on with the same one.
  let cipher: Cipher | undefined
  let nextBlock: number | undefined

  return {
    isSynchronous: true,
    keystream(firstBlock: number | bigint, out: Uint8Array): undefined {
      if (cipher === undefined || nextBlock !== firstBlock) {
        cipher = createCipheriv('aes-128-ctr', key, counterBlock(firstBlock))
      }
      for (let from = 0; from < out.length; from += KEYSTREAM_CHUNK_BYTES) {
        const made = cipher.update(ZEROS.subarray(0, Math.min(KEYSTREAM_CHUNK_BYTES, out.length - from)))
        out.set(made, from)
        freeMemory(made)
      }
      nextBlock = blockAfter(firstBlock, out.length)
    },
  }
}

/** Where the cipher stands; `undefined` where no later call can go on: within a block, or beyond the safe integers. */
function blockAfter(firstBlock: number | bigint, bytes: number): number | undefined {
  const next = Number(firstBlock) + bytes / AES_BLOCK_BYTES
  return Number.isSafeInteger(next) ? next : undefined
}

/**
 * Imports a secret key without its public half. A JWK is read ten times as fast as PKCS#8 but must carry the public key
 * as `x`: Node 20 ignores what stands there, so a placeholder will do, and later versions refuse a JWK whose `x` is
 * not the key's. Either way nothing is ever derived from `x`.
 */
function importSecretKey(secretKey: Uint8Array): KeyObject {
  requireBytes('X25519 secret key', secretKey, X25519_BYTES)
  try {
    const key = { kty: 'OKP', crv: 'X25519', d: base64Url(secretKey), x: PLACEHOLDER_X }
    return createPrivateKey({ key, format: 'jwk' })
  } catch {
    return importPkcs8(secretKey)
  }
}

function importPkcs8(secretKey: Uint8Array): KeyObject {
  const key = Buffer.concat([PKCS8_PREFIX, secretKey])
  try {
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  } finally {
    key.fill(0)
  }
}

/** A peer's key is imported by JWK: the same thing by DER costs twice the agreement itself. */
function importPublicKey(publicKey: Uint8Array): KeyObject {
  requireBytes('X25519 public key', publicKey, X25519_BYTES)
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: base64Url(publicKey) }, format: 'jwk' })
}

function agree(privateKey: KeyObject, publicKey: Uint8Array): Uint8Array {
  const peer = importPublicKey(publicKey)
  let secret: Buffer
  try {
    secret = diffieHellman({ privateKey, publicKey: peer })
  } catch (cause) {
    // With two sound keys OpenSSL's derivation fails for this reason alone.
    throw lowOrderPublicKey(cause)
  }
  const copy = new Uint8Array(secret)
  secret.fill(0)
  return copy
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')
}
