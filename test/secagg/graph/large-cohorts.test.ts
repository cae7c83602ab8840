import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GraphBeliefs } from '../../../src/secagg/graph/beliefs.ts'
import { logDisconnected } from '../../../src/secagg/graph/conditions.ts'
import { findGraphParameters } from '../../../src/secagg/graph/find-parameters.ts'
import { hypergeometric, logCdf, logPmf, logTailAbove } from '../../../src/secagg/graph/hypergeometric.ts'
import { binomial, exactConditions, falling, hypergeometricCounts, logRatio, sum } from './exact.ts'

const BILLION = 1_000_000_000
const DECADES = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

/** A population of every size from a million to a billion, so that no decade is left out. */
const population = fc.double({ min: 6, max: 9, noNaN: true }).map(exponent => Math.floor(10 ** exponent))
const percent = (most: number) => fc.integer({ min: 1, max: most }).map(value => value / 100)

describe('cohorts of up to a billion clients', () => {
  it('have the tails of exact integers', () => {
    const drawn = fc.record({ population, fraction: percent(99), draws: fc.integer({ min: 1, max: 255 }) })
    const property = fc.property(drawn, ({ population, fraction, draws }) => {
      const marked = Math.floor(fraction * population)
      const { counts, total } = hypergeometricCounts(population, marked, draws)
      const distribution = hypergeometric(population, marked, draws)
      for (const x of [0, 1, 2, 5, 9].map(part => Math.floor((part * (draws - 1)) / 9))) {
        const tails = [
          [logPmf(distribution, x), counts[x]!],
          [logCdf(distribution, x), sum(counts.slice(0, x + 1))],
          [logTailAbove(distribution, x), sum(counts.slice(x + 1))],
        ] as const
        for (const [actual, exact] of tails) expect(Math.abs(actual - logRatio(exact, total))).toBeLessThan(5e-11)
      }
    })
    fc.assert(property, { seed: 20200710, numRuns: 40 })
  })

  it('have the connectivity bound of exact integers', () => {
    const drawn = fc.record({ population, fraction: percent(60), half: fc.integer({ min: 1, max: 127 }) })
    const property = fc.property(drawn, ({ population: clients, fraction, half }) => {
      const [degree, dropped] = [2 * half, Math.floor(fraction * clients)]
      const counts = { clients, corrupted: 0, dropped, survivors: clients - dropped }
      const pairs = BigInt(clients) * BigInt(clients - degree - 1)
      const exact = logRatio(pairs * falling(dropped, degree), 2n * falling(clients, degree))
      expect(Math.abs(logDisconnected(counts, degree) - exact)).toBeLessThan(5e-11)
    })
    fc.assert(property, { seed: 20200711, numRuns: 40 })
  })

  it('draw as if with replacement: a billion is nearly the binomial distribution, and a million less nearly', () => {
    const binomialTail = (draws: number, x: number) => {
      // One in twenty, with integers: C(draws, i) 19^(draws - i) / 20^draws.
      const terms = Array.from({ length: draws - x }, (_, i) => x + 1 + i)
      const above = sum(terms.map(i => binomial(draws, i) * 19n ** BigInt(draws - i)))
      return logRatio(above, 20n ** BigInt(draws))
    }
    const distance = (clients: number) =>
      Math.abs(logTailAbove(hypergeometric(clients, clients / 20, 100), 24) - binomialTail(100, 24))
    // Each draw changes the odds by 1/n or so: the difference shrinks with n, a thousandfold from a million.
    expect(distance(BILLION)).toBeLessThan(1e-5)
    expect(distance(1e6) / distance(BILLION)).toBeGreaterThan(900)
    expect(distance(1e6) / distance(BILLION)).toBeLessThan(1100)
  })

  const cases = [false, true].flatMap(semiMalicious =>
    DECADES.slice(3).map(clients => ({ clients, corruptFraction: 0.05, dropoutFraction: 0.1, semiMalicious })),
  )

  it.each(cases)('are given the least degree that exact integers allow: $clients, semi-malicious $semiMalicious', b => {
    const { clients: n, semiMalicious: semi } = b
    const found = findGraphParameters(b)
    const cohort = { n, corrupted: n / 20, dropped: n / 10, security: 40, correctness: 30, semi }
    expect(exactConditions(cohort, found.degree)(found.threshold)).toEqual({
      connected: true,
      private: true,
      correct: true,
    })
    expect(exactConditions(cohort, found.degree)(found.threshold - 1).private).toBe(false)
    const below = exactConditions(cohort, found.degree - 2)
    const thresholds = Array.from({ length: found.degree - 3 }, (_, i) => i + 2)
    expect(thresholds.filter(threshold => Object.values(below(threshold)).every(Boolean))).toEqual([])
  })

  it('need more neighbours the more they are, by a few with every decade: the degree grows with the logarithm', () => {
    for (const semiMalicious of [false, true]) {
      const degrees = DECADES.map(
        clients => findGraphParameters({ clients, corruptFraction: 0.05, dropoutFraction: 0.1, semiMalicious }).degree,
      )
      const steps = degrees.slice(1).map((degree, i) => degree - degrees[i]!)
      expect(Math.min(...steps)).toBeGreaterThan(0)
      // The first step is larger: a thousand clients draw without replacement, and that helps them.
      expect(Math.max(...steps.slice(1))).toBeLessThanOrEqual(semiMalicious ? 14 : 6)
    }
  })

  it('are answered at once, whether there is a graph for them or not', () => {
    const beliefs: GraphBeliefs = { clients: BILLION, corruptFraction: 0.05, dropoutFraction: 0.1 }
    const start = performance.now()
    expect(findGraphParameters(beliefs)).toMatchObject({ complete: false })
    expect(() => findGraphParameters({ ...beliefs, corruptFraction: 0.33, dropoutFraction: 0.33 })).toThrow(
      /What would do: /,
    )
    expect(performance.now() - start).toBeLessThan(2000)
  })
})
