import { aes128Ctr } from '#native'
import { fillKeystream } from '../primitives/prg.ts'
import { ENCODING_BLOCK, encodingKernel } from './kernels/encoding-kernel.ts'
import { type QuantizationTally, type Quantizer, quantize } from './quantize.ts'
import type { RingVector } from './ring.ts'

/** Words of one AES block: a keystream is read from a multiple of it on. */
const WORDS_PER_AES_BLOCK = 4

/**
 * Quantizes all values into the first entries of `vector`; value i consumes word `start` + i of the keystream under `key`.
 * Where the platform's AES is synchronous all is done when this returns its promise.
 *
 * @throws UsageError `input-value` naming the first index that is NaN or infinite.
 */
export async function quantizeAll(
  values: Float32Array | Float64Array,
  key: Uint8Array,
  start: number,
  quantizer: Quantizer,
  vector: RingVector,
): Promise<QuantizationTally> {
  const tally: QuantizationTally = { clipped: 0, maxError: 0, squaredError: 0 }
  const take: Take = (from, noise) => quantize(values, from, noise, quantizer, vector, tally)
  try {
    if (aes128Ctr(key).isSynchronous) roundAtOnce(values.length, key, start, take)
    else await roundAsWordsCome(values.length, key, start, take)
  } finally {
    encodingKernel()?.wipe()
  }
  return tally
}

/** The values rounded at once from this word on: with the words before it in its AES block they fill the kernel's room. */
function blockAt(word: number): number {
  return ENCODING_BLOCK - (word % WORDS_PER_AES_BLOCK)
}

/** Rounds as many values as there are random words in `noise`, from value `from` on. */
type Take = (from: number, noise: Uint32Array) => void

/** The words are made where they are used, in the kernel's memory; one cipher makes them all. */
function roundAtOnce(length: number, key: Uint8Array, start: number, take: Take): void {
  const stream = aes128Ctr(key)
  const room = encodingKernel()?.noise ?? new Uint32Array(Math.min(ENCODING_BLOCK, length + 2 * WORDS_PER_AES_BLOCK))
  try {
    for (let done = 0; done < length; ) {
      const skip = (start + done) % WORDS_PER_AES_BLOCK
      const count = Math.min(blockAt(start + done), length - done)
      const words = room.subarray(0, Math.ceil((skip + count) / WORDS_PER_AES_BLOCK) * WORDS_PER_AES_BLOCK)
      const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
      stream.keystream((start + done - skip) / WORDS_PER_AES_BLOCK, bytes)
      take(done, words.subarray(skip, skip + count))
      done += count
    }
  } finally {
    room.fill(0)
  }
}

/** In between, the kernel's memory may serve others: the words are made elsewhere. In the same blocks: sums go by them. */
async function roundAsWordsCome(length: number, key: Uint8Array, start: number, take: Take): Promise<void> {
  const buffer = new Uint32Array(Math.min(ENCODING_BLOCK, length))
  try {
    for (let done = 0; done < length; ) {
      const noise = buffer.subarray(0, Math.min(blockAt(start + done), length - done))
      await fillKeystream(key, start + done, noise)
      take(done, noise)
      done += noise.length
    }
  } finally {
    buffer.fill(0)
  }
}
