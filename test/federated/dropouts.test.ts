import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dropoutsAt, noDropouts, randomDropouts } from '../../src/federated/index.ts'
import type { ProtocolRound } from '../../src/secagg/errors.ts'
import { expectCode } from './codes.ts'

const ids = Array.from({ length: 200 }, (_, i) => `worker-${i}`)

describe('random dropouts', () => {
  test('follow from seed, worker and round alone', () => {
    fc.assert(
      fc.property(fc.nat(), fc.string(), fc.nat(), (seed, id, round) => {
        const plan = randomDropouts({ rate: 0.5, seed })
        expect(randomDropouts({ rate: 0.5, seed })(id, round)).toBe(plan(id, round))
      }),
      { seed: 1, numRuns: 300 },
    )
  })

  test('happen at the given rate, and differ by seed and by round', () => {
    const dropped = (seed: number, round: number) => ids.filter(id => randomDropouts({ rate: 0.3, seed })(id, round))
    let total = 0
    for (let round = 0; round < 20; round++) total += dropped(1, round).length
    expect(Math.abs(total / (20 * ids.length) - 0.3)).toBeLessThan(0.03)
    expect(dropped(1, 0)).not.toEqual(dropped(1, 1))
    expect(dropped(1, 0)).not.toEqual(dropped(2, 0))
  })

  test('of rate 0 never happen and of rate 1 always do', () => {
    expect(ids.map(id => randomDropouts({ rate: 0, seed: 1 })(id, 1)).every(round => round === undefined)).toBe(true)
    expect(ids.map(id => randomDropouts({ rate: 1, seed: 1 })(id, 1)).every(round => round !== undefined)).toBe(true)
  })

  test('spread over the rounds that every threat model has', () => {
    const plan = randomDropouts({ rate: 1, seed: 2 })
    const rounds = new Set(ids.map(id => plan(id, 1)))
    expect([...rounds].sort()).toEqual(['AdvertiseKeys', 'MaskedInputCollection', 'ShareKeys', 'Unmasking'])
  })

  test('keep to the rounds they are given', () => {
    const plan = randomDropouts({ rate: 1, seed: 2, rounds: ['ConsistencyCheck'] })
    expect(new Set(ids.map(id => plan(id, 1)))).toEqual(new Set(['ConsistencyCheck']))
  })

  test('hit more workers at a higher rate, and none that a lower rate hits is spared', () => {
    const [low, high] = [0.1, 0.4].map(rate => randomDropouts({ rate, seed: 3 }))
    for (const id of ids) if (low!(id, 1)) expect(high!(id, 1)).toBe(low!(id, 1))
  })

  test('refuse rates, seeds and rounds that are none', () => {
    for (const rate of [-0.1, 1.1, Number.NaN, '0.5' as never]) {
      expectCode(() => randomDropouts({ rate, seed: 1 }), 'invalid-option', /from 0 to 1/)
    }
    expectCode(() => randomDropouts({ rate: 0.5, seed: -1 }), 'invalid-option', /seed/)
    expectCode(() => randomDropouts({ rate: 0.5, seed: 1, rounds: [] }), 'invalid-option', /at least one/)
    const rounds = ['Unmask' as ProtocolRound]
    expectCode(() => randomDropouts({ rate: 0.5, seed: 1, rounds }), 'invalid-option', /Use one of: AdvertiseKeys/)
  })
})

describe('dropouts from a table', () => {
  test('happen exactly where it says', () => {
    const plan = dropoutsAt({ 0: { bob: 'AdvertiseKeys' }, 3: { alice: 'Unmasking', bob: 'ConsistencyCheck' } })
    expect(plan('bob', 0)).toBe('AdvertiseKeys')
    expect(plan('alice', 3)).toBe('Unmasking')
    expect(plan('bob', 3)).toBe('ConsistencyCheck')
    expect(plan('alice', 0)).toBeUndefined()
    expect(plan('alice', 2)).toBeUndefined()
  })

  test('do not happen to workers named like parts of objects', () => {
    const plan = dropoutsAt({ 1: { alice: 'Unmasking' } })
    for (const id of ['constructor', '__proto__', 'toString']) expect(plan(id, 1)).toBeUndefined()
  })

  test('are not changed by what becomes of the table', () => {
    const table: Record<number, Record<string, ProtocolRound>> = { 1: { alice: 'Unmasking' } }
    const plan = dropoutsAt(table)
    table[1]!.alice = 'ShareKeys'
    expect(plan('alice', 1)).toBe('Unmasking')
  })

  test('name rounds that exist', () => {
    expectCode(() => dropoutsAt({ [-1]: { alice: 'Unmasking' } }), 'invalid-option', /"-1" is not a federated round/)
    expectCode(() => dropoutsAt({ first: {} } as never), 'invalid-option', /"first"/)
    const wrong = { 2: { alice: 'Training' as ProtocolRound } }
    expectCode(() => dropoutsAt(wrong), 'invalid-option', /worker "alice" in federated round 2/)
  })
})

test('no dropouts are none', () => {
  expect(noDropouts('alice', 1)).toBeUndefined()
})
