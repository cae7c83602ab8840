import { sha256 } from '@noble/hashes/sha2.js'
import { isWellFormed, shown } from './check.ts'
import { FederatedError } from './errors.ts'

/**
 * Seeded randomness for **experiments only**: data splits, initial weights, batches, simulated dropouts. It is
 * predictable by design. Never use it for keys, masks, shares or privacy noise; those come from the platform's
 * `crypto.getRandomValues` inside `secagg`.
 */
export interface ExperimentRandom {
  /** An integer in [0, 2^32). */
  uint32(): number
  /** A number in [0, 1) with 53 random bits. */
  uniform(): number
  /** An integer in [0, bound), without modulo bias; `bound` is an integer from 1 to 2^32. */
  below(bound: number): number
  /** A draw from the standard normal distribution. */
  normal(): number
}

const TWO_32 = 0x1_0000_0000
const utf8 = new TextEncoder()

/** A generator whose whole output follows from `seed` (a non-negative integer up to 2^53 - 1). */
export function experimentRandom(seed: number): ExperimentRandom {
  const state = new Uint32Array(4)
  const view = new DataView(hashLabels(checkSeed(seed), ['state']).buffer)
  for (let i = 0; i < 4; i++) state[i] = view.getUint32(4 * i, true)
  return fromWords(xoshiro128StarStar(state))
}

/**
 * A seed for one purpose out of a seed for the whole experiment: the first 32 bits of SHA-256 over the seed and the
 * labels, each with its type and length, so that `('ab')` and `('a', 'b')`, or `1` and `'1'`, give different seeds.
 *
 * @returns an integer in [0, 2^32)
 * @throws {FederatedError} `invalid-option` for a seed that is not a non-negative integer, or a label that is neither
 *   a well-formed string nor a finite number
 */
export function deriveSeed(seed: number, ...labels: (string | number)[]): number {
  const digest = hashLabels(checkSeed(seed), labels)
  return new DataView(digest.buffer).getUint32(0, true)
}

/** Puts the items in a uniformly random order, in place (Fisher and Yates), and returns them. */
export function shuffle<T extends Uint32Array | unknown[]>(items: T, random: ExperimentRandom): T {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const kept = items[i]
    items[i] = items[j]
    items[j] = kept
  }
  return items
}

/**
 * The xoshiro128** 1.1 generator of Blackman and Vigna (ACM TOMS 47, 2021) on four 32-bit words of state, of which at
 * least one is not zero.
 */
export function xoshiro128StarStar(state: Uint32Array): () => number {
  let [a = 0, b = 0, c = 0, d = 0] = state
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotateLeft(d, 11)
    return result
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

function fromWords(uint32: () => number): ExperimentRandom {
  const uniform = () => ((uint32() >>> 5) * 0x400_0000 + (uint32() >>> 6)) / 2 ** 53
  return { uint32, uniform, below: bound => below(bound, uint32), normal: () => normal(uniform) }
}

function below(bound: number, uint32: () => number): number {
  if (!Number.isSafeInteger(bound) || bound < 1 || bound > TWO_32) {
    throw new FederatedError('invalid-option', `The bound must be an integer from 1 to 2^32, not ${shown(bound)}.`)
  }
  const limit = TWO_32 - (TWO_32 % bound)
  let word = uint32()
  while (word >= limit) word = uint32()
  return word % bound
}

/** Marsaglia's polar method; the second deviate is not kept, so that a draw depends on nothing drawn before. */
function normal(uniform: () => number): number {
  for (;;) {
    const x = 2 * uniform() - 1
    const y = 2 * uniform() - 1
    const s = x * x + y * y
    if (s > 0 && s < 1) return x * Math.sqrt((-2 * Math.log(s)) / s)
  }
}

/** The seed itself, or an `invalid-option` error: seeds are non-negative integers up to 2^53 - 1. */
export function checkSeed(seed: number): number {
  if (Number.isSafeInteger(seed) && seed >= 0) return seed
  throw new FederatedError('invalid-option', `A seed must be an integer from 0 to 2^53 - 1, not ${shown(seed)}.`)
}

function hashLabels(seed: number, labels: readonly (string | number)[]): Uint8Array<ArrayBuffer> {
  const hash = sha256.create().update(utf8.encode('secagg/experiment-seed/v1')).update(encodeLabel(seed))
  for (const label of labels) hash.update(encodeLabel(label))
  return Uint8Array.from(hash.digest())
}

/** One type byte, then 8 bytes of float64, or a 32-bit length and UTF-8. */
function encodeLabel(label: string | number): Uint8Array {
  if (typeof label === 'number' && Number.isFinite(label)) {
    const bytes = new Uint8Array(9)
    bytes[0] = 1
    new DataView(bytes.buffer).setFloat64(1, label + 0, true) // + 0: -0 and 0 are one label
    return bytes
  }
  if (typeof label === 'string' && isWellFormed(label)) {
    const text = utf8.encode(label)
    const bytes = new Uint8Array(5 + text.length)
    bytes[0] = 2
    new DataView(bytes.buffer).setUint32(1, text.length, true)
    bytes.set(text, 5)
    return bytes
  }
  throw new FederatedError(
    'invalid-option',
    `A label of a derived seed must be a well-formed string or a finite number, not ${shown(label)}.`,
  )
}
