import { describe, expect, test } from 'vitest'
import { SeededRandom, xoshiro128StarStar } from '../../src/cnn/random.ts'

describe('the generator', () => {
  test('gives the outputs of xoshiro128** from the state 1, 2, 3, 4', () => {
    const state = Uint32Array.of(1, 2, 3, 4)
    const outputs = Array.from({ length: 10 }, () => xoshiro128StarStar(state))
    expect(outputs).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ])
  })

  test('gives other words for every other seed, whichever of its 53 bits differs', () => {
    const first = (seed: number) => new SeededRandom(seed).nextWord()
    const seeds = [0, ...Array.from({ length: 53 }, (_, bit) => 2 ** bit), Number.MAX_SAFE_INTEGER]
    expect(new Set(seeds.map(first)).size).toBe(seeds.length)
  })

  test('draws below a bound without favouring small numbers', () => {
    const random = new SeededRandom(5)
    // Of 3 * 2^30 a plain remainder of 32-bit words would fall twice as often into the first third.
    const draws = Array.from({ length: 3000 }, () => random.nextBelow(3 * 2 ** 30))
    const low = draws.filter(draw => draw < 2 ** 30).length
    expect(low).toBeGreaterThan(900)
    expect(low).toBeLessThan(1100)
  })

  test('shuffles into every order equally often', () => {
    const random = new SeededRandom(7)
    const counts = new Map<string, number>()
    for (let i = 0; i < 6000; i++) {
      const values = Uint32Array.of(0, 1, 2)
      random.shuffle(values)
      counts.set(values.join(), (counts.get(values.join()) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    // Five standard deviations of a count whose mean is 1000.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(145)
  })
})
