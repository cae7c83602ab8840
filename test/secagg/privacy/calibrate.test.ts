import { describe, expect, it } from 'vitest'
import {
  type CalibrationTarget,
  noiseMultiplierFor,
  PrivacyAccountant,
  perClientVariance,
} from '../../../src/secagg/privacy/index.ts'

const TARGET: CalibrationTarget = {
  kind: 'discrete-gaussian',
  epsilon: 4,
  delta: 1e-6,
  rounds: 20,
  l2Sensitivity: 4000,
  dimension: 10_000,
  minimumSurvivors: 80,
  assumedCorrupted: 5,
}

/** Epsilon of the rounds that the target speaks of, recorded one after the other. */
function epsilonWith(target: CalibrationTarget, noiseMultiplier: number): number {
  const { kind, l2Sensitivity, dimension, delta, minimumSurvivors, assumedCorrupted } = target
  const variance = perClientVariance({ ...target, noiseMultiplier })
  const mechanism =
    kind === 'gaussian' ? { kind, noiseMultiplier } : { kind, perClientVariance: variance, l2Sensitivity, dimension }
  const accountant = new PrivacyAccountant({ mechanism, delta, minimumSurvivors, assumedCorrupted })
  for (let i = 0; i < target.rounds; i++) accountant.record({ cohort: 100, survivors: minimumSurvivors })
  return accountant.spent().epsilon
}

describe('the calibrated noise multiplier', () => {
  it.each(['discrete-gaussian', 'skellam', 'gaussian'] as const)(
    'keeps %s noise to the budget, and hardly below',
    kind => {
      for (const epsilon of [0.5, 4, 20]) {
        const target = { ...TARGET, kind, epsilon }
        const multiplier = noiseMultiplierFor(target)
        expect(epsilonWith(target, multiplier)).toBeLessThanOrEqual(epsilon)
        expect(epsilonWith(target, multiplier * 0.998)).toBeGreaterThan(epsilon)
      }
    },
  )

  it('is that of continuous noise on a fine grid, and more on a coarse one', () => {
    const central = noiseMultiplierFor({ ...TARGET, kind: 'gaussian' })
    expect(noiseMultiplierFor(TARGET) / central).toBeCloseTo(1, 2)
    const coarse = noiseMultiplierFor({ ...TARGET, l2Sensitivity: 0.5 })
    expect(coarse / central).toBeGreaterThan(1.2)
  })

  it('grows with the rounds, roughly by their root', () => {
    const of = (rounds: number) => noiseMultiplierFor({ ...TARGET, kind: 'gaussian', rounds })
    expect(of(400) / of(100)).toBeGreaterThan(1.8)
    expect(of(400) / of(100)).toBeLessThan(2.1)
  })

  it.each([
    [{ epsilon: 0 }, /epsilon must be a positive number/],
    [{ rounds: 0 }, /rounds must be a whole number from 1/],
    [{ epsilon: 1e-9 }, /raise epsilon, or lower rounds/],
    [{ assumedCorrupted: 80 }, /nobody is left to add noise/],
  ])('refuses %j', (change, message) => {
    expect(() => noiseMultiplierFor({ ...TARGET, ...change })).toThrow(message)
  })
})
