import { createCipheriv, hkdfSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignPositions } from '../../../src/secagg/graph/positions.ts'

const seedOf = (byte: number) => new Uint8Array(32).fill(byte)
const names = (n: number) => Array.from({ length: n }, (_, i) => `client-${i}`)

/** The documented procedure on node:crypto alone. */
function assignWithNode(ids: readonly string[], seed: Uint8Array): string[] {
  const key = new Uint8Array(hkdfSync('sha256', seed, new Uint8Array(0), 'secagg v1 graph positions', 16))
  const stream = createCipheriv('aes-128-ctr', key, new Uint8Array(16)).update(new Uint8Array(8 * ids.length + 4096))
  const order = [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  let at = 0
  for (let last = order.length - 1; last > 0; last--) {
    let word = stream.readUInt32LE(at)
    for (at += 4; word >= 2 ** 32 - (2 ** 32 % (last + 1)); at += 4) word = stream.readUInt32LE(at)
    const chosen = word % (last + 1)
    ;[order[last], order[chosen]] = [order[chosen]!, order[last]!]
  }
  return order
}

describe('the assignment of clients to positions', () => {
  it('is a fixed function of ids and seed', async () => {
    expect(await assignPositions(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], seedOf(7))).toEqual([...'acfdhgeb'])
  })

  // With seed 44 one of the 20,000 draws is a word that would bias the remainder, and is drawn again.
  it('is what AES-128-CTR and HKDF of another library give, over more than one fill of the keystream', async () => {
    for (const [n, byte] of [
      [1, 1],
      [2, 2],
      [3, 3],
      [1000, 4],
      [20_000, 44],
    ] as const) {
      expect(await assignPositions(names(n), seedOf(byte))).toEqual(assignWithNode(names(n), seedOf(byte)))
    }
  })

  it('is a permutation, whatever the order in which the ids come', async () => {
    const property = fc.asyncProperty(
      fc.uniqueArray(fc.string({ unit: 'grapheme', maxLength: 6 }), { maxLength: 40 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      async (ids, seed) => {
        const order = await assignPositions(ids, seed)
        expect([...order].sort()).toEqual([...ids].sort())
        expect(await assignPositions([...ids].reverse(), seed)).toEqual(order)
      },
    )
    await fc.assert(property, { seed: 20200704, numRuns: 100 })
  })

  it('starts from the order of UTF-8 bytes, not of UTF-16 units', async () => {
    // U+FFFD sorts before U+1F600 by bytes and after it by units.
    const ids = ['\u{1f600}', '\ufffd', 'a']
    for (let byte = 0; byte < 8; byte++) {
      expect(await assignPositions(ids, seedOf(byte))).toEqual(assignWithNode(ids, seedOf(byte)))
    }
  })

  it('gives each of the 24 orders of four clients equally often', async () => {
    const seen = new Map<string, number>()
    const rounds = 4800
    for (let round = 0; round < rounds; round++) {
      const seed = seedOf(0)
      new DataView(seed.buffer).setUint32(0, round)
      const order = (await assignPositions(['a', 'b', 'c', 'd'], seed)).join('')
      seen.set(order, (seen.get(order) ?? 0) + 1)
    }
    const expected = rounds / 24
    const chiSquare = [...seen.values()].reduce((total, count) => total + (count - expected) ** 2 / expected, 0)
    expect(seen.size).toBe(24)
    expect(chiSquare).toBeLessThan(49.7) // the 0.999 quantile with 23 degrees of freedom
  })

  it('leaves its arguments alone', async () => {
    const ids = Object.freeze(['b', 'a', 'c'])
    const seed = seedOf(9)
    await assignPositions(ids, seed)
    expect(seed).toEqual(seedOf(9))
  })

  it('refuses two clients of one id', async () => {
    const refused = { name: 'UsageError', code: 'duplicate-client-id', clientId: 'a' }
    await expect(assignPositions(['a', 'b', 'a'], seedOf(1))).rejects.toMatchObject(refused)
  })

  it('refuses an id without a UTF-8 form', async () => {
    const refused = { name: 'UsageError', code: 'ill-formed-text' }
    await expect(assignPositions(['a', '\ud800'], seedOf(1))).rejects.toMatchObject(refused)
  })

  it.each([new Uint8Array(31), new Uint8Array(33), [] as unknown as Uint8Array])(
    'refuses a seed of another size',
    async seed => {
      await expect(assignPositions(['a', 'b'], seed)).rejects.toMatchObject({ name: 'UsageError', code: 'bad-length' })
    },
  )
})
