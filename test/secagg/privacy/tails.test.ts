import { describe, expect, it } from 'vitest'
import { fillNoise } from '../../../src/secagg/privacy/index.ts'
import { logTail, type SummedNoise, tailBound } from '../../../src/secagg/privacy/tails.ts'
import { seededRandom } from '../../../src/secagg/testing/index.ts'

const NOISES: SummedNoise[] = [
  { kind: 'discrete-gaussian', perClientVariance: 30, shares: 10 },
  { kind: 'discrete-gaussian', perClientVariance: 0.5, shares: 1 },
  { kind: 'skellam', perClientVariance: 30, shares: 10 },
  { kind: 'skellam', perClientVariance: 0.5, shares: 1 },
]

/** Pr[|x| >= t] of one distribution, summed up from its probabilities: exp(-x^2 / 2s^2), or Bessel's by convolution. */
function exactTail({ kind, perClientVariance, shares }: SummedNoise, threshold: number): number {
  const reach = 120
  const variance = perClientVariance * shares
  const weights: number[] = []
  if (kind === 'discrete-gaussian') for (let x = 0; x <= reach; x++) weights.push(Math.exp((-x * x) / (2 * variance)))
  else {
    const poisson = [Math.exp(-variance / 2)]
    for (let k = 1; k <= 2 * reach + 200; k++) poisson.push((poisson[k - 1]! * variance) / 2 / k)
    for (let x = 0; x <= reach; x++) {
      let total = 0
      for (let k = 0; k + x < poisson.length; k++) total += poisson[k]! * poisson[k + x]!
      weights.push(total)
    }
  }
  const all = weights[0]! + 2 * weights.slice(1).reduce((total, weight) => total + weight, 0)
  return (2 * weights.slice(threshold).reduce((total, weight) => total + weight, 0)) / all
}

describe('the tail of summed noise', () => {
  it('is never below the exact tail of one distribution of the same variance', () => {
    for (const noise of NOISES) {
      for (let threshold = 1; threshold < 60; threshold++) {
        const exact = exactTail(noise, threshold)
        expect(Math.exp(logTail(noise, threshold))).toBeGreaterThanOrEqual(exact * (1 - 1e-9))
      }
    }
  })

  it('is no more than some times the exact one, where it matters', () => {
    for (const noise of NOISES.filter(({ shares }) => shares > 1)) {
      const threshold = Math.ceil(5 * Math.sqrt(300))
      expect(Math.exp(logTail(noise, threshold))).toBeLessThan(20 * exactTail(noise, threshold))
    }
  })

  it('is a probability: at most 1, and 1 at nothing', () => {
    for (const noise of NOISES) expect(logTail(noise, 0)).toBe(0)
  })

  it('is found back from its probability, from above', () => {
    for (const noise of NOISES) {
      for (const log of [-1, -10, -27.7, -100]) {
        const bound = tailBound(noise, log)
        expect(logTail(noise, bound)).toBeLessThanOrEqual(log)
        expect(logTail(noise, bound * 0.999)).toBeGreaterThan(log)
      }
    }
  })

  it('holds for sums of sampled noise', () => {
    const noise = { kind: 'discrete-gaussian', perClientVariance: 2, shares: 4 } as const
    const sum = new Int32Array(20_000)
    const share = new Int32Array(20_000)
    for (let i = 0; i < 4; i++) {
      fillNoise(share, { kind: noise.kind, variance: 2 }, seededRandom(i))
      for (let j = 0; j < sum.length; j++) sum[j]! += share[j]!
    }
    const beyond = sum.filter(value => Math.abs(value) >= 8).length / sum.length
    expect(beyond).toBeLessThan(Math.exp(logTail(noise, 8)))
    expect(beyond).toBeGreaterThan(0)
  })
})
