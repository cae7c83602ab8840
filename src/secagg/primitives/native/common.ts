import { UsageError } from '../../errors.ts'

export const X25519_BYTES = 32
export const AES_128_KEY_BYTES = 16
export const AES_BLOCK_BYTES = 16

/** The u-coordinate 9 of the base point, RFC 7748 section 4.1. */
export const BASE_POINT: Uint8Array = Uint8Array.of(9, ...new Uint8Array(X25519_BYTES - 1))

const MASK_64 = (1n << 64n) - 1n
const COUNTERS = 1n << 128n

/**
 * A block number as a 128-bit big-endian counter block.
 *
 * @throws UsageError `bad-block-number`.
 */
export function counterBlock(firstBlock: number | bigint): Uint8Array<ArrayBuffer> {
  const whole = typeof firstBlock === 'bigint' || Number.isSafeInteger(firstBlock)
  if (!whole || firstBlock < 0 || firstBlock >= COUNTERS) {
    throw new UsageError('bad-block-number', `The keystream has no block ${firstBlock}; count from 0, in integers.`)
  }
  const counter = BigInt(firstBlock)
  const block = new Uint8Array(AES_BLOCK_BYTES)
  const view = new DataView(block.buffer)
  view.setBigUint64(0, counter >> 64n)
  view.setBigUint64(8, counter & MASK_64)
  return block
}

/** What both platforms report for a peer whose public key forces the all-zero secret (RFC 7748 section 6.1). */
export function lowOrderPublicKey(cause: unknown): UsageError {
  return new UsageError(
    'low-order-public-key',
    "The peer's X25519 public key is of low order, so the shared secret would be all zeros; refuse such keys on receipt.",
    { cause },
  )
}
