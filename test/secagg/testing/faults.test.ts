import { describe, expect, it } from 'vitest'
import { FAULT_KINDS, faultsAt, PROTOCOL_ROUNDS, randomFaults } from '../../../src/secagg/testing/index.ts'

const CLIENTS = Array.from({ length: 400 }, (_, i) => `c${i}`)

function all(plan: ReturnType<typeof randomFaults>) {
  return PROTOCOL_ROUNDS.flatMap(round => CLIENTS.flatMap(client => plan.at(round, client)))
}

describe('faultsAt', () => {
  it('gives exactly the faults it was given', () => {
    const drop = { kind: 'drop', round: 'Unmasking', client: 'a' } as const
    const copy = { kind: 'duplicate', round: 'Unmasking', client: 'a' } as const
    const plan = faultsAt([drop, copy, { kind: 'delay', round: 'ShareKeys', client: 'b' }])
    expect(plan.at('Unmasking', 'a')).toEqual([drop, copy])
    expect(plan.at('ShareKeys', 'a')).toEqual([])
    expect(plan.at('Unmasking', 'b')).toEqual([])
  })

  it('refuses a fault that does not exist', () => {
    const fault = { kind: 'explode' as 'drop', round: 'Unmasking', client: 'a' } as const
    expect(() => faultsAt([fault])).toThrowError(expect.objectContaining({ code: 'bad-fault' }))
  })
})

describe('randomFaults', () => {
  it('gives the same faults for the same seed, in whatever order they are asked for', () => {
    const options = { seed: 'weather', rates: { drop: 0.2, corrupt: 0.3 } }
    const plan = randomFaults(options)
    const backwards = [...CLIENTS].reverse().map(client => plan.at('ShareKeys', client))
    expect(backwards.reverse()).toEqual(CLIENTS.map(client => randomFaults(options).at('ShareKeys', client)))
    expect(all(randomFaults({ ...options, seed: 'other' }))).not.toEqual(all(plan))
  })

  it('meets its rates', () => {
    const rates = { drop: 0.1, delay: 0.2, duplicate: 0.3, reorder: 0.4, corrupt: 0.5, equivocate: 0.6 }
    const faults = all(randomFaults({ seed: 5, rates }))
    const trials = CLIENTS.length * PROTOCOL_ROUNDS.length
    for (const kind of FAULT_KINDS) {
      const rate = faults.filter(fault => fault.kind === kind).length / trials
      // Four standard deviations of a proportion.
      expect(Math.abs(rate - rates[kind])).toBeLessThan(4 * Math.sqrt((rates[kind] * (1 - rates[kind])) / trials))
    }
  })

  it('never has the impossible happen, and always the certain', () => {
    const faults = all(randomFaults({ seed: 6, rates: { drop: 0, reorder: 1 } }))
    expect(new Set(faults.map(fault => fault.kind))).toEqual(new Set(['reorder']))
    expect(faults).toHaveLength(CLIENTS.length * PROTOCOL_ROUNDS.length)
  })

  it('moves no other fault when one rate is raised', () => {
    const drops = (rate: number) =>
      all(randomFaults({ seed: 7, rates: { drop: 0.1, delay: rate } })).filter(fault => fault.kind === 'drop')
    expect(drops(0.9)).toEqual(drops(0))
  })

  it('keeps to the rounds it is given', () => {
    const faults = all(randomFaults({ seed: 8, rates: { drop: 1 }, rounds: ['Unmasking'] }))
    expect(new Set(faults.map(fault => fault.round))).toEqual(new Set(['Unmasking']))
  })

  it.each([{ drop: -0.1 }, { drop: 1.1 }, { drop: Number.NaN }, { explode: 0.5 }])('refuses the rates %o', rates => {
    expect(() => randomFaults({ seed: 1, rates })).toThrowError(expect.objectContaining({ code: 'bad-fault' }))
  })
})
