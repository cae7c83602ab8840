import { addOnThreads, aes128Ctr, KEYSTREAM_CHUNK_BYTES, threadsPay } from '#native'
import { UsageError } from '../errors.ts'
import { requireBytes } from './bytes.ts'
import { addVector, RING_BLOCK_WORDS, ringBlock } from './kernels/ring-block.ts'
import { AES_128_KEY_BYTES } from './native/common.ts'
import type { CtrKeystream } from './native/port.ts'
import { wipe } from './wipe.ts'

const WORDS_PER_BLOCK = 4
const CHUNK_WORDS = KEYSTREAM_CHUNK_BYTES / Uint32Array.BYTES_PER_ELEMENT
/** Ciphers held at a time. The target is fetched and stored once for that many masks: more would gain nothing. */
const OPEN_STREAMS = 32
/** Chunks of keystream that an asynchronous platform is asked for ahead; each takes a buffer of its own. */
const CHUNKS_UNDER_WAY = 4

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
  checkWords(firstWord, out.length)
  const stream = aes128Ctr(key)
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

/** A mask to add (`sign` 1) or to subtract (-1): the expansion of `key`, 16 bytes. */
export interface Mask {
  readonly key: Uint8Array
  readonly sign: 1 | -1
}

/**
 * Adds words `firstWord`, `firstWord + 1`, ... of each mask's stream to `target`, or subtracts them, in the ring. With
 * one lane each word is an integer mod 2^32; with two, each pair of words (low, high) is one integer mod 2^64, and
 * `firstWord` and `target.length` are even. A smaller ring 2^b needs no other mask: reduce at the end.
 *
 * Where it pays, the work is spread over threads (threads.ts); `target` itself is only ever touched by this one. Calls may
 * run at the same time, on different targets. Neither the keys nor `target` may be touched before the promise is settled.
 *
 * @throws UsageError `bad-length`, `bad-word-range`, `bad-sign`, `bad-lanes` or `big-endian-host`; then `target` is
 * unchanged.
 */
export async function addKeystreams(
  masks: readonly Mask[],
  firstWord: number,
  target: Uint32Array,
  lanes: 1 | 2,
): Promise<void> {
  checkRange(firstWord, target.length, lanes)
  for (const { key, sign } of masks) {
    requireBytes('AES-128 key', key, AES_128_KEY_BYTES)
    if (sign !== 1 && sign !== -1) throw new UsageError('bad-sign', `The sign of a mask is 1 or -1, not ${sign}.`)
  }
  try {
    if (await addBySeveral(masks, firstWord, target, lanes)) return
    for (const opened of openedInTurn(masks)) {
      if (opened.every(({ stream }) => stream.isSynchronous)) addInPlace(opened, firstWord, target, lanes)
      else await addAsTheyCome(opened, firstWord, target, lanes)
    }
  } finally {
    ringBlock().wipe()
  }
}

/** By threads, where there are any and it pays: else `false`, and nothing is done. */
async function addBySeveral(
  masks: readonly Mask[],
  firstWord: number,
  target: Uint32Array,
  lanes: 1 | 2,
): Promise<boolean> {
  if (!threadsPay(masks.length * target.byteLength)) return false
  return addOnThreads({
    masks,
    firstWord,
    words: target.length,
    lanes,
    here(from, to) {
      const part = target.subarray(from, to)
      for (const opened of openedInTurn(masks)) addInPlace(opened, firstWord + from, part, lanes)
    },
    take(from, sum) {
      addVector(target.subarray(from, from + sum.length), sum, 1, lanes)
    },
  })
}

function* openedInTurn(masks: readonly Mask[]): Generator<OpenMask[]> {
  for (let from = 0; from < masks.length; from += OPEN_STREAMS) {
    yield masks.slice(from, from + OPEN_STREAMS).map(({ key, sign }) => ({ stream: aes128Ctr(key), sign }))
  }
}

/** {@link addKeystreams} of one mask. */
export function addKeystream(
  key: Uint8Array,
  firstWord: number,
  target: Uint32Array,
  sign: 1 | -1,
  lanes: 1 | 2,
): Promise<void> {
  return addKeystreams([{ key, sign }], firstWord, target, lanes)
}

