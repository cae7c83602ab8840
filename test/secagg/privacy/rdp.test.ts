import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { logMomentByQuadrature, logMomentByTerms } from '../../../src/secagg/privacy/gaussian-rdp.ts'
import {
  composeRdp,
  DEFAULT_ORDERS,
  discreteGaussianSumRdp,
  gaussianRdp,
  perClientVariance,
  rdpCurve,
  rdpToDelta,
  rdpToEpsilon,
  skellamRdp,
  subsampledGaussianRdp,
} from '../../../src/secagg/privacy/index.ts'
import { convolve, shiftDivergence, type Table, tabulate } from './exact.ts'

const ORDERS = [1.5, 2, 3, 4.5, 8, 16]
const badPrivacy = expect.objectContaining({ code: 'bad-privacy' })

function discreteGaussianTable(variance: number, shares: number): Table {
  const one = tabulate(Math.ceil(14 * Math.sqrt(variance)) + 2, x => Math.exp((-x * x) / (2 * variance)))
  let sum = one
  for (let i = 1; i < shares; i++) sum = convolve(sum, one)
  return sum
}

function skellamTable(variance: number): Table {
  const reach = Math.ceil(8 * variance + 20)
  const poisson: number[] = [Math.exp(-variance / 2)]
  for (let k = 1; k <= 3 * reach; k++) poisson.push((poisson[k - 1]! * variance) / (2 * k))
  return tabulate(reach, x => poisson.reduce((sum, p, k) => sum + p * (poisson[k + Math.abs(x)] ?? 0), 0))
}

describe('the sampled Gaussian mechanism', () => {
  it('has the same moments by the binomial theorem and by quadrature', () => {
    const rates = fc.double({ min: 1e-3, max: 0.99, noNaN: true })
    const multipliers = fc.double({ min: 0.3, max: 30, noNaN: true })
    fc.assert(
      fc.property(rates, multipliers, fc.integer({ min: 2, max: 40 }), (q, z, order) => {
        const exact = logMomentByTerms(q, z, order)
        expect(Math.abs(logMomentByQuadrature(q, z, order) - exact)).toBeLessThan(1e-11 * Math.max(1, exact))
      }),
      { seed: 11, numRuns: 60 },
    )
  })

  it('is the Gaussian mechanism at rate 1, cheaper below, and grows with the order', () => {
    const [whole, sampled] = [gaussianRdp({ noiseMultiplier: 1.5 }), { noiseMultiplier: 1.5, samplingRate: 0.2 }]
    let before = 0
    for (const order of DEFAULT_ORDERS) {
      expect(subsampledGaussianRdp({ noiseMultiplier: 1.5, samplingRate: 1 })(order)).toBe(whole(order))
      const value = subsampledGaussianRdp(sampled)(order)
      expect(value).toBeLessThan(whole(order))
      expect(value).toBeGreaterThan(before)
      before = value
    }
  })

  it('keeps its digits where next to nothing is lost', () => {
    // To first order, A - 1 = C(2, 2) q^2 (exp(1 / z^2) - 1): far below the last digit of A itself.
    expect(subsampledGaussianRdp({ noiseMultiplier: 2, samplingRate: 1e-9 })(2)).toBeCloseTo(
      1e-18 * Math.expm1(0.25),
      30,
    )
  })

  it('refuses what is no mechanism', () => {
    for (const noiseMultiplier of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => gaussianRdp({ noiseMultiplier })).toThrow(badPrivacy)
    }
    for (const samplingRate of [0, 1.1, Number.NaN]) {
      expect(() => subsampledGaussianRdp({ noiseMultiplier: 1, samplingRate })).toThrow(badPrivacy)
    }
  })
})

