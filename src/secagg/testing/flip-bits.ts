import type { RandomSource } from '../primitives/random.ts'
import { randomBelow } from './seeded-random.ts'

const MOST_FLIPS = 4

/** A copy with one to four different bits flipped. */
export function flipBits(bytes: Uint8Array, random: RandomSource): Uint8Array {
  const corrupted = bytes.slice()
  const flips = 1 + randomBelow(random, MOST_FLIPS)
  const flipped = new Set<number>()
  while (flipped.size < Math.min(flips, 8 * bytes.length)) flipped.add(randomBelow(random, 8 * bytes.length))
  for (const bit of flipped) corrupted[bit >>> 3]! ^= 1 << (bit & 7)
  return corrupted
}
