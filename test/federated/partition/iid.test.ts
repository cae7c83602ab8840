import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { iid } from '../../../src/federated/index.ts'
import { expectCode } from '../codes.ts'
import { balanced, expectExactCover, labelled } from './cover.ts'

describe('the IID partition', () => {
  test('gives every example to exactly one worker, in parts that differ by at most one (400 runs, seed 1)', () => {
    const cases = fc
      .integer({ min: 1, max: 300 })
      .chain(length => fc.tuple(fc.constant(length), fc.integer({ min: 1, max: length })))
    fc.assert(
      fc.property(cases, fc.nat(), ([length, workers], seed) => {
        const sizes = expectExactCover(iid({ seed }), { length }, workers).map(part => part.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
      { seed: 1, numRuns: 400 },
    )
  })

  test('gives each worker about the same mix of labels', () => {
    const { labels, length } = balanced(10, 200)
    for (const part of iid({ seed: 3 })({ length, labels }, 4)) {
      const zeros = [...part].filter(index => labels[index] === 0).length
      expect(Math.abs(zeros - 50)).toBeLessThan(25)
    }
  })

  test('splits otherwise with another seed', () => {
    const [a, b] = [1, 2].map(seed => iid({ seed })({ length: 50 }, 5))
    expect(a).not.toEqual(b)
  })

  test('says when there are more workers than examples', () => {
    expectCode(() => iid({ seed: 1 })({ length: 2 }, 3), 'more-workers-than-examples', /3 workers cannot share 2/)
    expectCode(() => iid({ seed: 1 })(labelled([]), 1), 'more-workers-than-examples')
  })

  test('refuses what cannot be divided', () => {
    expectCode(() => iid({ seed: 0.5 }), 'invalid-option', /seed/)
    expectCode(() => iid({ seed: 1 })({ length: 5 }, 0), 'invalid-option', /number of workers/)
    expectCode(() => iid({ seed: 1 })({ length: 5 }, 1.5), 'invalid-option')
    expectCode(() => iid({ seed: 1 })({ length: -1 }, 1), 'invalid-dataset', /not -1/)
    expectCode(() => iid({ seed: 1 })({} as never, 1), 'invalid-dataset', /not undefined/)
  })
})