describe('distributed noise', () => {
  const one = { l2Sensitivity: 1, dimension: 1 }

  it.each([
    [0.5, 2],
    [0.5, 6],
    [0.8, 4],
    [1, 3],
    [3, 5],
  ])('a sum of discrete Gaussians of variance %d from %d clients loses no more than the bound', (variance, shares) => {
    const sum = discreteGaussianTable(variance, shares)
    const bound = discreteGaussianSumRdp({ ...one, shares, perClientVariance: variance })
    for (const order of ORDERS) {
      const exact = shiftDivergence(sum, 1, order)
      expect(exact).toBeGreaterThan(0)
      expect(exact).toBeLessThanOrEqual(bound(order) * (1 + 1e-9))
    }
  })

  it.each([1, 2, 3])('a Skellam variable loses no more than the bound, for a change by %d', shift => {
    for (const variance of [1, 4, 20]) {
      const table = skellamTable(variance)
      const noise = { l2Sensitivity: shift, l1Sensitivity: shift, dimension: 1 }
      const bound = skellamRdp({ ...noise, shares: 1, perClientVariance: variance })
      for (const order of ORDERS) {
        const exact = shiftDivergence(table, shift, order)
        expect(exact).toBeGreaterThan(0)
        expect(exact).toBeLessThanOrEqual(bound(order) * (1 + 1e-9))
      }
    }
  })

  it('approaches the central Gaussian as the variance grows', () => {
    const noise = { shares: 50, perClientVariance: 1e4, l2Sensitivity: 500, dimension: 1000 }
    const central = gaussianRdp({ noiseMultiplier: Math.sqrt(50 * 1e4) / 500 })
    for (const order of [2, 5, 32]) {
      expect(discreteGaussianSumRdp(noise)(order) / central(order)).toBeCloseTo(1, 9)
      expect(skellamRdp(noise)(order)).toBeGreaterThan(central(order))
      expect(skellamRdp(noise)(order) / central(order)).toBeLessThan(1.001)
    }
  })

  it('charges tau for summing narrow discrete Gaussians, by each of its three bounds', () => {
    const tau = (variance: number, n: number) => {
      let sum = 0
      for (let k = 1; k < n; k++) sum += 10 * Math.exp(-2 * Math.PI * Math.PI * variance * (k / (k + 1)))
      return sum
    }
    const noise = { shares: 8, perClientVariance: 0.6, l2Sensitivity: 2 }
    const s = Math.sqrt(8 * 0.6)
    const t = tau(0.6, 8)
    for (const [dimension, order] of [
      [1, 2],
      [1, 64],
      [10_000, 2],
      [10_000, 64],
    ] as const) {
      const l1 = Math.min(2 * Math.sqrt(dimension), 4)
      expect(discreteGaussianSumRdp({ ...noise, dimension })(order)).toBeCloseTo(
        Math.min(
          (order / 2) * (4 / s ** 2) + t * dimension,
          (order / 2) * (4 / s ** 2 + (2 * l1 * t) / s + t * t * dimension),
          (order / 2) * (2 / s + t * Math.sqrt(dimension)) ** 2,
        ),
        9,
      )
    }
  })

  it('takes the next whole order for Skellam noise, and refuses sums of too narrow discrete Gaussians', () => {
    const noise = { ...one, shares: 3, perClientVariance: 2 }
    expect(skellamRdp(noise)(2.3)).toBe(skellamRdp(noise)(3))
    expect(() => discreteGaussianSumRdp({ ...noise, perClientVariance: 0.4 })).toThrow(badPrivacy)
    expect(discreteGaussianSumRdp({ ...noise, shares: 1, perClientVariance: 0.4 })(2)).toBeCloseTo(2.5, 12)
    for (const wrong of [
      { shares: 0 },
      { shares: 1.5 },
      { dimension: 0 },
      { l2Sensitivity: 0 },
      { perClientVariance: -1 },
    ]) {
      expect(() => skellamRdp({ ...noise, ...wrong })).toThrow(badPrivacy)
    }
  })
})

