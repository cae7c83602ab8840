import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchCohorts, RoundLeakageGuard } from '../../../src/federated/index.ts'
import { expectCode } from '../codes.ts'

const workers = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `w${i}` }))
const ids = (cohort: readonly { id: string }[]) => cohort.map(({ id }) => id)

describe('cohorts of whole batches', () => {
  it('deal every worker into one batch of at least the size asked for (300 plans, seed 1)', () => {
    const plans = fc.record({
      count: fc.integer({ min: 2, max: 60 }),
      batchSize: fc.integer({ min: 2, max: 9 }),
      seed: fc.nat(),
    })
    fc.assert(
      fc.property(plans, ({ count, batchSize, seed }) => {
        fc.pre(count >= batchSize)
        const all = workers(count)
        const { batches } = batchCohorts(all, { batchSize, seed })
        expect(ids(batches.flat()).sort()).toEqual(ids(all).sort())
        const sizes = batches.map(batch => batch.length)
        expect(Math.min(...sizes)).toBeGreaterThanOrEqual(batchSize)
        expect(sizes).toHaveLength(Math.floor(count / batchSize))
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
      { seed: 1, numRuns: 300 },
    )
  })

  it('take turns: each batch is in as many rounds as any other', () => {
    const { batches, cohort } = batchCohorts(workers(10), { batchSize: 2, batchesPerRound: 2 })
    expect(batches.map(ids)).toEqual([0, 1, 2, 3, 4].map(i => [`w${2 * i}`, `w${2 * i + 1}`]))
    expect(ids(cohort(0))).toEqual(['w0', 'w1', 'w2', 'w3'])
    expect(ids(cohort(2))).toEqual(['w8', 'w9', 'w0', 'w1'])
    const rounds = Array.from({ length: 5 }, (_, round) => ids(cohort(round))).flat()
    for (const { id } of workers(10)) expect(rounds.filter(other => other === id)).toHaveLength(2)
  })

  it('leave a batch out in which somebody is not available, and take the next', () => {
    const { cohort } = batchCohorts(workers(8), { batchSize: 2, batchesPerRound: 2 })
    expect(ids(cohort(0, ({ id }) => id !== 'w1'))).toEqual(['w2', 'w3', 'w4', 'w5'])
    expect(ids(cohort(0, ({ id }) => id === 'w6' || id === 'w7'))).toEqual(['w6', 'w7'])
    expect(cohort(0, () => false)).toEqual([])
  })

  it('are dealt by the seed', () => {
    const dealt = (seed: number) => batchCohorts(workers(30), { batchSize: 3, seed }).batches.map(ids)
    expect(dealt(1)).toEqual(dealt(1))
    expect(dealt(1)).not.toEqual(dealt(2))
  })

  it('never violate the guard, whichever whole batches drop out of however many rounds (200 runs, seed 2)', () => {
    const runs = fc.record({
      count: fc.integer({ min: 4, max: 30 }),
      batchSize: fc.integer({ min: 2, max: 4 }),
      lost: fc.array(fc.array(fc.nat({ max: 14 }), { maxLength: 5 }), { minLength: 1, maxLength: 12 }),
      seed: fc.nat(),
    })
    fc.assert(
      fc.property(runs, ({ count, batchSize, lost, seed }) => {
        const { batches } = batchCohorts(workers(count), { batchSize, seed })
        const guard = new RoundLeakageGuard({ minimumIsolated: batchSize, criterion: 'batches' })
        for (const gone of lost) {
          const survivors = batches.filter((_, i) => !gone.includes(i)).flat()
          if (survivors.length === 0) continue
          expect(guard.check(ids(survivors))).toBeUndefined()
          guard.record(ids(survivors))
        }
      }),
      { seed: 2, numRuns: 200 },
    )
  })

  it('are no help when one worker drops out of its batch: the guard finds the worker (200 runs, seed 3)', () => {
    const runs = fc.record({ count: fc.integer({ min: 6, max: 30 }), who: fc.nat(), seed: fc.nat() })
    fc.assert(
      fc.property(runs, ({ count, who, seed }) => {
        const { cohort } = batchCohorts(workers(count), { batchSize: 3, seed })
        const guard = new RoundLeakageGuard({ minimumIsolated: 3 })
        guard.record(ids(cohort(0)))
        const gone = `w${who % count}`
        const finding = guard.check(ids(cohort(1)).filter(id => id !== gone))
        expect(finding).toMatchObject({ reason: 'isolated', clients: [gone] })
      }),
      { seed: 3, numRuns: 200 },
    )
  })

  it('are refused when they cannot be made', () => {
    expectCode(() => batchCohorts(workers(3), { batchSize: 4 }), 'invalid-option', /batch of 4 .* 3 workers/)
    expectCode(() => batchCohorts(workers(3), { batchSize: 1 }), 'invalid-option', /batchSize .* at least 2/)
    expectCode(() => batchCohorts(workers(9), { batchSize: 3, batchesPerRound: 4 }), 'invalid-option', /make 3 batches/)
    expectCode(() => batchCohorts(workers(9), { batchSize: 3, seed: -1 }), 'invalid-option', /seed/)
    expectCode(() => batchCohorts([], { batchSize: 3 }), 'no-workers')
    expectCode(() => batchCohorts([...workers(3), { id: 'w0' }], { batchSize: 2 }), 'duplicate-worker')
    expectCode(() => batchCohorts(workers(4), { batchSize: 2 }).cohort(-1), 'invalid-option', /round/)
  })
})
