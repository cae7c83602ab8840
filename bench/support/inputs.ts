import { RingVector } from 'secagg/secagg'

/** A vector that depends on `index` alone and fills the ring: no seed is more fixed. */
export function inputOf(index: number, length: number, modulusBits: number): RingVector {
  const vector = RingVector.zeros(length, modulusBits)
  const { words } = vector
  for (let i = 0, state = Math.imul(index + 1, 0x9e3779b1); i < words.length; i++) {
    state = (state + 0x6d2b79f5) | 0
    words[i] = Math.imul(state ^ (state >>> 15), state | 1)
  }
  return vector.reduce()
}

/** Whether client `index` is one of the `fraction` that leave: evenly spread, the same ones in every run. */
export function leavesOf(fraction: number): (index: number) => boolean {
  return index => Math.floor((index + 1) * fraction) > Math.floor(index * fraction)
}
