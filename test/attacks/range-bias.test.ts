/**
 * Masks that are drawn from one element too few, as by a generator whose upper end is exclusive: the largest ring element
 * never occurs. A vector of equal entries shows through such a mask, by the one value that is missing.
 *
 * Source: modulo bias and the off-by-one of ranges, as in the nonces of Bleichenbacher's attack on DSA (2000). In a ring
 * of a power of two, cutting words to b bits is exact.
 */
import { describe, expect, it } from 'vitest'
import { broken, describeAttack, harmless, type Library, type Verdict } from './support/attack.ts'
import * as honest from './support/library.ts'
import { RogueServer } from './support/rogue-server.ts'
import { Scene, VICTIM } from './support/scene.ts'

const SECRET = 5
const BITS = 4
const LENGTH = 2 ** 14

/** The victim is late, and the others have given up its mask key: only the self-mask is left. */
async function lookForTheMissingValue(lib: Library): Promise<Verdict> {
  const scene = new Scene(lib, { parameters: { modulusBits: BITS, vectorLength: LENGTH } })
  const server = new RogueServer(scene, (await scene.advertise()).values())
  const others = server.allBut(VICTIM)
  const input = lib.RingVector.fromWords(new Uint32Array(LENGTH).fill(SECRET), LENGTH, BITS)
  await server.collectShareKeys()
  await server.collectInputs(
    server.ids,
    id => server.delivery(id),
    () => input,
  )
  await server.collectShares(others, id => server.request(id, others, [VICTIM]))
  const masked = server.masked.get(VICTIM)!
  await server.removePairwise(masked, VICTIM, server.t1(), server.neighbours(VICTIM))
  const missing = histogram(masked.reduce().words, 2 ** BITS).indexOf(0)
  if (missing < 0) return harmless('every value occurs')
  return (missing + 1) % 2 ** BITS === SECRET ? broken('the input of victim is recovered') : harmless('a wrong guess')
}

function histogram(values: Iterable<number>, size: number): number[] {
  const counts = new Array<number>(size).fill(0)
  for (const value of values) counts[value]!++
  return counts
}

describeAttack({
  title: 'a look for the value that is missing',
  run: lookForTheMissingValue,
  honest: harmless('every value occurs'),
  unguarded: broken('the input of victim is recovered'),
  guards: [
    {
      name: 'masks over the whole ring',
      patches: [
        {
          // Of every word, the lowest 4 bits modulo 15.
          file: 'primitives/native/node.ts',
          find: 'out.set(made, from)',
          replace: 'out.set(made.map((byte, i) => (i % 4 === 0 ? (byte & 0xf0) | ((byte & 15) % 15) : byte)), from)',
        },
      ],
    },
  ],
})

describe('the largest ring element', () => {
  const MOST_BUCKETS = 256

  it.each([1, 4, 7, 8, 31, 32, 33, 40, 62])(
    'of %d bits is as frequent in a mask as any other, and all are as frequent as chance has it',
    async bits => {
      const mask = honest.RingVector.zeros(2 ** 16, bits)
      await honest.fillKeystream(new Uint8Array(16).fill(1), 0, mask.words)
      mask.reduce()
      // Wide rings by their highest byte: the largest element is the end of the last bucket.
      const buckets = Math.min(2 ** bits, MOST_BUCKETS)
      const shift = BigInt(Math.max(0, bits - 8))
      const values = Array.from({ length: mask.length }, (_, i) => Number(mask.get(i) >> shift))
      const counts = histogram(values, buckets)
      const expected = mask.length / buckets
      const deviation = Math.sqrt(expected)
      expect(Math.abs(counts.at(-1)! - expected)).toBeLessThan(5 * deviation)
      const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
      const freedom = buckets - 1
      expect(chiSquare).toBeLessThan(freedom + 6 * Math.sqrt(2 * freedom))
    },
  )
})
