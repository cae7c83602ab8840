import { describe, expect, it } from 'vitest'
import { bernoulliExp } from '../../../src/secagg/privacy/bernoulli-exp.ts'
import {
  discreteGaussian,
  discreteLaplace,
  fillNoise,
  type NoiseDistribution,
  skellam,
} from '../../../src/secagg/privacy/index.ts'
import { RandomBits } from '../../../src/secagg/privacy/random-bits.ts'
import { positiveRational } from '../../../src/secagg/privacy/rational.ts'
import { poissonSampler } from '../../../src/secagg/privacy/skellam.ts'
import { seededRandom } from '../../../src/secagg/testing/index.ts'
import { fitDeviate } from './fit.ts'

const SAMPLES = 20_000

function samplesOf(distribution: NoiseDistribution, count: number = SAMPLES): number[] {
  const target = new Int32Array(count)
  fillNoise(target, distribution, seededRandom(JSON.stringify(distribution)))
  return [...target]
}

/** Pr[x] of a weight function over -range .. range. */
function normalized(weight: (x: number) => number, range: number): (x: number) => number {
  let total = 0
  for (let x = -range; x <= range; x++) total += weight(x)
  return x => weight(x) / total
}

function poissonPmf(mean: number): (k: number) => number {
  return k => {
    let log = -mean
    for (let i = 1; i <= k; i++) log += Math.log(mean / i)
    return k < 0 ? 0 : Math.exp(log)
  }
}

function skellamPmf(variance: number): (x: number) => number {
  const poisson = poissonPmf(variance / 2)
  const range = Math.ceil(variance + 12 * Math.sqrt(variance) + 20)
  const table = Array.from({ length: range + 1 }, (_, k) => poisson(k))
  return x => table.reduce((sum, p, k) => sum + p * (table[k + Math.abs(x)] ?? 0), 0)
}

/** A source whose uniforms are all the multiples of 2^-16 in turn: probabilities become counts. */
function everyChunk(): (length: number) => Uint8Array {
  let next = 0
  return length => {
    const bytes = new Uint8Array(length)
    for (let i = 0; i < length; i += 2, next++) {
      bytes[i] = next & 255
      bytes[i + 1] = (next >> 8) & 255
    }
    return bytes
  }
}

describe('coins', () => {
  it.each([
    [1, 2],
    [3, 256],
    [40_000, 65_536],
    [0, 7],
    [5, 5],
  ])('of bias %i / %i come up exactly that often over all 16-bit uniforms', (numerator, denominator) => {
    const bits = new RandomBits(everyChunk())
    let heads = 0
    for (let i = 0; i < 65_536; i++) if (bits.coin(numerator, denominator)) heads++
    expect(heads * denominator).toBe(numerator * 65_536)
  })

  it('read on where 16 bits do not decide', () => {
    // 1/3 = 0.5555... in base 2^16, digit by digit; a uniform that agrees for two digits is decided by the third.
    const digits = (third: number) =>
      new RandomBits(length => {
        const bytes = new Uint8Array(length).fill(0x55)
        bytes[4] = third
        return bytes
      })
    expect(digits(0x54).coin(1, 3)).toBe(true)
    expect(digits(0x56).coin(1, 3)).toBe(false)
    const wide = 3n * 2n ** 60n
    expect(digits(0x54).bigCoin(2n ** 60n, wide)).toBe(true)
    expect(digits(0x56).bigCoin(2n ** 60n, wide)).toBe(false)
  })

  it('decide alike for numbers and for BigInts', () => {
    const [a, b] = [new RandomBits(seededRandom('alike')), new RandomBits(seededRandom('alike'))]
    const scale = 2n ** 80n
    for (let i = 0; i < 2000; i++) {
      expect(a.coin(i % 17, 17)).toBe(b.bigCoin(BigInt(i % 17) * scale, 17n * scale))
    }
  })

  it('draw uniform integers below any bound', () => {
    const bits = new RandomBits(seededRandom('below'))
    for (const bound of [1, 2, 3, 10, 65_537]) {
      const values = Array.from({ length: 5000 }, () => bits.below(bound))
      expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...values)).toBeLessThan(bound)
      const mean = values.reduce((sum, x) => sum + x, 0) / values.length
      expect(Math.abs(mean - (bound - 1) / 2)).toBeLessThanOrEqual((4 * bound) / Math.sqrt(12 * values.length))
    }
  })
})

describe('Bernoulli(exp(-x))', () => {
  it.each([
    [0n, 1n],
    [1n, 1n],
    [1n, 3n],
    [7n, 3n],
    [2n ** 70n, 2n ** 71n],
    [1n, 1000n],
  ])('comes up with probability exp(-%d / %d)', (numerator, denominator) => {
    const bits = new RandomBits(seededRandom(`exp ${numerator}/${denominator}`))
    const p = Math.exp(-Number(numerator) / Number(denominator))
    let heads = 0
    for (let i = 0; i < SAMPLES; i++) if (bernoulliExp(bits, numerator, denominator)) heads++
    if (p === 1) expect(heads).toBe(SAMPLES)
    else expect(Math.abs(heads - SAMPLES * p) / Math.sqrt(SAMPLES * p * (1 - p))).toBeLessThan(4)
  })
})

