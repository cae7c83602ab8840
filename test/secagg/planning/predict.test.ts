import { describe, expect, it } from 'vitest'
import { type Calibration, calibrate, planAggregation, predictTimes } from '../../../src/secagg/planning/index.ts'
import { clientOperations, OPERATIONS, serverOperations } from '../../../src/secagg/planning/operations.ts'

const PLAN = planAggregation({ clients: 50, dimension: 1000, bits: 16, corruptFraction: 0.1, dropoutFraction: 0.1 })

/** A machine on which one kind of operation takes a second and all others nothing. */
const only = (operation: string): Calibration => ({ seconds: { [operation]: 1 } })

describe('predicted times', () => {
  it('are the counts times what one takes, added up', () => {
    const { clientSeconds, serverSeconds } = predictTimes(PLAN, only('agreements'))
    expect(clientSeconds).toBe(clientOperations(PLAN).agreements)
    expect(serverSeconds).toBe(serverOperations(PLAN).agreements)
    const all = { seconds: Object.fromEntries(OPERATIONS.map((operation, i) => [operation, 2 ** -i])) }
    const parts = OPERATIONS.map((operation, i) => predictTimes(PLAN, only(operation)).clientSeconds * 2 ** -i)
    expect(predictTimes(PLAN, all).clientSeconds).toBeCloseTo(parts.reduce((sum, part) => sum + part))
  })

  it('count nothing for what was not measured', () => {
    expect(predictTimes(PLAN, { seconds: {} })).toEqual({ clientSeconds: 0, serverSeconds: 0 })
  })
})

describe('a calibration', () => {
  it('has a positive time for every operation that the plan needs, and for no other', async () => {
    for (const threatModel of ['semi-honest', 'semi-malicious'] as const) {
      const plan = { ...PLAN, threatModel }
      const { seconds } = await calibrate(plan, { budget: 1 })
      const needed = OPERATIONS.filter(name => clientOperations(plan)[name] + serverOperations(plan)[name] > 0)
      expect(Object.keys(seconds)).toEqual(needed)
      for (const [operation, time] of Object.entries(seconds)) {
        expect(time, operation).toBeGreaterThan(0)
        expect(time, operation).toBeLessThan(1)
      }
    }
  })

  it.each([16, 26])('has the noise of a privacy budget, however wide: %d bits', async bits => {
    const beliefs = { clients: 10, corruptFraction: 0, dropoutFraction: 0.1 }
    const plan = planAggregation({ ...beliefs, bits, dimension: 100, privacy: { epsilon: 8, rounds: 100 } })
    const { seconds } = await calibrate(plan, { budget: 1 })
    expect(plan.noise!.perClientVariance > 2 ** 48).toBe(bits === 26)
    expect(seconds.noiseSamples).toBeGreaterThan(0)
  })

  it('goes by the clock that it is given: at half the speed everything takes twice as long', async () => {
    // Each look at this clock is one tick: a batch takes one tick, however many operations it has.
    let ticks = 0
    const ticking = (length: number) => () => (ticks += length)
    const slow = await calibrate(PLAN, { clock: ticking(20), budget: 5 })
    const fast = await calibrate(PLAN, { clock: ticking(10), budget: 5 })
    expect(slow.seconds.splits! / fast.seconds.splits!).toBeCloseTo(2)
  })

  it('serves a plan for a billion clients', async () => {
    const plan = planAggregation({
      clients: 1e9,
      dimension: 1000,
      bits: 16,
      corruptFraction: 0.05,
      dropoutFraction: 0.1,
    })
    const calibration = await calibrate(plan, { budget: 1 })
    const { clientSeconds, serverSeconds } = predictTimes(plan, calibration)
    expect(clientSeconds).toBeGreaterThan(0)
    expect(serverSeconds).toBeGreaterThan(1e6 * clientSeconds)
  })
})
