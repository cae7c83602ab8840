import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../src/secagg/errors.ts'
import { hypergeometric, logCdf, logPmf, logTailAbove } from '../../../src/secagg/graph/hypergeometric.ts'
import { hypergeometricCounts, logRatio, simulationRandom, sum } from './exact.ts'
import vectors from './vectors.json' with { type: 'json' }

/** Equal as probabilities to 1e-11 relative; both may be minus infinity. */
function expectLog(actual: number, exact: number, what: string) {
  if (exact === Number.NEGATIVE_INFINITY) expect(actual, what).toBe(exact)
  else expect(Math.abs(actual - exact), `${what}: ${actual} for ${exact}`).toBeLessThan(1e-11)
}

function expectExactTails(population: number, marked: number, draws: number) {
  const { counts, total } = hypergeometricCounts(population, marked, draws)
  const distribution = hypergeometric(population, marked, draws)
  for (let x = -1; x <= draws; x++) {
    const what = `Hyp(${population}, ${marked}, ${draws}) at ${x}`
    expectLog(logPmf(distribution, x), logRatio(counts[x] ?? 0n, total), `${what}, mass`)
    expectLog(logCdf(distribution, x), logRatio(sum(counts.slice(0, x + 1)), total), `${what}, lower tail`)
    expectLog(logTailAbove(distribution, x), logRatio(sum(counts.slice(x + 1)), total), `${what}, upper tail`)
  }
}

describe('hypergeometric tails', () => {
  it('are exact rationals for every distribution on up to 14 items', () => {
    for (let population = 0; population <= 14; population++) {
      for (let marked = 0; marked <= population; marked++) {
        for (let draws = 0; draws <= population; draws++) expectExactTails(population, marked, draws)
      }
    }
  })

  it('are exact rationals for any distribution on up to 400 items', () => {
    const distributions = fc
      .integer({ min: 15, max: 400 })
      .chain(n =>
        fc.tuple(fc.constant(n), fc.integer({ min: 0, max: n }), fc.integer({ min: 0, max: Math.min(n, 60) })),
      )
    fc.assert(
      fc.property(distributions, distribution => expectExactTails(...distribution)),
      { seed: 20200704, numRuns: 60 },
    )
  })

  it.each(vectors.tails)('agree with 60 digits for Hyp($population, $marked, $draws) at $x', vector => {
    const distribution = hypergeometric(vector.population, vector.marked, vector.draws)
    const relative = (actual: number, exact: number | null) =>
      exact === null
        ? Number(actual !== Number.NEGATIVE_INFINITY)
        : Math.abs(actual - exact) / Math.max(1, Math.abs(exact))
    // A tail of almost 1 is known to the last bit of a double near 1, and no better.
    expect(relative(logCdf(distribution, vector.x), vector.logCdf)).toBeLessThan(1e-11)
    expect(relative(logTailAbove(distribution, vector.x), vector.logTailAbove)).toBeLessThan(1e-11)
  })

  it('do not underflow: 254 of 254 corrupted neighbours among a million clients has a logarithm', () => {
    const distribution = hypergeometric(999_999, 1000, 254)
    const log = logTailAbove(distribution, 253)
    expect(Math.exp(log)).toBe(0)
    expect(log).toBeGreaterThan(-2000)
    expect(log).toBeLessThan(-1700)
  })

  it('are certain outside the support', () => {
    const distribution = hypergeometric(10, 6, 7) // X is 3 to 6
    expect(logCdf(distribution, 2)).toBe(Number.NEGATIVE_INFINITY)
    expect(logTailAbove(distribution, 2)).toBeCloseTo(0, 15)
    expect(logCdf(distribution, 6)).toBeCloseTo(0, 15)
    expect(logTailAbove(distribution, 6)).toBe(Number.NEGATIVE_INFINITY)
  })

  it('match what drawing without replacement does', () => {
    const random = simulationRandom(1)
    const trials = 40_000
    let above = 0
    for (let trial = 0; trial < trials; trial++) {
      let marked = 0
      for (let drawn = 0; drawn < 8; drawn++) if (random() < (15 - marked) / (59 - drawn)) marked++
      if (marked > 3) above++
    }
    const probability = Math.exp(logTailAbove(hypergeometric(59, 15, 8), 3))
    const deviation = Math.sqrt((probability * (1 - probability)) / trials)
    expect(Math.abs(above / trials - probability)).toBeLessThan(4 * deviation)
  })

  it.each([
    [10, 11, 1],
    [10, 1, 11],
    [10, -1, 1],
    [10.5, 1, 1],
    [Number.NaN, 1, 1],
  ])('refuse counts that do not fit: population %d, marked %d, draws %d', (population, marked, draws) => {
    expect(() => hypergeometric(population, marked, draws)).toThrow(UsageError)
  })
})
