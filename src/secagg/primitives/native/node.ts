import {
  type Cipher,
  createCipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hash,
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
import type { CtrKeystream, X25519Key, X25519Peer } from './port.ts'

export { addOnThreads, setThreads, threadsPay } from './node-threads.ts'

/** Large enough to hide the cost of a call into OpenSSL, small enough to stay in the second-level cache. */
export const KEYSTREAM_CHUNK_BYTES: number = 65_536

/** Encrypting zeros gives the keystream itself. Never written to. */
const ZEROS = new Uint8Array(KEYSTREAM_CHUNK_BYTES)

/** Salt that is not given is a hash of zeros, RFC 5869 section 2.2. */
const NO_SALT = new Uint8Array(32)

/** DER of a PKCS#8 X25519 private key up to the 32 key bytes, RFC 8410 section 7. */
const PKCS8_PREFIX = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20)

interface ImportedPeer extends X25519Peer {
  readonly imported: KeyObject
}

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
  let publicKey: Uint8Array | undefined
  return {
    // Costs as much as an agreement, and who only agrees does not ask for it.
    get publicKey() {
      publicKey ??= agree(imported, BASE_POINT)
      return publicKey
    },
    agree: peer => agree(imported, peer),
  }
}

export function importX25519Peer(publicKey: Uint8Array): X25519Peer {
  const peer: ImportedPeer = { publicKey: Uint8Array.from(publicKey), imported: importPublicKey(publicKey) }
  return peer
}

export function sha256(...parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1) return new Uint8Array(hash('sha256', parts[0]!, 'buffer'))
  const whole = createHash('sha256')
  for (const part of parts) whole.update(part)
  return new Uint8Array(whole.digest())
}

/** By two HMACs (a third of the time of noble's, and half of `hkdfSync`'s): RFC 5869 section 2. */
export function hkdfSha256(ikm: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const pseudorandomKey = createHmac('sha256', NO_SALT).update(ikm).digest()
  const key = new Uint8Array(length)
  let block: Uint8Array = new Uint8Array(0)
  for (let done = 0, counter = 1; done < length; done += block.length, counter++) {
    const hmac = createHmac('sha256', pseudorandomKey).update(block).update(info)
    block.fill(0)
    block = hmac.update(Uint8Array.of(counter)).digest()
    key.set(block.subarray(0, length - done), done)
  }
  pseudorandomKey.fill(0)
  block.fill(0)
  return key
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

function agree(privateKey: KeyObject, peer: Uint8Array | X25519Peer): Uint8Array {
  const publicKey = peer instanceof Uint8Array ? importPublicKey(peer) : (peer as ImportedPeer).imported
  let secret: Buffer
  try {
    secret = diffieHellman({ privateKey, publicKey })
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
