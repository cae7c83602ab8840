import { describe, expect, it } from 'vitest'
import {
  discreteGaussianSumRdp,
  PrivacyAccountant,
  type PrivacyAccountantOptions,
  type PrivacyMechanism,
  perClientVariance,
  rdpCurve,
  rdpToEpsilon,
  skellamRdp,
} from '../../../src/secagg/privacy/index.ts'

const target = { noiseMultiplier: 4, l2Sensitivity: 50, minimumSurvivors: 60, assumedCorrupted: 10 }
const noise = { perClientVariance: perClientVariance(target), l2Sensitivity: 50, dimension: 100 }
const options: PrivacyAccountantOptions = {
  mechanism: { kind: 'discrete-gaussian', ...noise },
  delta: 1e-6,
  minimumSurvivors: 60,
  assumedCorrupted: 10,
}
const badPrivacy = expect.objectContaining({ code: 'bad-privacy' })

describe('the privacy accountant', () => {
  it('starts with nothing spent', () => {
    expect(new PrivacyAccountant(options).spent().epsilon).toBe(0)
  })

  it('charges each round for the noise it had: survivors less the corrupted', () => {
    for (const [kind, bound] of [
      ['discrete-gaussian', discreteGaussianSumRdp],
      ['skellam', skellamRdp],
    ] as const) {
      const accountant = new PrivacyAccountant({ ...options, mechanism: { kind, ...noise } })
      accountant.record({ cohort: 100, survivors: 90 })
      accountant.record({ cohort: 100, survivors: 61 })
      const [many, few] = [bound({ ...noise, shares: 80 }), bound({ ...noise, shares: 51 })]
      const expected = rdpToEpsilon(
        rdpCurve(order => many(order) + few(order)),
        1e-6,
      )
      expect(accountant.spent().epsilon).toBeCloseTo(expected.epsilon, 12)
      expect(accountant.rounds).toEqual([
        { cohort: 100, survivors: 90 },
        { cohort: 100, survivors: 61 },
      ])
    }
  })

  it('with the fewest survivors is as good as the central Gaussian that the noise was calibrated for', () => {
    const accountant = new PrivacyAccountant(options)
    const mechanism: PrivacyMechanism = { kind: 'gaussian', noiseMultiplier: 4 }
    const central = new PrivacyAccountant({ ...options, mechanism })
    accountant.record({ cohort: 100, survivors: 60 })
    central.record({ cohort: 100, survivors: 60 })
    expect(accountant.spent().epsilon).toBeLessThanOrEqual(central.spent().epsilon)
    expect(accountant.spent().epsilon).toBeGreaterThan(0.999 * central.spent().epsilon)
  })

  it('never charges more for more survivors, though tau grows with them', () => {
    const narrow = { perClientVariance: 0.6, l2Sensitivity: 5, dimension: 1000 }
    const more = discreteGaussianSumRdp({ ...narrow, shares: 900 })
    expect(more(2)).toBeGreaterThan(discreteGaussianSumRdp({ ...narrow, shares: 450 })(2))
    const spent = [60, 500, 1000, 100_000].map(survivors => {
      const accountant = new PrivacyAccountant({ ...options, mechanism: { kind: 'discrete-gaussian', ...narrow } })
      accountant.record({ cohort: survivors, survivors })
      return accountant.spent().epsilon
    })
    for (let i = 1; i < spent.length; i++) expect(spent[i]).toBeLessThanOrEqual(spent[0]!)
  })

  it('says infinity once a sum came out without honest noise', () => {
    const accountant = new PrivacyAccountant(options)
    accountant.record({ cohort: 100, survivors: 10 })
    expect(accountant.spent().epsilon).toBe(Number.POSITIVE_INFINITY)
    expect(accountant.budget(1e9).allowed).toBe(false)
  })

  it('allows rounds until the next one might exceed the budget, and never exceeds it', () => {
    const accountant = new PrivacyAccountant(options)
    let rounds = 0
    while (accountant.budget(3).allowed) {
      accountant.record({ cohort: 100, survivors: 60 + (rounds % 40) })
      rounds++
    }
    const { spent, afterNext } = accountant.budget(3)
    expect(rounds).toBeGreaterThan(3)
    expect(spent.epsilon).toBeLessThanOrEqual(3)
    expect(afterNext.epsilon).toBeGreaterThan(3)
    expect(spent).toEqual(accountant.spent('server'))
  })

  it('claims amplification by sampling against outsiders only, and for the central baseline only', () => {
    const central = new PrivacyAccountant({ ...options, mechanism: { kind: 'gaussian', noiseMultiplier: 1 } })
    const distributed = new PrivacyAccountant(options)
    const unsampled = new PrivacyAccountant({ ...options, mechanism: { kind: 'gaussian', noiseMultiplier: 1 } })
    for (const accountant of [central, distributed])
      accountant.record({ cohort: 80, survivors: 80, samplingRate: 0.01 })
    unsampled.record({ cohort: 80, survivors: 80 })
    expect(central.spent('outsiders').epsilon).toBeLessThan(central.spent('server').epsilon)
    expect(central.spent('server')).toEqual(unsampled.spent('outsiders'))
    expect(distributed.spent('outsiders')).toEqual(distributed.spent('server'))
  })

  it('works at a single order fixed in advance', () => {
    const accountant = new PrivacyAccountant({ ...options, orders: [20] })
    accountant.record({ cohort: 100, survivors: 70 })
    expect(accountant.spent().order).toBe(20)
    expect(accountant.spent().epsilon).toBeGreaterThan(0)
  })

  it('refuses at once what could not be accounted for later', () => {
    const wrong: Partial<PrivacyAccountantOptions>[] = [
      { delta: 0 },
      { delta: 1 },
      { minimumSurvivors: 10 },
      { minimumSurvivors: 0.5 },
      { assumedCorrupted: -1 },
      { orders: [] },
      { orders: [1] },
      { mechanism: { kind: 'discrete-gaussian', ...noise, perClientVariance: 0.3 } },
      { mechanism: { kind: 'laplace' } as never },
    ]
    for (const part of wrong) expect(() => new PrivacyAccountant({ ...options, ...part })).toThrow(badPrivacy)
  })

  it('refuses outcomes that cannot be, and leaves the account as it was', () => {
    const accountant = new PrivacyAccountant(options)
    const wrong = [
      { cohort: 10, survivors: 11 },
      { cohort: 10, survivors: 0 },
      { cohort: 1.5, survivors: 1 },
      { cohort: 10, survivors: 10, samplingRate: 2 },
    ]
    for (const outcome of wrong) expect(() => accountant.record(outcome)).toThrow(badPrivacy)
    expect(() => accountant.budget(0)).toThrow(badPrivacy)
    expect(accountant.rounds).toEqual([])
    expect(accountant.spent().epsilon).toBe(0)
  })
})
