import { describe, expect, it } from 'vitest'
import { checkBeliefs, countCohort, type GraphBeliefs } from '../../../src/secagg/graph/beliefs.ts'
import {
  hararyProbabilities,
  hararyThresholds,
  leastThreshold,
  logDisconnected,
} from '../../../src/secagg/graph/conditions.ts'
import { neighboursOf } from '../../../src/secagg/graph/graph.ts'
import { logTailAbove } from '../../../src/secagg/graph/hypergeometric.ts'
import { falling, logRatio, simulationRandom } from './exact.ts'

const counts = (beliefs: GraphBeliefs) => countCohort(checkBeliefs(beliefs))
const cohort = (clients: number, corrupted: number, dropped: number) => ({
  clients,
  corrupted,
  dropped,
  survivors: clients - dropped,
})

describe('whole numbers of clients', () => {
  it('are rounded down for corrupted and dropped clients, and the rest survive', () => {
    expect(counts({ clients: 10, corruptFraction: 0.05, dropoutFraction: 0.33 })).toEqual(cohort(10, 0, 3))
    expect(counts({ clients: 1000, corruptFraction: 0.05, dropoutFraction: 0.3 })).toEqual(cohort(1000, 50, 300))
  })

  it('are those of the decimal that was written, where doubles fall short of it', () => {
    expect(0.29 * 100).toBeLessThan(29)
    for (let percent = 0; percent < 100; percent++) {
      const fraction = Number(`0.${String(percent).padStart(2, '0')}`)
      for (const clients of [100, 1000, 12_300, 1_000_000]) {
        const exact = (percent * clients) / 100
        expect(counts({ clients, corruptFraction: fraction, dropoutFraction: 0 }).corrupted).toBe(exact)
      }
    }
  })
})

/** All subsets of `size` of the positions 0 to n - 1, as bit masks. */
function subsets(n: number, size: number): number[] {
  const masks: number[] = []
  for (let mask = 0; mask < 2 ** n; mask++) {
    let bits = 0
    for (let rest = mask; rest; rest &= rest - 1) bits++
    if (bits === size) masks.push(mask)
  }
  return masks
}

function isConnected(neighbourMasks: readonly number[], alive: number): boolean {
  let seen = alive & -alive
  for (let before = 0; before !== seen; ) {
    before = seen
    neighbourMasks.forEach((mask, at) => {
      if (seen & (1 << at)) seen |= mask & alive
    })
  }
  return seen === alive
}

describe('the connectivity bound', () => {
  it.each([
    [9, 2],
    [11, 4],
    [12, 4],
    [13, 6],
  ])('holds for every choice of dead clients among %d in a graph of degree %d, and is not idle', (n, degree) => {
    const masks = Array.from({ length: n }, (_, at) =>
      neighboursOf(at, n, { kind: 'harary', degree }).reduce((mask, other) => mask | (1 << other), 0),
    )
    for (let dead = 0; dead < n; dead++) {
      const choices = subsets(n, dead)
      const parted = choices.filter(mask => !isConnected(masks, (2 ** n - 1) & ~mask)).length
      const bound = Math.exp(logDisconnected(cohort(n, dead, 0), degree))
      expect(parted / choices.length).toBeLessThanOrEqual(bound * (1 + 1e-12))
      if (dead < degree) expect(parted).toBe(0)
      // With just enough dead clients for two runs, every pair of runs is a different case: the bound is exact.
      if (dead === degree) expect(parted / choices.length).toBeCloseTo(bound, 12)
    }
  })

  it('is the stated quotient of factorials', () => {
    for (const [n, dead, degree] of [
      [1000, 350, 72],
      [500, 60, 60],
      [10_000, 3500, 200],
    ] as const) {
      const exact = logRatio(BigInt(n) * BigInt(n - degree - 1) * falling(dead, degree), 2n * falling(n, degree))
      expect(Math.abs(logDisconnected(cohort(n, dead, 0), degree) - exact)).toBeLessThan(1e-11)
    }
  })

  it('cannot be reached with fewer dead clients than neighbours', () => {
    expect(logDisconnected(cohort(100, 3, 2), 6)).toBe(Number.NEGATIVE_INFINITY)
  })

  it('falls with the degree, which is what lets the search bisect', () => {
    for (const dead of [10, 300, 660, 999]) {
      for (let degree = 2; degree + 2 <= 998; degree += 2) {
        const here = logDisconnected(cohort(1000, dead, 0), degree)
        const next = logDisconnected(cohort(1000, dead, 0), degree + 2)
        if (here > Number.NEGATIVE_INFINITY) expect(next).toBeLessThan(here)
      }
    }
  })
})

