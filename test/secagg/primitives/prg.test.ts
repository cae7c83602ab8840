import { createCipheriv } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import * as node from '../../../src/secagg/primitives/native/node.ts'
import * as portable from '../../../src/secagg/primitives/native/portable.ts'
import { seededBytes } from './support.ts'

const key = seededBytes(17)(16)

type Prg = typeof import('../../../src/secagg/primitives/prg.ts')

/** The PRG as it runs on one platform or the other. */
async function load(platform: object): Promise<Prg> {
  vi.resetModules()
  vi.doMock('#native', () => platform)
  return await import('../../../src/secagg/primitives/prg.ts')
}

/** Words `first` to `first + count - 1` of the stream, straight from OpenSSL. */
function reference(first: number, count: number): Uint32Array {
  const counter = Buffer.alloc(16)
  counter.writeBigUInt64BE(BigInt(Math.floor(first / 4)), 8)
  const skip = 4 * (first % 4)
  const bytes = createCipheriv('aes-128-ctr', key, counter).update(new Uint8Array(skip + 4 * count))
  return Uint32Array.from({ length: count }, (_, i) => bytes.readUInt32LE(skip + 4 * i))
}

function randomWords(seed: number, count: number): Uint32Array {
  return new Uint32Array(seededBytes(seed)(4 * count).buffer as ArrayBuffer)
}

/** The index of the first difference, or -1: cheaper than a deep comparison of long vectors. */
const difference = (a: Uint32Array, b: Uint32Array): number =>
  a.length === b.length ? a.findIndex((word, i) => word !== b[i]) : a.length

afterEach(() => {
  vi.doUnmock('#native')
  vi.unstubAllGlobals()
})

describe.each([
  ['node', node, true],
  ['node without WebAssembly', node, false],
  ['WebCrypto', portable, true],
  ['WebCrypto without WebAssembly', portable, false],
  ['noble', { ...portable, aes128Ctr: portable.nobleAes128Ctr }, true],
])('the PRG on %s', (_name, platform, withKernel) => {
  beforeEach(() => {
    if (!withKernel) vi.stubGlobal('WebAssembly', undefined)
  })

  test('is the AES-128-CTR keystream in little-endian words, readable from any word on', async () => {
    const { fillKeystream } = await load(platform)
    const range = fc.tuple(
      fc.oneof(fc.nat({ max: 50 }), fc.integer({ min: 2 ** 34 - 9, max: 2 ** 45 })),
      fc.nat({ max: 30 }),
    )
    await fc.assert(
      fc.asyncProperty(range, async ([first, count]) => {
        const out = new Uint32Array(count).fill(0xaaaaaaaa)
        await fillKeystream(key, first, out)
        expect(out).toEqual(reference(first, count))
      }),
      { seed: 11, numRuns: 100 },
    )
  })

  test('writes into a view of a larger vector and leaves the rest alone', async () => {
    const { addKeystream, fillKeystream } = await load(platform)
    for (const write of [
      (view: Uint32Array) => fillKeystream(key, 3, view),
      (view: Uint32Array) => addKeystream(key, 3, view, 1, 1),
    ]) {
      const vector = new Uint32Array(20)
      await write(vector.subarray(5, 14))
      expect(vector.subarray(5, 14)).toEqual(reference(3, 9))
      expect([...vector.subarray(0, 5), ...vector.subarray(14)]).toEqual(Array(11).fill(0))
    }
  })

  test('adds and subtracts words mod 2^32', async () => {
    const { addKeystream } = await load(platform)
    for (const sign of [1, -1] as const) {
      for (const first of [0, 1, 2, 3, 4, 1_001]) {
        const target = randomWords(18, 37)
        const expected = reference(first, 37).map((word, i) => target[i]! + sign * word)
        await addKeystream(key, first, target, sign, 1)
        expect(target).toEqual(expected)
      }
    }
  })

  test('adds and subtracts pairs of words mod 2^64, carries and borrows included', async () => {
    const { addKeystream } = await load(platform)
    const value = (words: Uint32Array, i: number) => BigInt(words[2 * i]!) + (BigInt(words[2 * i + 1]!) << 32n)
    for (const sign of [1, -1] as const) {
      for (const first of [0, 2, 1_002]) {
        const start = randomWords(19, 1_000)
        const target = start.slice()
        const mask = reference(first, 1_000)
        await addKeystream(key, first, target, sign, 2)
        for (let i = 0; i < 500; i++) {
          expect(value(target, i)).toBe(BigInt.asUintN(64, value(start, i) + BigInt(sign) * value(mask, i)))
        }
      }
    }
  })

  test('gives one and the same mask whether a vector is masked whole or range by range', async () => {
    const { addKeystream } = await load(platform)
    const length = platform.KEYSTREAM_CHUNK_BYTES / 2 + 1_010 // over two chunks and not a multiple of a block
    for (const lanes of [1, 2] as const) {
      const whole = new Uint32Array(length)
      await addKeystream(key, 6, whole, 1, lanes)
      expect(difference(whole, reference(6, length))).toBe(-1)
      const parts = new Uint32Array(length)
      const cuts = [0, 2, 34, 16_386, 16_390, length]
      for (const [i, cut] of cuts.slice(1).entries()) {
        await addKeystream(key, 6 + cuts[i]!, parts.subarray(cuts[i], cut), 1, lanes)
      }
      expect(difference(parts, whole)).toBe(-1)
    }
  })

  test('takes off exactly what it put on, for overlapping calls at the same time too', async () => {
    const { addKeystream } = await load(platform)
    const keys = Array.from({ length: 6 }, (_, i) => seededBytes(20 + i)(16))
    const start = randomWords(30, 20_000)
    const targets = keys.map(() => start.slice())
    await Promise.all(keys.map((k, i) => addKeystream(k, 2, targets[i]!, 1, 2)))
    expect(new Set(targets.map(target => target.join())).size).toBe(6)
    await Promise.all(keys.map((k, i) => addKeystream(k, 2, targets[i]!, -1, 2)))
    for (const target of targets) expect(difference(target, start)).toBe(-1)
  })

  test('adds many masks at once, each with its sign, to what one after the other would give', async () => {
    const { addKeystream, addKeystreams } = await load(platform)
    for (const [count, length] of [
      [3, 33_001],
      [70, 41],
    ] as const) {
      const masks = Array.from({ length: count }, (_, i) => ({
        key: seededBytes(40 + i)(16),
        sign: i % 3 === 0 ? (-1 as const) : (1 as const),
      }))
      const together = randomWords(31, length)
      const apart = together.slice()
      await addKeystreams(masks, 7, together, 1)
      for (const { key, sign } of masks) await addKeystream(key, 7, apart, sign, 1)
      expect(difference(together, apart)).toBe(-1)
      expect(difference(together, randomWords(31, length))).not.toBe(-1)
      const backwards = masks.map(({ key, sign }) => ({ key, sign: sign === 1 ? (-1 as const) : (1 as const) }))
      await addKeystreams(backwards, 7, together, 1)
      expect(difference(together, randomWords(31, length))).toBe(-1)
    }
    await addKeystreams([], 0, new Uint32Array(4), 2)
  })

  test('checks every mask before it adds the first', async () => {
    const { addKeystreams } = await load(platform)
    const target = new Uint32Array(4)
    const sound = { key, sign: 1 as const }
    for (const [bad, code] of [
      [{ key: key.subarray(1), sign: 1 as const }, 'bad-length'],
      [{ key, sign: 0 as 1 }, 'bad-sign'],
    ] as const) {
      await expect(addKeystreams([sound, bad], 0, target, 1)).rejects.toMatchObject({ name: 'UsageError', code })
      expect(target).toEqual(new Uint32Array(4))
    }
  })

  test('has nothing to do for an empty vector', async () => {
    const { addKeystream, fillKeystream } = await load(platform)
    await fillKeystream(key, 5, new Uint32Array(0))
    await addKeystream(key, 5, new Uint32Array(0), 1, 1)
  })

  test('refuses bad keys, ranges, signs and lanes, and then leaves the vector as it was', async () => {
    const { addKeystream, fillKeystream } = await load(platform)
    const target = new Uint32Array(4)
    const refused = async (attempt: Promise<void>, code: string) => {
      await expect(attempt).rejects.toMatchObject({ name: 'UsageError', code })
      expect(target).toEqual(new Uint32Array(4))
    }
    for (const first of [-1, 0.5, Number.NaN, 2 ** 53 - 2]) {
      await refused(fillKeystream(key, first, target), 'bad-word-range')
      await refused(addKeystream(key, first, target, 1, 1), 'bad-word-range')
    }
    await refused(addKeystream(key, 1, target, 1, 2), 'bad-word-range')
    await refused(addKeystream(key, 0, target.subarray(1), 1, 2), 'bad-word-range')
    await refused(fillKeystream(key.subarray(1), 0, target), 'bad-length')
    await refused(addKeystream(key.subarray(1), 0, target, 1, 1), 'bad-length')
    await refused(addKeystream(key, 0, target, 2 as 1, 1), 'bad-sign')
    await refused(addKeystream(key, 0, target, 1, 3 as 1), 'bad-lanes')
  })
})

