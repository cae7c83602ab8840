/**
 * What the protocol takes from the platform. `node.ts` (node:crypto) and `portable.ts` (noble, WebCrypto) both export
 * these functions and give the same bytes; the package import `#native` picks one.
 */
export interface NativePrimitives {
  /** X25519(secretKey, 9), RFC 7748 section 6.1. 32 bytes in, 32 out. */
  x25519PublicKey(secretKey: Uint8Array): Uint8Array
  /** X25519(secretKey, publicKey), 32 bytes. Throws UsageError `low-order-public-key` rather than give all zeros. */
  x25519Agree(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array
  /** Reads the secret key once, for many agreements. Keeps its own copy: the caller may wipe `secretKey` afterwards. */
  importX25519(secretKey: Uint8Array): X25519Key
  /** Reads a public key once, for agreements with many secret keys. */
  importX25519Peer(publicKey: Uint8Array): X25519Peer
  /** SHA-256 of the concatenation of `parts`. */
  sha256(...parts: Uint8Array[]): Uint8Array
  /** HKDF-SHA-256 without salt, RFC 5869. `length` is from 1 to 8,160. */
  hkdfSha256(ikm: Uint8Array, info: Uint8Array, length: number): Uint8Array
  /** AES-128 in counter mode. `key` (16 bytes) must stay unchanged for as long as the keystream is in use. */
  aes128Ctr(key: Uint8Array): CtrKeystream
  /** The stretch of keystream, in bytes, that the platform makes most efficiently in one call. A multiple of 16. */
  readonly KEYSTREAM_CHUNK_BYTES: number
  /** Whether it pays to spread so much keystream over threads. To be asked once for each job, and before it. */
  threadsPay(bytes: number): boolean
  /** Sets the number of threads, this one included; `undefined` for as many as the machine runs at once. */
  setThreads(count: number | undefined): void
  /**
   * Spreads the work over threads, of which this one is one. `false`, with nothing done, where there are no others. The
   * keys have been copied when it returns its promise; nothing calls back before that, or after the promise is settled.
   */
  addOnThreads(job: MaskingJob): Promise<boolean>
}

/** Masks to add to a vector that only this thread can touch. */
export interface MaskingJob {
  /** Keys of 16 bytes. */
  readonly masks: readonly { readonly key: Uint8Array; readonly sign: 1 | -1 }[]
  readonly firstWord: number
  /** The length of the vector. */
  readonly words: number
  readonly lanes: 1 | 2
  /** Adds the masks to words `from` to `to - 1` of the vector. The keys are still needed for it. */
  here(from: number, to: number): void
  /** Adds `sum`, what another thread found all masks together to be from word `from` on. */
  take(from: number, sum: Uint32Array): void
}

/** An X25519 secret key, imported once. */
export interface X25519Key {
  /** Derived from the secret key, never taken on trust. */
  readonly publicKey: Uint8Array
  /** The 32-byte shared secret. Throws UsageError `low-order-public-key` rather than give all zeros. */
  agree(peer: Uint8Array | X25519Peer): Uint8Array
}

/** A peer's X25519 public key, imported once. */
export interface X25519Peer {
  readonly publicKey: Uint8Array
  /** What the platform made of it. */
  readonly imported?: unknown
}

/** The keystream of one AES-128 key. */
export interface CtrKeystream {
  /** Whether `keystream` is done when it returns. Else it returns a promise, and several calls may be under way. */
  readonly isSynchronous: boolean
  /**
   * Overwrites `out` with the keystream from block `firstBlock` on (NIST SP 800-38A section 6.5; the counter block is
   * `firstBlock` as a 128-bit big-endian integer, with no nonce). Returns a promise only where the platform's AES is
   * asynchronous; `out` must not be touched until it is settled.
   */
  keystream(firstBlock: number | bigint, out: Uint8Array): Promise<void> | undefined
}
