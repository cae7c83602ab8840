import { ctr } from '@noble/ciphers/aes.js'
import { x25519 } from '@noble/curves/ed25519.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { requireBytes } from '../bytes.ts'
import { AES_128_KEY_BYTES, AES_BLOCK_BYTES, counterBlock, lowOrderPublicKey, X25519_BYTES } from './common.ts'
import type { CtrKeystream, MaskingJob, X25519Key, X25519Peer } from './port.ts'

/**
 * A call of WebCrypto goes to another thread and back, which only a long stretch makes up for. But from 1 MiB on Chromium
 * takes twice as long for each byte, it seems because every result gets fresh pages.
 */
export const KEYSTREAM_CHUNK_BYTES: number = 524_288

let zeros = new Uint8Array(0)

export function x25519PublicKey(secretKey: Uint8Array): Uint8Array {
  requireBytes('X25519 secret key', secretKey, X25519_BYTES)
  return x25519.getPublicKey(secretKey)
}

/** By noble: WebCrypto's X25519 is asynchronous, and browsers that are still in use lack it. */
export function x25519Agree(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  requireBytes('X25519 secret key', secretKey, X25519_BYTES)
  requireBytes('X25519 public key', publicKey, X25519_BYTES)
  try {
    return x25519.getSharedSecret(secretKey, publicKey)
  } catch (cause) {
    throw lowOrderPublicKey(cause)
  }
}

export function importX25519(secretKey: Uint8Array): X25519Key {
  const own = Uint8Array.from(secretKey)
  return {
    publicKey: x25519PublicKey(own),
    agree: peer => x25519Agree(own, peer instanceof Uint8Array ? peer : peer.publicKey),
  }
}

export function importX25519Peer(publicKey: Uint8Array): X25519Peer {
  requireBytes('X25519 public key', publicKey, X25519_BYTES)
  return { publicKey: Uint8Array.from(publicKey) }
}

export function sha256(...parts: Uint8Array[]): Uint8Array {
  const hash = nobleSha256.create()
  for (const part of parts) hash.update(part)
  return hash.digest()
}

export function hkdfSha256(ikm: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  return hkdf(nobleSha256, ikm, undefined, info, length)
}

/** There are none: WebCrypto has its own, and pages that may share memory are rare. */
export function threadsPay(_bytes: number): boolean {
  return false
}

export function setThreads(_count: number | undefined): void {}

export function addOnThreads(_job: MaskingJob): Promise<boolean> {
  return Promise.resolve(false)
}

/** WebCrypto's AES where there is one (browsers offer it to secure contexts only), else noble's. */
export function aes128Ctr(key: Uint8Array): CtrKeystream {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle
  return subtle === undefined ? nobleAes128Ctr(key) : webAes128Ctr(subtle, key)
}

/** The reference that the two fast ones are checked against, and the fallback where there is no WebCrypto. */
export function nobleAes128Ctr(key: Uint8Array): CtrKeystream {
  requireBytes('AES-128 key', key, AES_128_KEY_BYTES)
  return {
    isSynchronous: true,
    keystream(firstBlock: number | bigint, out: Uint8Array): undefined {
      for (const chunk of chunks(firstBlock, out)) {
        chunk.out.set(ctr(key, chunk.counter).encrypt(zeroBytes(chunk.out.length)))
      }
    },
  }
}

function webAes128Ctr(subtle: SubtleCrypto, key: Uint8Array): CtrKeystream {
  requireBytes('AES-128 key', key, AES_128_KEY_BYTES)
  let imported: Promise<CryptoKey> | undefined
  return {
    isSynchronous: false,
    async keystream(firstBlock: number | bigint, out: Uint8Array): Promise<void> {
      imported ??= subtle.importKey('raw', Uint8Array.from(key), 'AES-CTR', false, ['encrypt'])
      const webKey = await imported
      for (const { counter, out: target } of chunks(firstBlock, out)) {
        const algorithm = { name: 'AES-CTR', counter, length: 8 * AES_BLOCK_BYTES }
        target.set(new Uint8Array(await subtle.encrypt(algorithm, webKey, zeroBytes(target.length))))
      }
    },
  }
}

interface Chunk {
  readonly counter: Uint8Array<ArrayBuffer>
  readonly out: Uint8Array
}

/** Cuts `out` into chunks, each with the counter block that its keystream begins at. */
function* chunks(firstBlock: number | bigint, out: Uint8Array): Generator<Chunk> {
  counterBlock(firstBlock) // refuses a bad number even when there is nothing to fill
  for (let from = 0; from < out.length; from += KEYSTREAM_CHUNK_BYTES) {
    const counter = BigInt.asUintN(128, BigInt(firstBlock) + BigInt(from / AES_BLOCK_BYTES))
    yield { counter: counterBlock(counter), out: out.subarray(from, from + KEYSTREAM_CHUNK_BYTES) }
  }
}

/** Zeros to encrypt, shared and never written to. `length` is at most one chunk. */
function zeroBytes(length: number): Uint8Array<ArrayBuffer> {
  if (zeros.length < length) zeros = new Uint8Array(length)
  return zeros.subarray(0, length)
}
