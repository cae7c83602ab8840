import { createCipheriv } from 'node:crypto'
import { ringBlock } from '../../src/secagg/primitives/kernels/ring-block.ts'
import { ringLoop } from '../../src/secagg/primitives/lanes.ts'
import { freeMemory } from '../../src/secagg/primitives/native/free-memory.ts'
import { addKeystream } from '../../src/secagg/primitives/prg.ts'
import { type Contender, MANY, type Masking } from './contenders.ts'

interface Choice {
  readonly chunkBytes: number
  /** Whether a chunk's memory is given back as soon as it is added, or left to the garbage collector. */
  readonly free: boolean
  readonly cipherPerChunk: boolean
  readonly kernel: boolean
}

/** What the library does for one mask, so that an alternative differs from it in one thing. */
const CHOSEN: Choice = { chunkBytes: 65_536, free: true, cipherPerChunk: false, kernel: true }
const BLOCK_WORDS = 16_384

function masking(change: Partial<Choice>): Masking {
  const { chunkBytes, free, cipherPerChunk, kernel } = { ...CHOSEN, ...change }
  const zeros = new Uint8Array(chunkBytes)
  const add = kernel ? addByKernel : ringLoop(1, 1)
  return async (keys, firstWord, target) => {
    for (const key of keys) {
      let cipher = cipherAt(key, firstWord)
      for (let from = 0; from < target.length; from += chunkBytes / 4) {
        if (cipherPerChunk) cipher = cipherAt(key, firstWord + from)
        const part = target.subarray(from, from + chunkBytes / 4)
        const bytes = cipher.update(zeros.subarray(0, part.byteLength))
        add(part, new Uint32Array(bytes.buffer, bytes.byteOffset, part.length))
        if (free) freeMemory(bytes)
      }
    }
  }
}

function cipherAt(key: Uint8Array, firstWord: number) {
  const counter = Buffer.alloc(16)
  counter.writeBigUInt64BE(BigInt(Math.floor(firstWord / 4)), 8)
  const cipher = createCipheriv('aes-128-ctr', key, counter)
  if (firstWord % 4 !== 0) cipher.update(new Uint8Array(4 * (firstWord % 4)))
  return cipher
}

function addByKernel(target: Uint32Array, words: Uint32Array): void {
  const block = ringBlock()
  for (let from = 0; from < target.length; from += BLOCK_WORDS) {
    block.begin(target.subarray(from, from + BLOCK_WORDS))
    block.addend.set(words.subarray(from, from + BLOCK_WORDS))
    block.add(0, 1, 1)
    block.end()
  }
}

const oneAfterTheOther: Masking = async (keys, firstWord, target) => {
  for (const key of keys) await addKeystream(key, firstWord, target, 1, 1)
}

/** What was tried and lost, each one change away from what the library does. `--alternatives` adds them. */
export const ALTERNATIVES: readonly Contender[] = [
  { name: `${MANY} masks, one after the other`, mask: oneAfterTheOther, masks: MANY, times: 1 },
  ...Object.entries({
    'one mask, left to the collector': masking({ free: false }),
    'one mask, chunks of 16 KiB': masking({ chunkBytes: 16_384 }),
    'one mask, chunks of 256 KiB': masking({ chunkBytes: 262_144 }),
    'one mask, a cipher per chunk': masking({ cipherPerChunk: true }),
    'one mask, without the kernel': masking({ kernel: false }),
  }).map(([name, mask]) => ({ name, mask, masks: 1, times: 16 })),
]
