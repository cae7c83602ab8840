import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { labelShards } from '../../../src/federated/index.ts'
import { expectCode } from '../codes.ts'
import { balanced, expectExactCover, labelled, labelsPerPart } from './cover.ts'

describe('the label shards of McMahan et al.', () => {
  test('give every example to exactly one worker, whatever the labels (400 runs, seed 1)', () => {
    const cases = fc
      .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 4 }))
      .chain(([workers, shardsPerWorker]) => {
        const labels = fc.array(fc.integer({ min: -3, max: 9 }), {
          minLength: workers * shardsPerWorker,
          maxLength: 150,
        })
        return fc.record({
          workers: fc.constant(workers),
          shardsPerWorker: fc.constant(shardsPerWorker),
          labels,
          seed: fc.nat(),
        })
      })
    fc.assert(
      fc.property(cases, ({ workers, shardsPerWorker, labels, seed }) => {
        const parts = expectExactCover(labelShards({ seed, shardsPerWorker }), labelled(labels), workers)
        const sizes = parts.map(part => part.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(shardsPerWorker)
      }),
      { seed: 1, numRuns: 400 },
    )
  })

  test('of the paper’s experiment are two of 300 examples for each of 100 workers, with at most two labels', () => {
    const mnistLike = balanced(10, 6000)
    const parts = expectExactCover(labelShards({ seed: 7 }), mnistLike, 100)
    expect(parts.every(part => part.length === 600)).toBe(true)
    const distinct = labelsPerPart(parts, mnistLike.labels)
    expect(Math.max(...distinct)).toBe(2)
    expect(distinct.filter(count => count === 2).length).toBeGreaterThan(75)
  })

  test('are runs of the examples sorted by label', () => {
    const labels = [2, 0, 1, 0, 2, 1]
    const parts = labelShards({ seed: 1, shardsPerWorker: 1 })(labelled(labels), 3)
    expect(parts.map(part => [...part]).sort()).toEqual([
      [0, 4],
      [1, 3],
      [2, 5],
    ])
  })

  test('are dealt otherwise with another seed', () => {
    const [a, b] = [1, 2].map(seed => labelShards({ seed })(balanced(10, 20), 10))
    expect(a).not.toEqual(b)
  })

  test('need labels that fit the data set', () => {
    expectCode(() => labelShards({ seed: 1 })({ length: 9 }, 2), 'labels-missing', /labelShards\(\).*use iid\(\)/)
    expectCode(
      () => labelShards({ seed: 1 })({ length: 9, labels: [1] }, 2),
      'invalid-dataset',
      /9 examples but 1 labels/,
    )
    const holed = labelled([0, Number.NaN, 1, 1])
    expectCode(() => labelShards({ seed: 1 })(holed, 2), 'invalid-dataset', /label of example 1/)
  })

  test('need an example for each shard', () => {
    const message = /3 workers with 2 shards each need 6 examples, and there are 5/
    expectCode(() => labelShards({ seed: 1 })(balanced(5, 1), 3), 'more-workers-than-examples', message)
  })

  test('refuse options that are not counts', () => {
    expectCode(() => labelShards({ seed: 1, shardsPerWorker: 0 }), 'invalid-option', /shardsPerWorker/)
    expectCode(() => labelShards({ seed: -1 }), 'invalid-option', /seed/)
  })
})
