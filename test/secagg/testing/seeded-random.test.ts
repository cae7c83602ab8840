import { describe, expect, it } from 'vitest'
import { combineShares } from '../../../src/secagg/primitives/shamir.ts'
import { randomBelow, seededRandom, seededSplitter } from '../../../src/secagg/testing/index.ts'

describe('seededRandom', () => {
  it('gives the same bytes for the same seed, however they are asked for', () => {
    const whole = seededRandom('seed')(20_000)
    const random = seededRandom('seed')
    const parts = [1, 15, 240, 256, 1000, 8000, 10_488].map(length => random(length))
    expect(Uint8Array.from(parts.flatMap(part => [...part]))).toEqual(whole)
  })

  it('never repeats a block of its stream', () => {
    const stream = seededRandom(1)(64_000)
    const blocks = new Set(Array.from({ length: 4000 }, (_, i) => stream.slice(16 * i, 16 * i + 16).join()))
    expect(blocks.size).toBe(4000)
  })

  it('keeps numbers, text and bytes apart', () => {
    const seeds = [7, '7', Uint8Array.of(0x37), 7.5, -7, '', new Uint8Array(0)]
    expect(new Set(seeds.map(seed => seededRandom(seed)(16).join())).size).toBe(seeds.length)
  })

  it('forks by label, whatever was drawn before', () => {
    const fresh = seededRandom(3).fork('a')(16)
    const used = seededRandom(3)
    used(1000)
    expect(used.fork('a')(16)).toEqual(fresh)
    const others = [used.fork('b'), used.fork('a').fork('b'), used.fork('').fork('ab'), seededRandom(3)]
    expect(new Set([fresh, ...others.map(random => random(16))].map(bytes => bytes.join())).size).toBe(5)
  })

  it('gives bytes that the caller may overwrite', () => {
    const random = seededRandom(4)
    random(8).fill(0)
    const again = seededRandom(4)
    again(8)
    expect(random(8)).toEqual(again(8))
  })

  it('is pinned: a change of the stream would change every recorded simulation', () => {
    const hex = Array.from(seededRandom(1)(16), byte => byte.toString(16).padStart(2, '0')).join('')
    expect(hex).toBe('83d905e33398b66a956bba4982f77af3')
  })

  it('refuses a seed that is none', () => {
    expect(() => seededRandom(Number.NaN)).toThrowError(expect.objectContaining({ code: 'bad-seed' }))
    expect(() => seededRandom(undefined as unknown as number)).toThrowError(
      expect.objectContaining({ code: 'bad-seed' }),
    )
  })
})

describe('randomBelow', () => {
  it('gives every number below its bound about as often', () => {
    const random = seededRandom('die')
    const counts = [0, 0, 0, 0, 0, 0]
    for (let i = 0; i < 6000; i++) counts[randomBelow(random, 6)]!++
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
    expect(chiSquare).toBeLessThan(20.52) // 5 degrees of freedom, alpha 0.001
  })
})

describe('seededSplitter', () => {
  it('splits as the real splitter does, and the same way each time', async () => {
    const secret = seededRandom('secret')(32)
    const shares = await seededSplitter(seededRandom('split'))(secret, 7, 4)
    expect(await seededSplitter(seededRandom('split'))(secret, 7, 4)).toEqual(shares)
    expect(combineShares([shares[6]!, shares[1]!, shares[4]!, shares[2]!], 4)).toEqual(secret)
  })
})
