import { describe, expect, test } from 'vitest'
import { sampleWorkers } from '../../src/federated/index.ts'
import { expectCode } from './codes.ts'

const workers = Array.from({ length: 20 }, (_, i) => `w${i}`)

describe('the cohort of a round', () => {
  test('has a fraction of the workers, each once, in their order', () => {
    const cohort = sampleWorkers(workers, { fraction: 0.25, seed: 1 })(0)
    expect(cohort).toHaveLength(5)
    expect(cohort).toEqual(workers.filter(worker => cohort.includes(worker)))
  })

  test('follows from seed and round alone', () => {
    const sample = sampleWorkers(workers, { fraction: 0.25, seed: 1 })
    const [third, fourth] = [sample(3), sample(4)]
    expect(fourth).not.toEqual(third)
    expect(sampleWorkers(workers, { fraction: 0.25, seed: 1 })(3)).toEqual(third)
    expect(sampleWorkers(workers, { fraction: 0.25, seed: 2 })(3)).not.toEqual(third)
  })

  test('takes every worker as often as any other', () => {
    const sample = sampleWorkers(workers, { fraction: 0.25, seed: 9 })
    const counts = new Map(workers.map(worker => [worker, 0]))
    for (let round = 0; round < 2000; round++) {
      for (const worker of sample(round)) counts.set(worker, counts.get(worker)! + 1)
    }
    // 500 each, with a standard deviation of 19.
    for (const count of counts.values()) expect(Math.abs(count - 500)).toBeLessThan(5 * 19.4)
  })

  test('has at least so many, whatever the fraction', () => {
    expect(sampleWorkers(workers, { fraction: 0.01, seed: 1, least: 3 })(0)).toHaveLength(3)
    expect(sampleWorkers(workers, { fraction: 1, seed: 1 })(0)).toEqual(workers)
  })

  test.each([
    [{ fraction: 0, seed: 1 }, /fraction must be a number above 0/],
    [{ fraction: 0.5, seed: -1 }, /seed/],
    [{ fraction: 0.5, seed: 1, least: 21 }, /least must be an integer from 1 to 20/],
  ])('is not drawn from %j', (options, message) => {
    expectCode(() => sampleWorkers(workers, options), 'invalid-option', message)
  })
})
