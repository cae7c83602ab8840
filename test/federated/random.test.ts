import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deriveSeed, experimentRandom } from '../../src/federated/index.ts'
import { shuffle, xoshiro128StarStar } from '../../src/federated/random.ts'
import { expectCode } from './codes.ts'

const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

describe('the experiment generator', () => {
  test('is xoshiro128** 1.1: it gives the outputs of its reference implementation', () => {
    const next = xoshiro128StarStar(Uint32Array.of(1, 2, 3, 4))
    const expected = [
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]
    expect(expected.map(next)).toEqual(expected)
  })

  test('gives the same numbers for the same seed and others for another', () => {
    const draw = (seed: number) => Array.from({ length: 8 }, experimentRandom(seed).uint32)
    fc.assert(
      fc.property(seeds, seeds, (a, b) => {
        expect(draw(a)).toEqual(draw(a))
        if (a !== b) expect(draw(a)).not.toEqual(draw(b))
      }),
      { seed: 1, numRuns: 200 },
    )
  })

  test('draws uniform numbers from [0, 1) with mean 1/2 and variance 1/12', () => {
    const { uniform } = experimentRandom(2)
    const { mean, variance, least, most } = statistics(20_000, uniform)
    expect(least).toBeGreaterThanOrEqual(0)
    expect(most).toBeLessThan(1)
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.01)
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.003)
  })

  test('draws normal numbers with mean 0 and variance 1, a third of them beyond one deviation', () => {
    const { normal } = experimentRandom(3)
    let beyond = 0
    const { mean, variance } = statistics(20_000, () => {
      const draw = normal()
      if (Math.abs(draw) > 1) beyond++
      return draw
    })
    expect(Math.abs(mean)).toBeLessThan(0.03)
    expect(Math.abs(variance - 1)).toBeLessThan(0.05)
    expect(Math.abs(beyond / 20_000 - 0.3173)).toBeLessThan(0.015)
  })

  test('draws every integer below a bound about equally often', () => {
    const { below } = experimentRandom(4)
    const counts = new Array<number>(6).fill(0)
    for (let i = 0; i < 12_000; i++) counts[below(6)]!++
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200)
  })

  test('rejects words that would favour small integers', () => {
    // Two thirds of 2^32: without rejection, two thirds of the draws would fall into the lower half.
    const { below } = experimentRandom(5)
    const bound = 0xaaaa_aaab
    let low = 0
    for (let i = 0; i < 6000; i++) if (below(bound) < bound / 2) low++
    expect(Math.abs(low / 6000 - 0.5)).toBeLessThan(0.03)
  })

  test.each([0, 1.5, 2 ** 32 + 1, Number.NaN])('refuses the bound %d', bound => {
    expectCode(() => experimentRandom(1).below(bound), 'invalid-option', /from 1 to 2\^32/)
  })

  test.each([-1, 0.5, 2 ** 53, Number.NaN, '7'])('refuses the seed %s', seed => {
    expectCode(() => experimentRandom(seed as number), 'invalid-option', /seed/)
    expectCode(() => deriveSeed(seed as number), 'invalid-option', /seed/)
  })

  test('shuffles without losing anything, each order as likely as another', () => {
    const random = experimentRandom(6)
    const orders = new Map<string, number>()
    for (let i = 0; i < 6000; i++) {
      const order = shuffle([1, 2, 3], random).join()
      orders.set(order, (orders.get(order) ?? 0) + 1)
    }
    expect([...orders.keys()].sort()).toEqual(['1,2,3', '1,3,2', '2,1,3', '2,3,1', '3,1,2', '3,2,1'])
    for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })
})

describe('a derived seed', () => {
  test('follows from the seed and the labels alone', () => {
    expect(deriveSeed(1, 'alice', 2)).toBe(deriveSeed(1, 'alice', 2))
    expect(deriveSeed(1, 0)).toBe(deriveSeed(1, -0))
    expect(deriveSeed(1)).toBeLessThan(2 ** 32)
  })

  test('is the first word of a SHA-256 that anyone can compute', () => {
    // printf 'secagg/experiment-seed/v1' and: 01, float64 7; 02, length 5, "alice"; 01, float64 3 (all little-endian)
    expect(deriveSeed(7, 'alice', 3)).toBe(1008298191)
  })

  test('differs with every change of seed, label, label type, order or grouping', () => {
    const variants = [
      deriveSeed(1),
      deriveSeed(2),
      deriveSeed(1, 'ab'),
      deriveSeed(1, 'a', 'b'),
      deriveSeed(1, 'b', 'a'),
      deriveSeed(1, ''),
      deriveSeed(1, '', ''),
      deriveSeed(1, 1),
      deriveSeed(1, '1'),
      deriveSeed(2 ** 32 + 1),
    ]
    expect(new Set(variants).size).toBe(variants.length)
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, '\udc00', undefined])('refuses the label %s', label => {
    expectCode(() => deriveSeed(1, label as string), 'invalid-option', /label/)
  })
})

function statistics(count: number, draw: () => number) {
  const draws = Array.from({ length: count }, draw)
  const mean = draws.reduce((a, b) => a + b, 0) / count
  const variance = draws.reduce((a, b) => a + (b - mean) ** 2, 0) / count
  const least = draws.reduce((a, b) => Math.min(a, b))
  const most = draws.reduce((a, b) => Math.max(a, b))
  return { mean, variance, least, most }
}