interface OpenMask {
  readonly stream: CtrKeystream
  readonly sign: 1 | -1
}

/** Block after block of the target, each with all the masks at once: it is fetched and stored once, not once a mask. */
function addInPlace(masks: readonly OpenMask[], firstWord: number, target: Uint32Array, lanes: 1 | 2): void {
  const block = ringBlock()
  for (const { at, skip, words, part } of parts(firstWord, target, RING_BLOCK_WORDS)) {
    const keystream = bytesOf(block.addend.subarray(0, words))
    block.begin(part)
    for (const { stream, sign } of masks) {
      stream.keystream(at, keystream)
      block.add(skip, sign, lanes)
    }
    block.end()
  }
}

/** Keeps a few chunks under way, so that the platform makes the next ones, on its own threads, while one is added. */
async function addAsTheyCome(
  masks: readonly OpenMask[],
  firstWord: number,
  target: Uint32Array,
  lanes: 1 | 2,
): Promise<void> {
  const length = Math.min(CHUNK_WORDS, roundUpToBlock(target.length + WORDS_PER_BLOCK))
  const slots = Array.from({ length: CHUNKS_UNDER_WAY }, () => ({ buffer: new Uint32Array(length), pending: NOTHING }))
  let turn = 0
  const nextSlot = () => slots[turn++ % slots.length]!
  try {
    for (const { at, skip, words, part } of parts(firstWord, target, CHUNK_WORDS)) {
      for (const { stream, sign } of masks) {
        const slot = nextSlot()
        addChunk(await slot.pending)
        const chunk = { part, addend: slot.buffer.subarray(skip, skip + part.length), sign, lanes }
        slot.pending = Promise.resolve(stream.keystream(at, bytesOf(slot.buffer.subarray(0, words)))).then(() => chunk)
        slot.pending.catch(() => {}) // seen when its turn comes; until then nobody awaits it
      }
    }
    for (const _ of slots) addChunk(await nextSlot().pending)
  } finally {
    await Promise.allSettled(slots.map(({ pending }) => pending))
    wipe(...slots.map(({ buffer }) => buffer))
  }
}

interface Chunk {
  readonly part: Uint32Array
  readonly addend: Uint32Array
  readonly sign: 1 | -1
  readonly lanes: 1 | 2
}

const NOTHING: Promise<Chunk | undefined> = Promise.resolve(undefined)

function addChunk(chunk: Chunk | undefined): void {
  if (chunk !== undefined) addVector(chunk.part, chunk.addend, chunk.sign, chunk.lanes)
}

interface Part {
  /** The block of the stream that the part begins in, and the words of that block before it. */
  readonly at: number
  readonly skip: number
  /** The words of whole blocks of the stream that cover the part. */
  readonly words: number
  readonly part: Uint32Array
}

/** Cuts the target into parts that `size` words of the stream cover each. */
function* parts(firstWord: number, target: Uint32Array, size: number): Generator<Part> {
  for (let done = 0; done < target.length; ) {
    const skip = (firstWord + done) % WORDS_PER_BLOCK
    const part = target.subarray(done, done + size - skip)
    const at = (firstWord + done - skip) / WORDS_PER_BLOCK
    yield { at, skip, words: roundUpToBlock(skip + part.length), part }
    done += part.length
  }
}

function checkRange(firstWord: number, words: number, lanes: 1 | 2): void {
  checkWords(firstWord, words)
  if (lanes !== 1 && lanes !== 2) throw new UsageError('bad-lanes', `A ring element takes 1 or 2 words, not ${lanes}.`)
  if (firstWord % lanes === 0 && words % lanes === 0) return
  throw new UsageError(
    'bad-word-range',
    `Two lanes cannot start at word ${firstWord} with ${words} words; both must be even.`,
  )
}

function checkWords(firstWord: number, words: number): void {
  requireLittleEndian()
  if (!Number.isSafeInteger(firstWord) || firstWord < 0 || !Number.isSafeInteger(firstWord + words)) {
    throw new UsageError('bad-word-range', `The stream has no words from ${firstWord} on; count from 0, in integers.`)
  }
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
