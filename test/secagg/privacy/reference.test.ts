import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DEFAULT_ORDERS, PrivacyAccountant } from '../../../src/secagg/privacy/index.ts'

interface Setting {
  readonly noiseMultiplier: number
  readonly rounds: number
  readonly samplingRate: number
  readonly delta: number
  /** By dp-accounting. */
  readonly epsilon: number
  /** By dp-accounting, but with the integral itself at orders that are not whole. */
  readonly exactEpsilon: number
  /** By dp-accounting over the whole orders alone: there it is exact. */
  readonly wholeEpsilon: number
  /** dp-accounting leaves the best order out, as its series does not converge there: its figure is far above. */
  readonly orderLeftOut: boolean
}

/** Recorded by scripts/reference-accountant.py. */
const reference = JSON.parse(readFileSync(new URL('./reference.json', import.meta.url), 'utf8')) as {
  readonly tool: string
  readonly orders: readonly number[]
  readonly settings: readonly Setting[]
}

function epsilonOf({ noiseMultiplier, rounds, samplingRate, delta }: Setting, orders = DEFAULT_ORDERS): number {
  const accountant = new PrivacyAccountant({
    mechanism: { kind: 'gaussian', noiseMultiplier },
    delta,
    orders,
    minimumSurvivors: 1,
    assumedCorrupted: 0,
  })
  accountant.record({ cohort: 10, survivors: 10, samplingRate }, rounds)
  return accountant.spent('outsiders').epsilon
}

describe(`the accountant beside ${reference.tool}`, () => {
  it('uses the same orders, over at least 50 settings', () => {
    expect(reference.orders).toEqual(DEFAULT_ORDERS)
    expect(reference.settings.length).toBeGreaterThanOrEqual(50)
    expect(reference.settings.filter(setting => setting.orderLeftOut).length).toBeLessThanOrEqual(2)
    const spread = (key: keyof Setting) => new Set(reference.settings.map(setting => setting[key])).size
    for (const key of ['noiseMultiplier', 'rounds', 'samplingRate', 'delta'] as const) {
      expect(spread(key)).toBeGreaterThanOrEqual(4)
    }
  })

  it.each(reference.settings)('noise $noiseMultiplier, $rounds rounds at rate $samplingRate, delta $delta', setting => {
    const epsilon = epsilonOf(setting)
    expect(epsilon).toBeLessThanOrEqual(setting.epsilon * 1.01)
    if (!setting.orderLeftOut) expect(epsilon).toBeGreaterThanOrEqual(setting.epsilon * 0.99)
    expect(epsilon).toBeGreaterThanOrEqual(setting.exactEpsilon * (1 - 1e-9))
    expect(epsilon).toBeLessThanOrEqual(setting.exactEpsilon * (1 + 1e-9))
  })

  it('equals it at whole orders in every setting, and is never below it', () => {
    const whole = DEFAULT_ORDERS.filter(Number.isInteger)
    for (const setting of reference.settings) {
      const ratio = epsilonOf(setting, whole) / setting.wholeEpsilon
      expect(ratio).toBeGreaterThanOrEqual(1 - 1e-9)
      expect(ratio).toBeLessThanOrEqual(1 + 1e-9)
    }
  })

  it('equals it where dp-accounting needs no series', () => {
    const unsampled = reference.settings.filter(({ samplingRate }) => samplingRate === 1)
    expect(unsampled.length).toBeGreaterThan(20)
    for (const setting of unsampled) expect(epsilonOf(setting) / setting.epsilon).toBeCloseTo(1, 9)
  })
})