describe('the variance of each client', () => {
  const target = { noiseMultiplier: 1.1, l2Sensitivity: 300, minimumSurvivors: 70, assumedCorrupted: 20 }

  it('leaves the noise asked for with the fewest survivors and without the corrupted, and at most 1/2048 more', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.double({ min: 0.5, max: 1e6, noNaN: true }),
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 0, max: 1000 }),
        (noiseMultiplier, l2Sensitivity, honest, assumedCorrupted) => {
          const minimumSurvivors = honest + assumedCorrupted
          const each = perClientVariance({ noiseMultiplier, l2Sensitivity, minimumSurvivors, assumedCorrupted })
          const ratio = (each * honest) / (noiseMultiplier * l2Sensitivity) ** 2
          expect(ratio).toBeGreaterThanOrEqual(1 - 1e-15)
          expect(ratio).toBeLessThanOrEqual(1 + 2 ** -11 + 1e-12)
        },
      ),
      { seed: 5, numRuns: 200 },
    )
    expect(perClientVariance(target)).toBeGreaterThan(perClientVariance({ ...target, assumedCorrupted: 0 }))
  })

  it('cannot be had where nobody honest is sure to survive', () => {
    expect(() => perClientVariance({ ...target, assumedCorrupted: 70 })).toThrow('nobody is left')
    expect(() => perClientVariance({ ...target, noiseMultiplier: 0 })).toThrow(badPrivacy)
    expect(() => perClientVariance({ ...target, minimumSurvivors: 1.5 })).toThrow(badPrivacy)
  })
})

describe('conversion', () => {
  const curve = rdpCurve(gaussianRdp({ noiseMultiplier: 1 }))

  it('there and back: the delta of the epsilon of delta is delta', () => {
    for (const delta of [1e-3, 1e-6, 1e-9]) {
      const { epsilon } = rdpToEpsilon(curve, delta)
      expect(rdpToDelta(curve, epsilon).delta / delta).toBeCloseTo(1, 9)
    }
  })

  it('never promises more than the Gaussian mechanism truly keeps', () => {
    // Its exact delta: Phi(D/2 - eps/D) - e^eps Phi(-D/2 - eps/D) (Balle and Wang 2018, theorem 8), by quadrature.
    const trueDelta = (epsilon: number) => {
      const step = 1e-3
      let sum = 0
      for (let x = -12; x < 14; x += step) {
        const excess = Math.exp(-((x - 1) ** 2) / 2) - Math.exp(epsilon - (x * x) / 2)
        if (excess > 0) sum += excess * step
      }
      return sum / Math.sqrt(2 * Math.PI)
    }
    for (const delta of [1e-2, 1e-4, 1e-6]) {
      const true_ = trueDelta(rdpToEpsilon(curve, delta).epsilon)
      expect(true_).toBeLessThan(delta)
      expect(true_).toBeGreaterThan(delta / 50)
    }
  })

  it('is free where the two outcomes can hardly be told apart, and never negative', () => {
    expect(
      rdpToEpsilon(
        rdpCurve(() => 1e-14),
        1e-5,
      ).epsilon,
    ).toBe(0)
    expect(
      rdpToEpsilon(
        rdpCurve(() => 0.01),
        0.09,
      ).epsilon,
    ).toBeGreaterThanOrEqual(0)
    expect(
      rdpToDelta(
        rdpCurve(() => 50),
        0,
      ).delta,
    ).toBe(1)
  })

  it('composes by addition over one grid, and refuses to mix grids', () => {
    const twice = composeRdp([curve, curve])
    expect(rdpToEpsilon(twice, 1e-6)).toEqual(
      rdpToEpsilon(
        rdpCurve(order => order),
        1e-6,
      ),
    )
    expect(() => composeRdp([curve, rdpCurve(order => order, [2])])).toThrow(badPrivacy)
    expect(() => composeRdp([])).toThrow(badPrivacy)
    expect(() => rdpCurve(order => order, [1])).toThrow(badPrivacy)
    expect(() => rdpToEpsilon(curve, 0)).toThrow(badPrivacy)
    expect(() => rdpToDelta(curve, -1)).toThrow(badPrivacy)
  })
})
