import { describe, expect, it } from 'vitest'
import { DistributedPrivacy } from '../../../src/federated/privacy.ts'
import { planFederatedRound } from '../../../src/federated/round/plan.ts'
import { decodeSum, encodeInput, planEncoding, RingVector } from '../../../src/secagg/encoding/index.ts'
import { type PlanOptions, type PlanPrivacy, planAggregation } from '../../../src/secagg/planning/index.ts'
import { withNoise } from '../../../src/secagg/planning/noise.ts'
import { privateEncodingOf } from '../../../src/secagg/planning/options.ts'
import { discreteGaussianSumRdp, PrivacyAccountant } from '../../../src/secagg/privacy/index.ts'
import { seededRandom } from '../../../src/secagg/testing/index.ts'

const PRIVACY: PlanPrivacy = { epsilon: 8, rounds: 100 }
const OPTIONS: PlanOptions & { privacy: PlanPrivacy } = {
  clients: 40,
  dimension: 3000,
  bits: 12,
  corruptFraction: 0.05,
  dropoutFraction: 0.1,
  privacy: PRIVACY,
}

describe('planned noise', () => {
  it.each(['discrete-gaussian', 'skellam'] as const)(
    'is that of a federated round with the same budget: %s',
    mechanism => {
      const { noise, modulusBits, vectorLength } = planAggregation({ ...OPTIONS, privacy: { ...PRIVACY, mechanism } })
      const workers = Array.from({ length: 40 }, (_, i) => ({ id: `worker-${i}`, train: () => Promise.reject() }))
      const model = { schema: [{ name: 'weights', shape: [3000] }], parameters: new Float32Array(3000) }
      const believed = { minimumSurvivors: 36, assumedCorrupted: 2, delta: 1e-5, mechanism }
      const privacy = new DistributedPrivacy({ ...PRIVACY, ...believed })
      const round = planFederatedRound({
        model,
        workers,
        privacy,
        encoding: { bits: 12, clip: { kind: 'l2', bound: 1 } },
      })
      expect({ modulusBits, vectorLength }).toEqual({
        modulusBits: round.modulusBits,
        vectorLength: round.vectorLength,
      })
      expect(noise).toMatchObject({ mechanism, minimumSurvivors: 36, assumedCorrupted: 2, delta: 1e-5 })
      expect(noise!.noiseMultiplier).toBe(round.noise!.noiseMultiplier)
    },
  )

  it('keeps to the budget over all rounds, and spends it', () => {
    const { noise } = planAggregation(OPTIONS)
    const { epsilon, epsilonAfterOne, perClientVariance } = noise!
    expect(epsilon).toBeLessThanOrEqual(8)
    expect(epsilon).toBeGreaterThan(7.99)
    expect(epsilonAfterOne).toBeGreaterThan(epsilon / 100)
    expect(epsilonAfterOne).toBeLessThan(epsilon / 5)
    // Round after round by an accountant of one's own, with the sensitivity of the encoding.
    const encoding = planEncoding(
      withNoise(privateEncodingOf(OPTIONS), PRIVACY, { clients: 40, corrupted: 2, dropped: 4 }),
    )
    const { l2, dimension } = encoding.noise!.sensitivity
    const mechanism = { kind: 'discrete-gaussian' as const, perClientVariance, l2Sensitivity: l2, dimension }
    const accountant = new PrivacyAccountant({ mechanism, delta: 1e-5, minimumSurvivors: 36, assumedCorrupted: 2 })
    for (let round = 0; round < 100; round++) accountant.record({ cohort: 40, survivors: 36 })
    expect(accountant.spent().epsilon).toBeCloseTo(epsilon, 9)
  })

  it('foretells the error of a real mean, coordinate by coordinate and as a whole', async () => {
    for (const [bits, clip] of [
      [12, 1],
      [4, 3],
    ] as const) {
      const privacy = { ...PRIVACY, clip }
      const { noise } = planAggregation({ ...OPTIONS, bits, privacy })
      const spec = withNoise(privateEncodingOf({ ...OPTIONS, bits }, clip), privacy, {
        clients: 40,
        corrupted: 2,
        dropped: 4,
      })
      const plan = planEncoding(spec)
      const random = seededRandom(`error of ${bits} bits`)
      const values = Float64Array.from({ length: 3000 }, (_, i) => (clip * Math.sin(i)) / Math.sqrt(1600))
      const sum = RingVector.zeros(plan.length, plan.modulusBits)
      for (let i = 0; i < 36; i++) sum.add((await encodeInput(plan, { values }, random(16), random)).vector)
      const decoded = decodeSum(plan, sum.reduce(), 36)
      const squares = values.reduce((total, value, i) => total + (decoded.sum[i]! / 36 - value) ** 2, 0)
      // The mean of 3,000 squares is within 10 % of its expectation, and its root within 5 %.
      expect(Math.sqrt(squares / 3000) / noise!.expectedError).toBeGreaterThan(0.94)
      expect(Math.sqrt(squares / 3000) / noise!.expectedError).toBeLessThan(1.06)
      expect(noise!.expectedVectorError).toBeCloseTo(noise!.expectedError * Math.sqrt(3000), 9)
      expect(noise!.clip).toBe(clip)
    }
  })

  it('grows with the rounds and with what the server may know, and shrinks with the budget', () => {
    const deviation = (privacy: Partial<PlanPrivacy>, options: Partial<PlanOptions> = {}) =>
      planAggregation({ ...OPTIONS, ...options, privacy: { ...PRIVACY, ...privacy } }).noise!.noiseDeviation
    const usual = deviation({})
    expect(deviation({ rounds: 400 }) / usual).toBeGreaterThan(1.9)
    expect(deviation({ epsilon: 2 }) / usual).toBeGreaterThan(3)
    expect(deviation({ delta: 1e-9 })).toBeGreaterThan(usual)
    expect(deviation({ clip: 10 }) / usual).toBeCloseTo(10, 6)
    expect(deviation({}, { corruptFraction: 0.2 })).toBeGreaterThan(usual)
    expect(deviation({}, { clients: 80 }) / usual).toBeLessThan(0.55)
  })

  it('wraps around with a chance of 2^-40 at most', () => {
    for (const clients of [40, 1000, 100_000]) {
      for (const bits of [4, 16]) {
        const privacy = { epsilon: 0.5, rounds: 1000 }
        expect(planAggregation({ ...OPTIONS, clients, bits, privacy }).noise!.wrapProbability).toBeLessThanOrEqual(
          2 ** -40,
        )
      }
    }
  })

  it('takes delta below one in ten of the clients, and reaches a billion of them', () => {
    const { noise, modulusBits } = planAggregation({ ...OPTIONS, clients: 1e9, bits: 16 })
    expect(noise!.delta).toBeCloseTo(1e-10, 20)
    expect(noise!.minimumSurvivors).toBe(900_000_000)
    expect(noise!.epsilon).toBeLessThanOrEqual(8)
    expect(modulusBits).toBe(46)
  })

  it.each([
    [{ privacy: { epsilon: 0, rounds: 1 } }, 'bad-privacy', 'epsilon'],
    [{ privacy: { epsilon: 1, rounds: 0 } }, 'bad-privacy', 'rounds'],
    [{ privacy: { epsilon: 1, rounds: 1, delta: 2 } }, 'bad-privacy', 'delta'],
    [{ privacy: { epsilon: 1, rounds: 1, clip: 0 } }, 'encoding-spec', 'clip'],
    [{ privacy: { ...PRIVACY, mechanism: 'skellam' as const }, bits: 2, clients: 1e6 }, 'encoding-spec', 'raise bits'],
  ])('is refused where there can be none: %o', (changes, code, message) => {
    const refused = expect.objectContaining({ name: 'UsageError', code, message: expect.stringContaining(message) })
    expect(() => planAggregation({ ...OPTIONS, ...changes })).toThrow(refused)
  })

  it('is not certain when all who stay may be corrupted', () => {
    const beliefs = { clients: 10, corrupted: 5, dropped: 5 }
    expect(() => withNoise(privateEncodingOf(OPTIONS), PRIVACY, beliefs)).toThrow(/no noise is certain/)
  })
})

describe('the bound on sums of discrete Gaussians', () => {
  it('is an upper bound beyond a million shares too, and as good as exact', () => {
    const [shares, variance, dimension, l2] = [2 ** 20 + 300_000, 0.6, 10, 4]
    let tau = 0
    for (let k = 1; k < shares; k++) tau += 10 * Math.exp((-2 * Math.PI ** 2 * variance * k) / (k + 1))
    // The three bounds at order 2, of which the least counts.
    const deviation = Math.sqrt(shares * variance)
    const first = (l2 / deviation) ** 2 + tau * dimension
    const l1 = Math.min(Math.sqrt(dimension) * l2, l2 ** 2)
    const second = (l2 / deviation) ** 2 + (2 * l1 * tau) / deviation + tau ** 2 * dimension
    const third = (l2 / deviation + tau * Math.sqrt(dimension)) ** 2
    const exact = Math.min(first, second, third)
    const bound = discreteGaussianSumRdp({ shares, perClientVariance: variance, dimension, l2Sensitivity: l2 })(2)
    expect(bound).toBeGreaterThanOrEqual(exact)
    expect(bound / exact).toBeLessThan(1 + 1e-4)
  })
})