describe('samples follow their distribution', () => {
  it.each([0.1, 0.5, 1, 2.75, 50])('discrete Gaussian of variance %d', variance => {
    const pmf = normalized(x => Math.exp((-x * x) / (2 * variance)), 200)
    expect(fitDeviate(samplesOf({ kind: 'discrete-gaussian', variance }), pmf)).toBeLessThan(3.5)
  })

  it.each([0.3, 1, 2.5, 20])('discrete Laplace of scale %d', scale => {
    const pmf = normalized(x => Math.exp(-Math.abs(x) / scale), 2000)
    expect(fitDeviate(samplesOf({ kind: 'discrete-laplace', scale }), pmf)).toBeLessThan(3.5)
  })

  it.each([0.2, 1, 3.75, 60])('Skellam of variance %d', variance => {
    expect(fitDeviate(samplesOf({ kind: 'skellam', variance }), skellamPmf(variance))).toBeLessThan(3.5)
  })

  it.each([0.4, 1, 4, 12.5, 90])('Poisson of mean %d', mean => {
    const sample = poissonSampler(positiveRational('mean', mean))
    const bits = new RandomBits(seededRandom(`poisson ${mean}`))
    const samples = Array.from({ length: SAMPLES }, () => sample(bits))
    expect(fitDeviate(samples, poissonPmf(mean))).toBeLessThan(3.5)
  })

  it('a wrong variance is noticed by the same measure', () => {
    const pmf = normalized(x => Math.exp((-x * x) / (2 * 55)), 200)
    expect(fitDeviate(samplesOf({ kind: 'discrete-gaussian', variance: 50 }), pmf)).toBeGreaterThan(3.5)
  })

  const wide: readonly [NoiseDistribution, number][] = [
    [{ kind: 'discrete-gaussian', variance: 1e9 }, 1e9],
    [{ kind: 'discrete-gaussian', variance: 1 / 3 + 1e5 }, 1e5],
    [{ kind: 'skellam', variance: 12_345.678 }, 12_345.678],
    [{ kind: 'discrete-laplace', scale: 1e5 / 3 }, 2 * (1e5 / 3) ** 2],
  ]
  it.each(wide)('moments of wide noise: %o', (distribution, variance) => {
    const n = 4000
    const samples = samplesOf(distribution, n)
    const mean = samples.reduce((sum, x) => sum + x, 0) / n
    const square = samples.reduce((sum, x) => sum + x * x, 0) / n
    const kurtosis = distribution.kind === 'discrete-laplace' ? 6 : 3
    expect(Math.abs(mean) / Math.sqrt(variance / n)).toBeLessThan(4)
    expect(Math.abs(square / variance - 1) / Math.sqrt((kurtosis - 1) / n)).toBeLessThan(4)
  })
})

describe('the noise functions', () => {
  it('draw single samples of the platform, and of a seed the same ones as the bulk form', () => {
    for (const one of [discreteGaussian(4), discreteLaplace(4), skellam(4)])
      expect(Number.isSafeInteger(one)).toBe(true)
    const bulk = new BigInt64Array(1)
    fillNoise(bulk, { kind: 'skellam', variance: 900 }, seededRandom(3))
    expect(Number(bulk[0])).toBe(skellam(900, seededRandom(3)))
  })

  it('take fractions, which doubles cannot hold', () => {
    const third = { numerator: 200n, denominator: 3n }
    const target = new BigInt64Array(2000)
    fillNoise(target, { kind: 'discrete-gaussian', variance: third }, seededRandom('third'))
    const pmf = normalized(x => Math.exp((-x * x * 3) / 400), 200)
    expect(fitDeviate(Array.from(target, Number), pmf)).toBeLessThan(3.5)
  })

  it('refuse parameters that are no distribution', () => {
    for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, { numerator: 1n, denominator: 0n }]) {
      expect(() => discreteGaussian(bad)).toThrow(expect.objectContaining({ code: 'bad-noise' }))
      expect(() => discreteLaplace(bad)).toThrow(expect.objectContaining({ code: 'bad-noise' }))
      expect(() => skellam(bad)).toThrow(expect.objectContaining({ code: 'bad-noise' }))
    }
    expect(() => discreteGaussian(2 ** 65)).toThrow('2^64')
    expect(() => discreteLaplace(2 ** 41)).toThrow('2^40')
    expect(() => skellam(2 ** 31)).toThrow('2^30')
    expect(() => fillNoise(new Int32Array(1), { kind: 'normal' } as never)).toThrow('discrete-gaussian')
  })

  it('refuse to fill 32 bits with what may not fit', () => {
    const distribution: NoiseDistribution = { kind: 'discrete-gaussian', variance: 2 ** 50 }
    expect(() => fillNoise(new Int32Array(1), distribution)).toThrow(
      expect.objectContaining({ code: 'noise-too-wide' }),
    )
    const target = new BigInt64Array(20)
    fillNoise(target, distribution, seededRandom('wide'))
    expect(target.some(x => x > 2n ** 20n)).toBe(true)
  })
})
