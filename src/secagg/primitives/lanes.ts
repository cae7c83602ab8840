/**
 * Addition in the ring, element by element, in place: the plain loops, for where there is no kernel
 * (kernels/ring-kernel.ts). `target` and `addend` have the same length.
 */
export type RingLoop = (target: Uint32Array, addend: Uint32Array) => void

/** The loop that adds (`sign` 1) or subtracts (-1) words mod 2^32 (1 lane) or pairs of words mod 2^64 (2 lanes). */
export function ringLoop(sign: 1 | -1, lanes: 1 | 2): RingLoop {
  if (lanes === 1) return sign === 1 ? addWords : subtractWords
  return sign === 1 ? addPairs : subtractPairs
}

function addWords(target: Uint32Array, addend: Uint32Array): void {
  for (let i = 0; i < target.length; i++) target[i] = target[i]! + addend[i]!
}

function subtractWords(target: Uint32Array, addend: Uint32Array): void {
  for (let i = 0; i < target.length; i++) target[i] = target[i]! - addend[i]!
}

/** The carry is computed from the sign bits, without a branch: on random words a branch costs six times as much. */
function addPairs(target: Uint32Array, addend: Uint32Array): void {
  for (let i = 0; i < target.length; i += 2) {
    const a = target[i]! | 0
    const b = addend[i]! | 0
    const low = (a + b) | 0
    const carry = ((a & b) | ((a | b) & ~low)) >>> 31
    target[i] = low
    target[i + 1] = target[i + 1]! + addend[i + 1]! + carry
  }
}

function subtractPairs(target: Uint32Array, addend: Uint32Array): void {
  for (let i = 0; i < target.length; i += 2) {
    const a = target[i]! | 0
    const b = addend[i]! | 0
    const low = (a - b) | 0
    const borrow = ((~a & b) | ((~a | b) & low)) >>> 31
    target[i] = low
    target[i + 1] = target[i + 1]! - addend[i + 1]! - borrow
  }
}