test('a platform that fails says so once, with nothing of it left unhandled or under way', async () => {
  const unhandled: unknown[] = []
  const listener = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', listener)
  let underWay = 0
  const failing = () => ({
    isSynchronous: false,
    async keystream(): Promise<void> {
      const turn = ++underWay
      await new Promise(resolve => setTimeout(resolve, turn === 1 ? 20 : 1)) // the later ones fail first
      underWay--
      throw new Error('out of memory')
    },
  })
  const { addKeystream } = await load({ ...portable, aes128Ctr: failing })
  await expect(addKeystream(key, 0, new Uint32Array(1_500_000), 1, 1)).rejects.toThrow('out of memory')
  expect(underWay).toBe(0)
  await new Promise(resolve => setTimeout(resolve, 5))
  process.off('unhandledRejection', listener)
  expect(unhandled).toEqual([])
})

test('the words look uniform: half of all bits are set, in every position', async () => {
  const { fillKeystream } = await load(node)
  const words = new Uint32Array(100_000)
  await fillKeystream(key, 0, words)
  for (let bit = 0; bit < 32; bit++) {
    const ones = words.reduce((count, word) => count + ((word >>> bit) & 1), 0)
    // 50,000 expected, standard deviation 158: the seed is fixed, so this cannot flicker.
    expect(Math.abs(ones - 50_000)).toBeLessThan(800)
  }
  expect(new Set(words).size).toBeGreaterThan(99_990) // a birthday collision or two are due
})

test('a big-endian machine is turned away, since its masks would not cancel', async () => {
  const { requireLittleEndian } = await load(node)
  expectUsageErrorByCode(() => requireLittleEndian(0), 'big-endian-host')
  expect(requireLittleEndian()).toBeUndefined()
})

/** The module under test was loaded afresh, with its own copy of the error classes: judge by name and code. */
function expectUsageErrorByCode(action: () => void, code: string): void {
  expect(action).toThrow(expect.objectContaining({ name: 'UsageError', code }))
}
