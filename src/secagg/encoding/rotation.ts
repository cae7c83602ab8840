import { ctr } from '@noble/ciphers/aes.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { UsageError } from '../errors.ts'
import { utf8 } from '../primitives/bytes.ts'
import { addAndSubtractPairs } from './hadamard.ts'

const LABEL: Uint8Array = utf8('secagg v1 rotation')
const KEY_BYTES = 16
const SEED_BYTES = 8
/** Relative error of one rounding to nearest. */
const ROUNDING = 2 ** -53

/**
 * Rotates `values` in place by a random orthogonal matrix that everybody who knows `seed` can make: it spreads large
 * coordinates over all of them and keeps norms, inner products and sums (Suresh et al., ICML 2017, section 3; Kairouz, Liu,
 * Steinke, ICML 2021, section 5). There a vector is padded to a power of two; here nothing is added, for any length d:
 *
 * 1. With m the largest power of two up to d, the first m entries get random signs, then a normalized Walsh-Hadamard
 *    transform (entry i becomes the sum over j of (-1)^popcount(i & j) x_j, over sqrt(m)).
 * 2. Unless m = d, so do the last m. As 2m > d, the two windows cover every entry. With m = d one window mixes all: more
 *    would turn a spike, which one spreads evenly, into a bell curve.
 *
 * For any fixed vector x and a random seed each rotated coordinate is beyond t |x| / sqrt(m) with a probability of at
 * most 2 exp(-t^2 / 2) (Hoeffding); sqrt(m) > sqrt(d / 2).
 *
 * The signs of step s (0 or 1) are the bits, lowest first, of words s w to s w + w - 1 of the AES-128-CTR keystream
 * under HKDF-SHA-256(seed as 8 bytes, big-endian; info "secagg v1 rotation"), w = ceil(m / 32); 1 is
 * minus. Only additions, subtractions and multiplications by 2^-k and sqrt(1/2) touch the values, in a fixed order: the
 * result is the same to the bit everywhere.
 *
 * @param values finite
 * @param seed public: a whole number from 0 to 2^53 - 1
 * @throws UsageError `bad-seed`, before anything is changed.
 */
export function rotate(values: Float64Array, seed: number): void {
  for (const { window, signs, scale } of stepsOf(values, seed)) {
    flip(window, signs, scale)
    addAndSubtractPairs(window)
  }
}

/** Undoes {@link rotate}, up to {@link rotationRelativeError}. The same arguments and errors. */
export function unrotate(values: Float64Array, seed: number): void {
  for (const { window, signs, scale } of stepsOf(values, seed).reverse()) {
    addAndSubtractPairs(window)
    flip(window, signs, scale)
  }
}

/**
 * A bound on the error of {@link rotate} followed by {@link unrotate} on `dimension` values: the L2 norm of the difference
 * over that of the values. Either alone is within half of it of the exact rotation. It holds barring overflow (beyond
 * 1e300) and underflow (a norm below 1e-290, not 0).
 *
 * Derivation, with u = 2^-53. A level of the transform replaces pairs (a, b) by (a + b, a - b); each result is rounded
 * once, a relative error of at most u, so the computed level differs from the exact one by at most u times the norm of
 * its output. An exact level scales norms by sqrt(2) and nothing else, so that relative errors compound as (1 + u) a level:
 * (1 + u)^k for the k = log2(m) levels. Scaling is by a power of two, exactly, and for odd k also by sqrt(1/2): its own
 * rounding and that of the product are (1 + u)^2. Signs are exact; what lies outside the window stays. There are 2 windows
 * (1 if m = d) both ways: with n roundings in all, (1 + u)^n - 1 <= n u / (1 - n u) (Higham, Accuracy and Stability of
 * Numerical Algorithms, lemma 3.1).
 *
 * @throws UsageError `bad-dimension`.
 */
export function rotationRelativeError(dimension: number): number {
  if (!Number.isSafeInteger(dimension) || dimension < 0) {
    throw new UsageError('bad-dimension', `A dimension is a whole number from 0, not ${dimension}.`)
  }
  const { size, levels } = windowOf(dimension)
  const windows = size === dimension ? 1 : 2
  const roundings = 2 * windows * (levels + (levels % 2 === 0 ? 0 : 2))
  return (roundings * ROUNDING) / (1 - roundings * ROUNDING)
}

interface Step {
  readonly window: Float64Array
  /** One bit per entry. */
  readonly signs: Uint32Array
  readonly scale: number
}

function stepsOf(values: Float64Array, seed: number): Step[] {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new UsageError('bad-seed', `The seed of a rotation is a whole number from 0 to 2^53 - 1, not ${seed}.`)
  }
  const { size, levels } = windowOf(values.length)
  const windows = [values.subarray(0, size)]
  if (size < values.length) windows.push(values.subarray(values.length - size))
  const words = Math.ceil(size / 32)
  const signs = keystream(keyOf(seed), words * windows.length)
  const scale = levels % 2 === 0 ? 2 ** (-levels / 2) : 2 ** (-(levels - 1) / 2) * Math.SQRT1_2
  return windows.map((window, s) => ({ window, signs: signs.subarray(s * words, (s + 1) * words), scale }))
}

/** Signs are public and a 32nd of a mask: the portable cipher will do, which unlike the platform's never makes one wait. */
function keystream(key: Uint8Array, words: number): Uint32Array {
  const bytes = ctr(key, new Uint8Array(16)).encrypt(new Uint8Array(4 * words))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Uint32Array.from({ length: words }, (_, i) => view.getUint32(4 * i, true))
}

function keyOf(seed: number): Uint8Array {
  const bytes = new Uint8Array(SEED_BYTES)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(seed))
  return hkdf(sha256, bytes, undefined, LABEL, KEY_BYTES)
}

/** The largest power of two up to `dimension`, and its logarithm; a window of nothing for 0. */
function windowOf(dimension: number): { size: number; levels: number } {
  if (dimension === 0) return { size: 0, levels: 0 }
  let [size, levels] = [1, 0]
  for (; size * 2 <= dimension; size *= 2) levels++
  return { size, levels }
}

/** Multiplies every entry by `scale`, or by minus that where its bit is set. */
function flip(window: Float64Array, signs: Uint32Array, scale: number): void {
  const factors = Float64Array.of(scale, -scale)
  for (let w = 0, i = 0; w < signs.length; w++) {
    const end = Math.min(i + 32, window.length)
    for (let bits = signs[w]!; i < end; i++, bits >>>= 1) window[i] = window[i]! * factors[bits & 1]!
  }
}
