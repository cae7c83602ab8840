import { UsageError } from '../errors.ts'

/** Gives `length` fresh random bytes. Only tests and simulations may pass anything but {@link secureRandom}. */
export type RandomSource = (length: number) => Uint8Array

/** What one call of `crypto.getRandomValues` may fill (Web Cryptography API, section 10.1.1). */
const QUOTA_BYTES = 65_536

/**
 * Random bytes of the platform's cryptographic generator.
 *
 * @throws UsageError `bad-length` when `length` is not a natural number.
 */
export const secureRandom: RandomSource = (length: number): Uint8Array => {
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new UsageError('bad-length', `Cannot draw ${length} random bytes; ask for a natural number of them.`)
  }
  const bytes = new Uint8Array(length)
  for (let from = 0; from < length; from += QUOTA_BYTES) {
    crypto.getRandomValues(bytes.subarray(from, Math.min(from + QUOTA_BYTES, length)))
  }
  return bytes
}
