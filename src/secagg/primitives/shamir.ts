import { split } from 'shamir-secret-sharing'
import { UsageError } from '../errors.ts'
import { concatBytes, requireBytes } from './bytes.ts'
import { addMultiple, lagrangeWeightsAtZero, multiply } from './gf256.ts'
import type { RandomSource } from './random.ts'
import { wipe } from './wipe.ts'

/** What is shared: an X25519 secret key or a self-mask seed. */
const SECRET_BYTES = 32

/** A share: 32 bytes y, one for each byte of the secret, then the point x that they are the values at. */
export const SHARE_BYTES: number = SECRET_BYTES + 1

/** GF(256) has this many points besides 0, where the secret lies. */
const MAX_HOLDERS = 255

/** Splits a 32-byte secret into one share for each holder, of which any `threshold` give it back. */
export type SecretSplitter = (secret: Uint8Array, holders: number, threshold: number) => Promise<Uint8Array[]>

/**
 * Shamir's secret sharing over GF(256), byte by byte, by the audited `shamir-secret-sharing` and its own randomness.
 *
 * @throws UsageError `bad-length`, `bad-holders` or `bad-threshold`.
 */
export const splitSecret: SecretSplitter = async (secret, holders, threshold) => {
  checkSplit(secret, holders, threshold)
  if (holders === 1) return [concatBytes(secret, Uint8Array.of(1))]
  const copy = Uint8Array.from(secret) // the library takes no subclass of Uint8Array
  try {
    return await split(copy, holders, threshold)
  } finally {
    wipe(copy)
  }
}

/**
 * The same splitting with the caller's randomness, for simulations that must repeat exactly. Never for real secrets:
 * whoever knows the seed knows every share, and the table look-ups were not written to hide anything.
 *
 * @throws UsageError `bad-length`, `bad-holders` or `bad-threshold`.
 */
export function splitWith(secret: Uint8Array, holders: number, threshold: number, random: RandomSource): Uint8Array[] {
  checkSplit(secret, holders, threshold)
  const degree = threshold - 1
  const coefficients = random(SECRET_BYTES * degree)
  return shuffledPoints(random)
    .slice(0, holders)
    .map(x => {
      const share = new Uint8Array(SHARE_BYTES)
      for (let i = 0; i < SECRET_BYTES; i++) {
        // Horner's rule from the highest coefficient down to the secret, the value at 0.
        let y = 0
        for (let j = degree - 1; j >= 0; j--) y = multiply(y, x) ^ coefficients[i * degree + j]!
        share[i] = multiply(y, x) ^ secret[i]!
      }
      share[SECRET_BYTES] = x
      return share
    })
}

/** Whether these bytes can be a share: 33 of them, with x from 1 to 255. At x = 0 a holder could dictate the secret. */
export function isWellFormedShare(share: Uint8Array): boolean {
  return share instanceof Uint8Array && share.length === SHARE_BYTES && share[SECRET_BYTES] !== 0
}

/**
 * The secret that `shares` hold, from the first `threshold` of them: one Lagrange weight for each share (the value of
 * its basis polynomial at 0) serves all 32 bytes. Whether the shares are the dealer's own is for commitments to show:
 * any `threshold` well-formed shares give some secret.
 *
 * @throws UsageError `bad-threshold`, `too-few-shares`, `malformed-share` or `duplicate-share`.
 */
export function combineShares(shares: readonly Uint8Array[], threshold: number): Uint8Array {
  checkThreshold(threshold, threshold === 1 ? shares.length : MAX_HOLDERS)
  checkShares(shares, threshold)
  const points = new Uint8Array(threshold)
  for (let k = 0; k < threshold; k++) points[k] = shares[k]![SECRET_BYTES]!
  const weights = lagrangeWeightsAtZero(points)
  const secret = new Uint8Array(SECRET_BYTES)
  for (let k = 0; k < threshold; k++) addMultiple(secret, weights[k]!, shares[k]!)
  return secret
}

/** 1 to 255 in random order (Fisher and Yates, without bias). */
function shuffledPoints(random: RandomSource): number[] {
  const points = Array.from({ length: MAX_HOLDERS }, (_, i) => i + 1)
  for (let i = points.length - 1; i > 0; i--) {
    const j = randomBelow(i + 1, random)
    const point = points[i]!
    points[i] = points[j]!
    points[j] = point
  }
  return points
}

/** Draws again above the last multiple of `bound`, where a remainder would favour small numbers. */
function randomBelow(bound: number, random: RandomSource): number {
  const limit = 256 - (256 % bound)
  for (;;) {
    const byte = random(1)[0]!
    if (byte < limit) return byte % bound
  }
}

function checkSplit(secret: Uint8Array, holders: number, threshold: number): void {
  requireBytes('secret to share', secret, SECRET_BYTES)
  if (!Number.isInteger(holders) || holders < 1 || holders > MAX_HOLDERS) {
    throw new UsageError('bad-holders', `Cannot share among ${holders} holders; there can be 1 to ${MAX_HOLDERS}.`)
  }
  checkThreshold(threshold, holders)
}

/** A single holder, in a cohort of two, can only hold the secret itself: threshold 1 is for that case alone. */
function checkThreshold(threshold: number, holders: number): void {
  const least = holders === 1 ? 1 : 2
  if (Number.isInteger(threshold) && threshold >= least && threshold <= holders) return
  throw new UsageError(
    'bad-threshold',
    `A threshold of ${threshold} is not possible among ${holders} holders: use ${least} to ${holders} ` +
      '(at threshold 1 each share would be the secret itself).',
  )
}

function checkShares(shares: readonly Uint8Array[], threshold: number): void {
  if (shares.length < threshold) {
    throw new UsageError('too-few-shares', `There are ${shares.length} shares; the secret needs ${threshold}.`)
  }
  const seen = new Set<number>()
  for (let k = 0; k < shares.length; k++) {
    const share = shares[k]!
    if (!isWellFormedShare(share)) {
      throw new UsageError('malformed-share', `Share ${k} is not ${SHARE_BYTES} bytes ending in an x from 1 to 255.`)
    }
    const x = share[SECRET_BYTES]!
    if (seen.has(x)) throw new UsageError('duplicate-share', `Share ${k} has the x of an earlier one; pass each once.`)
    seen.add(x)
  }
}