describe('thresholds', () => {
  it('are the least above the corrupted neighbours, and at least 2', () => {
    expect([0, 1, 2, 9].map(corrupted => leastThreshold(20, corrupted, false))).toEqual([2, 2, 3, 10])
  })

  it('against a semi-malicious server are the least with 2t > k + corrupted: ceil((t1 + k - 1.25) / 2) + 1', () => {
    for (let degree = 2; degree <= 40; degree += 2) {
      for (let corrupted = 0; corrupted <= degree; corrupted++) {
        const threshold = leastThreshold(degree, corrupted, true)
        expect(threshold).toBe(Math.max(2, Math.ceil((corrupted + degree - 1.25) / 2) + 1))
        expect(2 * threshold).toBeGreaterThan(degree + corrupted)
        if (threshold > 2) expect(2 * (threshold - 1)).toBeLessThanOrEqual(degree + corrupted)
      }
    }
  })

  it('move by at most one a neighbour, which is what lets the search skip degrees', () => {
    for (const semiMalicious of [false, true]) {
      const beliefs = checkBeliefs({ clients: 700, corruptFraction: 0.2, dropoutFraction: 0.25, semiMalicious })
      let before = hararyThresholds(countCohort(beliefs), beliefs, 1)
      for (let degree = 2; degree < 699; degree++) {
        const here = hararyThresholds(countCohort(beliefs), beliefs, degree)
        expect(here.least).toBeGreaterThanOrEqual(before.least)
        expect(here.greatest - before.greatest).toBeLessThanOrEqual(1)
        before = here
      }
    }
  })
})

describe('simulated cohorts', () => {
  /** One random assignment: 0 honest and alive, 1 corrupted, 2 dropped. */
  function deal(n: number, corrupted: number, dropped: number, random: () => number): Uint8Array {
    const kinds = new Uint8Array(n)
    kinds.fill(1, 0, corrupted).fill(2, corrupted, corrupted + dropped)
    for (let last = n - 1; last > 0; last--) {
      const chosen = Math.floor(random() * (last + 1))
      const moved = kinds[chosen]!
      kinds[chosen] = kinds[last]!
      kinds[last] = moved
    }
    return kinds
  }

  it('fail for privacy and correctness as often as the tails say, and never more than the union bound', () => {
    const [n, corrupted, dropped, degree, threshold, trials] = [60, 12, 15, 10, 6, 8000]
    const size = cohort(n, corrupted, dropped)
    const neighbours = Array.from({ length: n }, (_, at) => neighboursOf(at, n, { kind: 'harary', degree }))
    const random = simulationRandom(20200704)
    let leaky = 0
    let anyLeaky = 0
    let anyShort = 0
    for (let trial = 0; trial < trials; trial++) {
      const kinds = deal(n, corrupted, dropped, random)
      const near = (at: number, kind: number) => neighbours[at]!.filter(other => kinds[other] === kind).length
      const honest = [...kinds.keys()].filter(at => kinds[at] !== 1)
      const alive = [...kinds.keys()].filter(at => kinds[at] !== 2)
      const leaking = honest.filter(at => near(at, 1) >= threshold).length
      leaky += leaking / honest.length
      if (leaking > 0) anyLeaky++
      if (alive.some(at => degree - near(at, 2) < threshold)) anyShort++
    }
    const perClient = Math.exp(logTailAbove({ population: n - 1, marked: corrupted, draws: degree }, threshold - 1))
    expect(Math.abs(leaky / trials / perClient - 1)).toBeLessThan(0.25)
    const bounds = hararyProbabilities(size, false, degree, threshold)
    const privacy = 2 ** bounds.privacyFailure
    const correctness = 2 ** bounds.correctnessFailure
    expect(anyLeaky / trials).toBeLessThan(privacy * 1.05)
    expect(anyLeaky / trials).toBeGreaterThan(privacy / 4)
    expect(anyShort / trials).toBeLessThan(correctness * 1.05)
    expect(anyShort / trials).toBeGreaterThan(correctness / 10)
  })
})
