import { ringLoop } from '../lanes.ts'
import { loadRingKernel, type RingKernel } from './ring-kernel.ts'

/** 64 KiB: what is added and what it is added to fit the second-level cache together, with room to spare. */
export const RING_BLOCK_WORDS = 16_384

const BLOCK_BYTES = RING_BLOCK_WORDS * Uint32Array.BYTES_PER_ELEMENT
/** The loops of the kernel take whole turns of this size; what lies past the words in use is padding. */
const TURN_BYTES = 64

/**
 * Adds any number of addends to one block of a vector: `begin(part)`, then for each addend write it to `addend` and
 * `add(...)`, then `end()`. In between the block may be elsewhere than in `part`. There is one such workplace, so
 * nobody may await between `begin` and `end`.
 */
export interface RingBlock {
  /** Takes at most {@link RING_BLOCK_WORDS} words of a vector. */
  begin(part: Uint32Array): void
  /** Where the next addend goes: {@link RING_BLOCK_WORDS} words. */
  readonly addend: Uint32Array
  /** Adds the addend from word `skip` on, or subtracts it. The addend fits its room: `skip + part.length` at most. */
  add(skip: number, sign: 1 | -1, lanes: 1 | 2): void
  /** The sum is in `part`. */
  end(): void
  /** Overwrites what is left of the last block and addend. */
  wipe(): void
}

/** Between blocks: holding on to the last one would keep its whole vector alive. */
const NO_PART = new Uint32Array(0)

let shared: RingBlock | undefined

/** By the kernel where it runs, else by the plain loops. */
export function ringBlock(): RingBlock {
  if (shared === undefined) {
    const kernel = loadRingKernel()
    shared = kernel === undefined ? plainBlock() : kernelBlock(kernel)
  }
  return shared
}

/** Adds `addend`, a vector of any length, to `target`, a vector of the same length, or subtracts it. */
export function addVector(target: Uint32Array, addend: Uint32Array, sign: 1 | -1, lanes: 1 | 2): void {
  const block = ringBlock()
  for (let from = 0; from < target.length; from += RING_BLOCK_WORDS) {
    block.begin(target.subarray(from, from + RING_BLOCK_WORDS))
    block.addend.set(addend.subarray(from, from + RING_BLOCK_WORDS))
    block.add(0, sign, lanes)
    block.end()
  }
}

/** The kernel sees its own memory only: the block is copied in and out, which costs little while it is in the cache. */
function kernelBlock(kernel: RingKernel): RingBlock {
  const inside = new Uint32Array(kernel.memory.buffer, 0, RING_BLOCK_WORDS)
  const addend = new Uint32Array(kernel.memory.buffer, BLOCK_BYTES, RING_BLOCK_WORDS)
  let current: Uint32Array = NO_PART
  return {
    addend,
    begin(part) {
      current = part
      inside.set(part)
    },
    add(skip, sign, lanes) {
      const bytes = Math.ceil(current.byteLength / TURN_BYTES) * TURN_BYTES
      const from = BLOCK_BYTES + skip * Uint32Array.BYTES_PER_ELEMENT
      if (lanes === 1) (sign === 1 ? kernel.add32 : kernel.subtract32)(0, from, bytes)
      else (sign === 1 ? kernel.add64 : kernel.subtract64)(0, from, bytes)
    },
    end() {
      current.set(inside.subarray(0, current.length))
      current = NO_PART
    },
    wipe() {
      inside.fill(0)
      addend.fill(0)
    },
  }
}

function plainBlock(): RingBlock {
  const addend = new Uint32Array(RING_BLOCK_WORDS)
  let current: Uint32Array = NO_PART
  return {
    addend,
    begin(part) {
      current = part
    },
    add(skip, sign, lanes) {
      ringLoop(sign, lanes)(current, addend.subarray(skip, skip + current.length))
    },
    end() {
      current = NO_PART
    },
    wipe() {
      addend.fill(0)
    },
  }
}
