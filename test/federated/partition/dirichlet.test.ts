import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dirichlet, experimentRandom } from '../../../src/federated/index.ts'
import { drawDirichlet, logGammaDraw } from '../../../src/federated/partition/dirichlet.ts'
import { expectCode } from '../codes.ts'
import { balanced, expectExactCover, labelled, labelsPerPart } from './cover.ts'

describe('the Dirichlet partition', () => {
  test('gives every example to exactly one worker, and each worker its minimum (400 runs, seed 1)', () => {
    const cases = fc.record({
      workers: fc.integer({ min: 1, max: 6 }),
      alpha: fc.double({ min: 0.5, max: 100, noNaN: true }),
      minimum: fc.integer({ min: 1, max: 3 }),
      labels: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 80, maxLength: 200 }),
      seed: fc.nat(),
    })
    fc.assert(
      fc.property(cases, ({ workers, alpha, minimum, labels, seed }) => {
        const parts = expectExactCover(dirichlet({ seed, alpha, minimum }), labelled(labels), workers)
        for (const part of parts) expect(part.length).toBeGreaterThanOrEqual(minimum)
      }),
      { seed: 1, numRuns: 400 },
    )
  })

  test('gives each worker few labels when alpha is small and all of them when it is large', () => {
    const digits = balanced(10, 300)
    const mean = (alpha: number) => {
      const counts = labelsPerPart(expectExactCover(dirichlet({ seed: 5, alpha }), digits, 5), digits.labels)
      return counts.reduce((a, b) => a + b, 0) / counts.length
    }
    expect(mean(0.01)).toBeLessThan(4)
    expect(mean(1000)).toBe(10)
  })

  test('gives every worker nearly the same when alpha is huge', () => {
    const parts = expectExactCover(dirichlet({ seed: 5, alpha: 1e9 }), balanced(10, 300), 5)
    for (const part of parts) expect(Math.abs(part.length - 600)).toBeLessThanOrEqual(10)
  })

  test('deals the examples of a label in random order, not in runs', () => {
    const [first] = dirichlet({ seed: 5, alpha: 1e9 })(balanced(1, 1000), 2)
    const early = first!.filter(index => index < 500).length
    expect(Math.abs(early - 250)).toBeLessThan(50)
  })

  test('splits otherwise with another seed', () => {
    const [a, b] = [1, 2].map(seed => dirichlet({ seed, alpha: 1 })(balanced(10, 20), 4))
    expect(a).not.toEqual(b)
  })

  test('says so when no draw gave every worker its minimum, and what to change', () => {
    const message = /100 draws with alpha 1e-9 .* 3 workers at least 1 examples\. Raise alpha/
    expectCode(() => dirichlet({ seed: 1, alpha: 1e-9 })(balanced(2, 50), 3), 'partition-infeasible', message)
  })

  test('says so when the data cannot hold every minimum', () => {
    const message = /3 workers with at least 4 examples each need 12, and there are 10/
    expectCode(
      () => dirichlet({ seed: 1, alpha: 1, minimum: 4 })(balanced(5, 2), 3),
      'more-workers-than-examples',
      message,
    )
  })

  test('needs labels', () => {
    expectCode(() => dirichlet({ seed: 1, alpha: 1 })({ length: 9 }, 2), 'labels-missing', /dirichlet\(\)/)
  })

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses alpha %d', alpha => {
    expectCode(() => dirichlet({ seed: 1, alpha }), 'invalid-option', /alpha must be a finite number above 0/)
  })

  test('refuses a minimum that leaves workers without data, and seeds that are none', () => {
    expectCode(() => dirichlet({ seed: 1, alpha: 1, minimum: 0 }), 'invalid-option', /minimum/)
    expectCode(() => dirichlet({ seed: Number.NaN, alpha: 1 }), 'invalid-option', /seed/)
  })
})

describe('a gamma draw', () => {
  // Gamma(shape, 1) has mean and variance `shape`, and fourth central moment 3 shape^2 + 6 shape.
  test.each([0.1, 1, 5])('with shape %d has the mean and variance of the distribution', shape => {
    const random = experimentRandom(8)
    const draws = Array.from({ length: 50_000 }, () => Math.exp(logGammaDraw(shape, random)))
    const mean = draws.reduce((a, b) => a + b, 0) / draws.length
    const variance = draws.reduce((a, b) => a + (b - shape) ** 2, 0) / draws.length
    expect(Math.abs(mean - shape)).toBeLessThan(4 * Math.sqrt(shape / draws.length))
    expect(Math.abs(variance - shape)).toBeLessThan(4 * Math.sqrt((2 * shape ** 2 + 6 * shape) / draws.length))
  })
})

describe('a Dirichlet draw', () => {
  // For a symmetric Dirichlet(alpha) over k: mean 1/k, variance (k - 1) / (k^2 (k alpha + 1)).
  test.each([0.1, 0.5, 1, 3, 20])('with alpha %d has the mean and variance of the distribution', alpha => {
    const random = experimentRandom(9)
    const k = 4
    const draws = Array.from({ length: 8000 }, () => drawDirichlet(k, alpha, random))
    for (let i = 0; i < k; i++) {
      const mean = draws.reduce((sum, draw) => sum + draw[i]!, 0) / draws.length
      const variance = draws.reduce((sum, draw) => sum + (draw[i]! - 1 / k) ** 2, 0) / draws.length
      const expected = (k - 1) / (k * k * (k * alpha + 1))
      expect(Math.abs(mean - 1 / k)).toBeLessThan(5 * Math.sqrt(expected / draws.length))
      expect(Math.abs(variance / expected - 1)).toBeLessThan(0.1)
    }
  })

  test('sums to 1 however small or large alpha is', () => {
    for (const alpha of [Number.MIN_VALUE, 1e-300, 1e-9, 1e9, 1e300, Number.MAX_VALUE]) {
      const draw = drawDirichlet(5, alpha, experimentRandom(2))
      expect(draw.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12)
      expect(Math.max(...draw)).toBeCloseTo(alpha < 1 ? 1 : 0.2, 3)
    }
  })
})
