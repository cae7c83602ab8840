import { aes128Ctr, KEYSTREAM_CHUNK_BYTES } from '#native'
import { UsageError } from '../errors.ts'
import { addWords, addWords64, subtractWords, subtractWords64 } from './lanes.ts'
import type { CtrKeystream } from './native/port.ts'
import { wipe } from './wipe.ts'

const WORDS_PER_BLOCK = 4
const CHUNK_WORDS = KEYSTREAM_CHUNK_BYTES / Uint32Array.BYTES_PER_ELEMENT

/**
 * The PRG that expands a mask key (Bonawitz et al., CCS 2017, section 3: AES in counter mode): overwrites `out` with
 * words `firstWord`, `firstWord + 1`, ... of the key's stream. The stream is the AES-128-CTR keystream from counter 0,
 * read as little-endian 32-bit words, so any range of a mask can be made alone, on any machine.
 *
 * Neither `key` (16 bytes) nor `out` may be touched before the promise is settled.
 *
 * @throws UsageError `bad-length`, `bad-word-range` or `big-endian-host`.
 */
export async function fillKeystream(key: Uint8Array, firstWord: number, out: Uint32Array): Promise<void> {
  const stream = openStream(key, firstWord, out.length)
  const skip = firstWord % WORDS_PER_BLOCK
  const head = skip === 0 ? 0 : Math.min(WORDS_PER_BLOCK - skip, out.length)
  if (head > 0) {
    const block = new Uint32Array(WORDS_PER_BLOCK)
    await stream.keystream(Math.floor(firstWord / WORDS_PER_BLOCK), bytesOf(block))
    out.set(block.subarray(skip, skip + head))
    wipe(block)
  }
  if (head < out.length) {
    await stream.keystream((firstWord + head) / WORDS_PER_BLOCK, bytesOf(out.subarray(head)))
  }
}

/**
 * Adds words `firstWord`, `firstWord + 1`, ... of the key's stream to `target`, or subtracts them (`sign` -1), in the
 * ring. With one lane each word is an integer mod 2^32; with two, each pair of words (low, high) is one integer mod
 * 2^64, and `firstWord` and `target.length` are even. A smaller ring 2^b needs no other mask: reduce at the end.
 *
 * Calls may run at the same time, on different targets. Neither `key` (16 bytes) nor `target` may be touched before
 * the promise is settled.
 *
 * @throws UsageError `bad-length`, `bad-word-range`, `bad-sign`, `bad-lanes` or `big-endian-host`; then `target` is
 * unchanged.
 */
export async function addKeystream(
  key: Uint8Array,
  firstWord: number,
  target: Uint32Array,
  sign: 1 | -1,
  lanes: 1 | 2,
): Promise<void> {
  const combine = chooseLanes(sign, lanes)
  if (lanes === 2 && (firstWord % 2 !== 0 || target.length % 2 !== 0)) {
    throw new UsageError(
      'bad-word-range',
      `Two lanes cannot start at word ${firstWord} with ${target.length} words; both must be even.`,
    )
  }
  const stream = openStream(key, firstWord, target.length)
  // One buffer per call: calls that overlap in time must not see each other's keystream.
  const buffer = new Uint32Array(Math.min(CHUNK_WORDS, roundUpToBlock((firstWord % WORDS_PER_BLOCK) + target.length)))
  let skip = firstWord % WORDS_PER_BLOCK
  for (let done = 0; done < target.length; ) {
    const count = Math.min(buffer.length - skip, target.length - done)
    const block = (firstWord + done - skip) / WORDS_PER_BLOCK
    const pending = stream.keystream(block, bytesOf(buffer.subarray(0, roundUpToBlock(skip + count))))
    if (pending !== undefined) await pending // where AES is synchronous, a tick per chunk would be waste
    combine(target.subarray(done, done + count), buffer.subarray(skip, skip + count))
    done += count
    skip = 0
  }
  wipe(buffer)
}

function chooseLanes(sign: 1 | -1, lanes: 1 | 2): (target: Uint32Array, words: Uint32Array) => void {
  if (sign !== 1 && sign !== -1) throw new UsageError('bad-sign', `The sign of a mask is 1 or -1, not ${sign}.`)
  if (lanes === 1) return sign === 1 ? addWords : subtractWords
  if (lanes === 2) return sign === 1 ? addWords64 : subtractWords64
  throw new UsageError('bad-lanes', `A ring element takes 1 or 2 words, not ${lanes}.`)
}

function openStream(key: Uint8Array, firstWord: number, words: number): CtrKeystream {
  requireLittleEndian()
  if (!Number.isSafeInteger(firstWord) || firstWord < 0 || !Number.isSafeInteger(firstWord + words)) {
    throw new UsageError('bad-word-range', `The stream has no words from ${firstWord} on; count from 0, in integers.`)
  }
  return aes128Ctr(key)
}

/**
 * The words of the stream are little-endian and are read where they lie. Every JavaScript engine in wide use runs on
 * little-endian machines; elsewhere the masks would not cancel, so say it instead.
 *
 * @throws UsageError `big-endian-host`.
 */
export function requireLittleEndian(firstByteOfOne: number | undefined = bytesOf(Uint32Array.of(1))[0]): void {
  if (firstByteOfOne === 1) return
  throw new UsageError(
    'big-endian-host',
    'This machine is big-endian, which is not supported: its masks would not cancel.',
  )
}

function roundUpToBlock(words: number): number {
  return Math.ceil(words / WORDS_PER_BLOCK) * WORDS_PER_BLOCK
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
}
