import { createCipheriv } from 'node:crypto'
import { nobleAes128Ctr } from '../../src/secagg/primitives/native/portable.ts'
import { addKeystreams } from '../../src/secagg/primitives/prg.ts'

/** Adds the masks of `keys` to `target` from word `firstWord` on, words mod 2^32. */
export type Masking = (keys: readonly Uint8Array[], firstWord: number, target: Uint32Array) => Promise<void>

export interface Contender {
  readonly name: string
  readonly mask: Masking
  /** What one timing takes: so many masks on the vector, so many times. */
  readonly masks: number
  readonly times: number
  /** On how many threads it may run: one, unless it says that it wants all. */
  readonly threads?: 'all'
}

const CHUNK_BYTES = 65_536
const ZEROS = new Uint8Array(CHUNK_BYTES)

/** The update of the MNIST CNN of McMahan et al. (2017), a word for each parameter: 6.7 MB. */
export const VECTOR_WORDS = 1_663_370

/** The masks of a client with 15 neighbours: its own and theirs. */
export const MANY = 16

const ours: Masking = (keys, firstWord, target) =>
  addKeystreams(
    keys.map(key => ({ key, sign: 1 })),
    firstWord,
    target,
    1,
  )

/** What one writes first: the platform's AES in chunks, and a loop that adds them. */
const plainLoop: Masking = async (keys, firstWord, target) => {
  for (const key of keys) {
    const counter = Buffer.alloc(16)
    counter.writeBigUInt64BE(BigInt(Math.floor(firstWord / 4)), 8)
    const cipher = createCipheriv('aes-128-ctr', key, counter)
    cipher.update(new Uint8Array(4 * (firstWord % 4)))
    for (let from = 0; from < target.length; from += CHUNK_BYTES / 4) {
      const part = target.subarray(from, from + CHUNK_BYTES / 4)
      const bytes = cipher.update(ZEROS.subarray(0, part.byteLength))
      addTo(part, new Uint32Array(bytes.buffer, bytes.byteOffset, part.length))
    }
  }
}

/** The reference: noble's AES. */
export const noble: Masking = async (keys, firstWord, target) => {
  const skip = firstWord % 4
  for (const key of keys) {
    const words = new Uint32Array(Math.ceil((skip + target.length) / 4) * 4)
    nobleAes128Ctr(key).keystream((firstWord - skip) / 4, new Uint8Array(words.buffer))
    addTo(target, words.subarray(skip, skip + target.length))
  }
}

function addTo(target: Uint32Array, words: Uint32Array): void {
  for (let i = 0; i < target.length; i++) target[i] = target[i]! + words[i]!
}

export const ALL_CORES: string = `secagg, ${MANY} masks, all cores`

export const CONTENDERS: readonly Contender[] = [
  { name: `secagg, ${MANY} masks at once`, mask: ours, masks: MANY, times: 1 },
  { name: ALL_CORES, mask: ours, masks: MANY, times: 8, threads: 'all' },
  { name: 'secagg, one mask', mask: ours, masks: 1, times: 16 },
  { name: 'plain loop over node:crypto', mask: plainLoop, masks: 1, times: 16 },
  { name: 'noble', mask: noble, masks: 1, times: 1 },
]
