import { ctr } from '@noble/ciphers/aes.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { UsageError } from '../errors.ts'
import { concatBytes, utf8 } from '../primitives/bytes.ts'
import type { RandomSource } from '../primitives/random.ts'
import { type SecretSplitter, splitWith } from '../primitives/shamir.ts'

/** What a simulation starts from: any finite number, text, or bytes. */
export type SimulationSeed = number | string | Uint8Array

/** A deterministic stream of bytes. **For simulations only**: whoever knows the seed knows every key drawn from it. */
export interface SeededRandom extends RandomSource {
  /**
   * A stream of its own for each label, so that what one client draws does not depend on how much others draw. It depends
   * on the seed and the labels alone, not on what was drawn from this stream before.
   */
  fork(label: string): SeededRandom
}

const LABEL: Uint8Array = utf8('secagg v1 simulation')
const KEY_BYTES = 16
const COUNTER_BYTES = 16
const BLOCK_BYTES = 16
const FIRST_CHUNK_BYTES = 256
const MOST_CHUNK_BYTES = 8192

/**
 * A reproducible stand-in for the platform's randomness, **for simulations and tests only**; nothing that protects data
 * may ever be drawn from it. The stream is AES-128-CTR under HKDF-SHA-256(seed), made by portable code: the same seed
 * gives the same bytes in Node and in every browser.
 *
 * @throws UsageError `bad-seed` for a number that is not finite, `ill-formed-text` for text with a lone surrogate.
 */
export function seededRandom(seed: SimulationSeed): SeededRandom {
  return streamOf(hkdf(sha256, seedBytes(seed), undefined, LABEL, 32))
}

/** A splitter of the usual share format whose polynomials and points come from `random`. For simulations only. */
export function seededSplitter(random: RandomSource): SecretSplitter {
  return async (secret, holders, threshold) => splitWith(secret, holders, threshold, random)
}

/** A whole number from 0 to `bound` - 1, without bias worth speaking of (at most 2^-21 for bounds up to 2^32). */
export function randomBelow(random: RandomSource, bound: number): number {
  const view = new DataView(random(8).buffer)
  const fraction = (view.getUint32(0) * 2 ** 21 + (view.getUint32(4) >>> 11)) / 2 ** 53
  return Math.floor(fraction * bound)
}

/** The kinds of seed never meet: 7, "7" and the byte 0x37 are three seeds. */
function seedBytes(seed: SimulationSeed): Uint8Array {
  if (seed instanceof Uint8Array) return concatBytes(utf8('bytes:'), seed)
  if (typeof seed === 'number' && Number.isFinite(seed)) return utf8(`number:${seed}`)
  if (typeof seed === 'string') return utf8(`text:${seed}`)
  throw new UsageError('bad-seed', 'the seed of a simulation is a finite number, text, or bytes')
}

function streamOf(root: Uint8Array): SeededRandom {
  const key = hkdf(sha256, root, undefined, utf8('stream'), KEY_BYTES)
  let chunk = new Uint8Array(0)
  let used = 0
  let block = 0
  let size = FIRST_CHUNK_BYTES

  const refill = () => {
    const counter = new Uint8Array(COUNTER_BYTES)
    new DataView(counter.buffer).setBigUint64(8, BigInt(block))
    chunk = ctr(key, counter).encrypt(new Uint8Array(size))
    block += size / BLOCK_BYTES
    used = 0
    // Most streams of a large simulation give a few hundred bytes; the long ones should not pay per block.
    size = Math.min(2 * size, MOST_CHUNK_BYTES)
  }

  const draw = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length)
    for (let done = 0; done < length; ) {
      if (used === chunk.length) refill()
      const count = Math.min(length - done, chunk.length - used)
      bytes.set(chunk.subarray(used, used + count), done)
      used += count
      done += count
    }
    return bytes
  }
  const fork = (label: string) => streamOf(hkdf(sha256, root, undefined, concatBytes(utf8('fork '), utf8(label)), 32))
  return Object.assign(draw, { fork })
}
