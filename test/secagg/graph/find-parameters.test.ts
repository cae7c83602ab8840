import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkBeliefs, countCohort, type GraphBeliefs } from '../../../src/secagg/graph/beliefs.ts'
import { hararyThresholds, logDisconnected } from '../../../src/secagg/graph/conditions.ts'
import { defaultThreshold, findCompleteGraph, findGraphParameters } from '../../../src/secagg/graph/find-parameters.ts'
import { effectiveDegree } from '../../../src/secagg/graph/graph.ts'
import type { GraphParameters } from '../../../src/secagg/graph/search.ts'
import { exactConditions } from './exact.ts'
import vectors from './vectors.json' with { type: 'json' }

/** The parameters, or undefined where the beliefs are infeasible; any other error comes through. */
function tryFind(beliefs: GraphBeliefs): GraphParameters | undefined {
  try {
    return findGraphParameters(beliefs)
  } catch (error) {
    if ((error as { code?: string }).code === 'infeasible-parameters') return undefined
    throw error
  }
}

const anyBeliefs = (clients: fc.Arbitrary<number>): fc.Arbitrary<Required<GraphBeliefs>> =>
  fc.record({
    clients,
    corruptFraction: fc.integer({ min: 0, max: 55 }).map(percent => percent / 100),
    dropoutFraction: fc.integer({ min: 0, max: 55 }).map(percent => percent / 100),
    security: fc.constantFrom(10, 20, 40, 60),
    correctness: fc.constantFrom(5, 20, 30),
    semiMalicious: fc.boolean(),
    maxDegree: fc.constantFrom(20, 64, 255, 3000),
  })

describe('the parameter finder', () => {
  it.each(vectors.parameters)(
    'agrees with exact integers: $clients clients, $corruptFraction corrupted, $dropoutFraction dropped, semi-malicious $semiMalicious, at most $maxDegree',
    ({ found, ...beliefs }) => {
      const parameters = tryFind(beliefs)
      const harary = parameters?.complete ? undefined : parameters
      expect(harary && { degree: harary.degree, threshold: harary.threshold }).toEqual(found ?? undefined)
    },
  )

  it('meets every inequality exactly, with the least threshold, and no smaller degree does', () => {
    const property = fc.property(anyBeliefs(fc.integer({ min: 4, max: 160 })), beliefs => {
      const found = tryFind(beliefs)
      const { corrupted, dropped } = countCohort(beliefs)
      const { clients: n, security, correctness, semiMalicious: semi } = beliefs
      const exact = { n, corrupted, dropped, security, correctness, semi }
      if (found && !found.complete) {
        const met = { connected: true, private: true, correct: true }
        const conditions = exactConditions(exact, found.degree)
        expect(conditions(found.threshold)).toEqual(met)
        if (found.threshold > 2) expect(conditions(found.threshold - 1).private).toBe(false)
      }
      const below = found && !found.complete ? found.degree : Math.min(beliefs.maxDegree, n - 2) + 1
      // The two nearest even degrees, with every threshold, and the smallest ones.
      for (const degree of new Set([below - 2, below - 4, 2, 4].map(k => k - (k % 2)))) {
        if (degree < 2 || degree >= below) continue
        const conditions = exactConditions(exact, degree)
        const works = (threshold: number) => Object.values(conditions(threshold)).every(Boolean)
        expect(Array.from({ length: degree - 1 }, (_, i) => i + 2).filter(works)).toEqual([])
      }
    })
    fc.assert(property, { seed: 20200704, numRuns: 60 })
  })

  it('finds what trying every degree finds', () => {
    const property = fc.property(anyBeliefs(fc.integer({ min: 4, max: 1500 })), beliefs => {
      const counts = countCohort(checkBeliefs(beliefs))
      const level = -(beliefs.security + 1) * Math.LN2
      let expected: { degree: number; threshold: number } | undefined
      for (let degree = 2; degree <= Math.min(beliefs.maxDegree, beliefs.clients - 2) && !expected; degree += 2) {
        if (!(logDisconnected(counts, degree) < level)) continue
        const { least, greatest } = hararyThresholds(counts, beliefs, degree)
        if (least <= greatest) expected = { degree, threshold: least }
      }
      const found = tryFind(beliefs)
      if (expected) expect(found).toMatchObject({ ...expected, complete: false })
      else expect(found?.complete ?? true).toBe(true)
    })
    fc.assert(property, { seed: 20200705, numRuns: 60 })
  })

  it('reports what is reached, never less than was asked for', () => {
    const property = fc.property(anyBeliefs(fc.integer({ min: 3, max: 100_000 })), beliefs => {
      const found = tryFind(beliefs)
      if (!found) return
      const { disconnected, privacyFailure, correctnessFailure } = found.probabilities
      expect(disconnected).toBeLessThan(-beliefs.security - 1)
      expect(privacyFailure).toBeLessThanOrEqual(-beliefs.security - 1)
      expect(correctnessFailure).toBeLessThan(-beliefs.correctness)
      expect(effectiveDegree(found.graph, beliefs.clients)).toBe(found.degree)
      expect(found.complete).toBe(found.graph.kind === 'complete')
    })
    fc.assert(property, { seed: 20200706, numRuns: 100 })
  })

  it('needs 362 neighbours for 1,000 clients against a semi-malicious server, 5 % corrupted, 30 % dropped', () => {
    const beliefs = { clients: 1000, corruptFraction: 0.05, dropoutFraction: 0.3, semiMalicious: true }
    expect(findGraphParameters({ ...beliefs, maxDegree: 999 })).toMatchObject({ degree: 362, threshold: 204 })
    expect(() => findGraphParameters(beliefs)).toThrow(/maxDegree 362 \(but GF\(256\) shares end at 255\)/)
  })

  it('answers for a million clients in under a second, and for a thousand in milliseconds', () => {
    const milliseconds = (beliefs: GraphBeliefs) => {
      tryFind(beliefs)
      const start = performance.now()
      tryFind(beliefs)
      return performance.now() - start
    }
    const million = { clients: 1_000_000, corruptFraction: 0.33, dropoutFraction: 0.33, maxDegree: 999_999 }
    expect(milliseconds(million)).toBeLessThan(500)
    expect(milliseconds({ ...million, dropoutFraction: 0.6699 })).toBeLessThan(1000)
    expect(milliseconds({ clients: 1000, corruptFraction: 0.05, dropoutFraction: 0.3 })).toBeLessThan(50)
  })
})

describe('the complete graph', () => {
  it('takes over where no sparse graph will do', () => {
    expect(findGraphParameters({ clients: 50, corruptFraction: 0.5, dropoutFraction: 0.46 })).toEqual({
      degree: 49,
      threshold: 26,
      graph: { kind: 'complete' },
      complete: true,
      probabilities: {
        disconnected: Number.NEGATIVE_INFINITY,
        privacyFailure: Number.NEGATIVE_INFINITY,
        correctnessFailure: Number.NEGATIVE_INFINITY,
      },
    })
  })

  it('has a threshold above the corrupted clients that the other survivors reach: to the client, no further', () => {
    // 10 clients, 4 corrupted: t = 5, so 5 of the 9 others must survive: 4 may drop, 5 may not.
    const cohort = { clients: 10, corruptFraction: 0.4 }
    expect(findGraphParameters({ ...cohort, dropoutFraction: 0.4 })).toMatchObject({ complete: true, threshold: 5 })
    expect(() => findGraphParameters({ ...cohort, dropoutFraction: 0.5 })).toThrow(/dropoutFraction 0\.49/)
  })

  it('has 2t > k + A against a semi-malicious server', () => {
    // k = 9, A = 2: t = 6, so 6 of the 9 others must survive: 3 may drop, 4 may not.
    const cohort = { clients: 10, corruptFraction: 0.2, semiMalicious: true }
    expect(findGraphParameters({ ...cohort, dropoutFraction: 0.3 })).toMatchObject({ complete: true, threshold: 6 })
    expect(tryFind({ ...cohort, dropoutFraction: 0.4 })).toBeUndefined()
  })

  it('serves the smallest cohort, of three', () => {
    const three = { clients: 3, corruptFraction: 0, dropoutFraction: 0 }
    expect(findGraphParameters(three)).toMatchObject({ degree: 2, threshold: 2, complete: true })
    expect(findGraphParameters({ ...three, semiMalicious: true })).toMatchObject({ degree: 2, threshold: 2 })
  })

  it('can be asked for where a sparse one would do, up to the last survivor', () => {
    const beliefs = { clients: 100, corruptFraction: 0.05, dropoutFraction: 0.1 }
    expect(findGraphParameters(beliefs).complete).toBe(false)
    expect(findCompleteGraph(beliefs)).toMatchObject({ degree: 99, threshold: 6, graph: { kind: 'complete' } })
    // 2t > 99 + 5; t = 53 of the S - 1 others, so 46 may drop out and 47 may not.
    const lying = { ...beliefs, semiMalicious: true }
    expect(findCompleteGraph({ ...lying, dropoutFraction: 0.46 })).toMatchObject({ degree: 99, threshold: 53 })
    expect(() => findCompleteGraph({ ...lying, dropoutFraction: 0.47 })).toThrow(
      /^The complete graph does not meet .*What would do: dropoutFraction 0\.46, or corruptFraction 0\.04\.$/,
    )
    expect(() => findCompleteGraph({ ...beliefs, clients: 257 })).toThrow(/clients 256, or a k-regular graph/)
  })

  it('ends where the shares end: 256 clients', () => {
    const beliefs = { corruptFraction: 0.5, dropoutFraction: 0.4945 }
    expect(findGraphParameters({ ...beliefs, clients: 256 })).toMatchObject({ degree: 255, complete: true })
    expect(tryFind({ ...beliefs, clients: 257 })).toBeUndefined()
    expect(findGraphParameters({ ...beliefs, clients: 257, maxDegree: 256 })).toMatchObject({ complete: true })
  })
})

describe('infeasible beliefs', () => {
  const advised = (error: unknown): [string, number][][] =>
    /What would do: (.*)\.$/
      .exec((error as Error).message)![1]!
      .replace(/ \(but[^)]*\)\)?[^,]*/g, '')
      .split(', or ')
      .map(phrase => phrase.split(' with ').map(change => [change.split(' ')[0]!, Number(change.split(' ')[1])]))

  it('come with relaxations that work, each of which asks for less', () => {
    let refusals = 0
    const property = fc.property(anyBeliefs(fc.integer({ min: 3, max: 5000 })), beliefs => {
      try {
        findGraphParameters(beliefs)
      } catch (error) {
        refusals++
        const relaxations = advised(error).map(changes => Object.fromEntries(changes) as Partial<GraphBeliefs>)
        expect(relaxations.length).toBeGreaterThan(0)
        for (const relaxation of relaxations) {
          expect(tryFind({ ...beliefs, ...relaxation }), JSON.stringify(relaxation)).toBeDefined()
          for (const [field, value] of Object.entries(relaxation) as [keyof GraphBeliefs, number][]) {
            if (field === 'maxDegree') expect(value).toBeGreaterThan(beliefs.maxDegree)
            else expect(value).toBeLessThanOrEqual(beliefs[field] as number)
          }
        }
      }
    })
    fc.assert(property, { seed: 20200707, numRuns: 80 })
    expect(refusals).toBeGreaterThan(10)
  })

  it('are named in full, with the mildest values in whole percents', () => {
    const beliefs = { clients: 1000, corruptFraction: 0.05, dropoutFraction: 0.3, semiMalicious: true }
    const refused = expect.objectContaining({ name: 'UsageError', code: 'infeasible-parameters' })
    expect(() => findGraphParameters(beliefs)).toThrow(refused)
    expect(() => findGraphParameters(beliefs)).toThrow(
      'No graph of at most 255 neighbours meets these beliefs (clients 1000, corruptFraction 0.05, dropoutFraction ' +
        '0.3, security 40, correctness 30, semi-malicious). What would do: dropoutFraction 0.25, or corruptFraction 0, ' +
        'or correctness 10, or maxDegree 362 (but GF(256) shares end at 255).',
    )
    expect(tryFind({ ...beliefs, dropoutFraction: 0.26 })).toBeUndefined()
    expect(tryFind({ ...beliefs, correctness: 11 })).toBeUndefined()
    expect(tryFind({ ...beliefs, corruptFraction: 0.01 })).toBeUndefined()
    expect(tryFind({ ...beliefs, maxDegree: 360 })).toBeUndefined()
  })

  it('are answered with both fractions where neither alone is to blame', () => {
    const beliefs = { clients: 1000, corruptFraction: 0.6, dropoutFraction: 0.6, semiMalicious: true }
    expect(() => findGraphParameters({ ...beliefs, maxDegree: 40 })).toThrow(
      /corruptFraction 0\.\d+ with dropoutFraction 0\.\d+/,
    )
  })
})

describe('beliefs out of their range', () => {
  const good = { clients: 100, corruptFraction: 0.1, dropoutFraction: 0.1 }

  it.each([
    ['clients', 2],
    ['clients', 1_000_000_001],
    ['clients', 10.5],
    ['corruptFraction', -0.01],
    ['corruptFraction', 1],
    ['corruptFraction', Number.NaN],
    ['dropoutFraction', 1],
    ['dropoutFraction', Number.POSITIVE_INFINITY],
    ['dropoutFraction', '0.1'],
    ['security', 0],
    ['security', 39.5],
    ['security', 129],
    ['correctness', -30],
    ['correctness', Number.NaN],
    ['maxDegree', 1],
    ['maxDegree', 1_000_000],
    ['semiMalicious', 'yes'],
  ])('are refused by name: %s %s', (field, value) => {
    const beliefs = { ...good, [field]: value } as unknown as GraphBeliefs
    const refused = expect.objectContaining({ name: 'UsageError', code: 'invalid-belief' })
    expect(() => findGraphParameters(beliefs)).toThrow(refused)
    expect(() => findGraphParameters(beliefs)).toThrow(new RegExp(`^${field} is .*not ${String(value)}\\.$`))
  })
})

describe('the default threshold', () => {
  it('is two thirds of the neighbours and one more, and at least 2', () => {
    expect([2, 3, 4, 10, 99, 255].map(defaultThreshold)).toEqual([2, 3, 3, 7, 67, 171])
  })

  it.each([1, 0, -4, 2.5, Number.NaN])('is refused for %s neighbours', degree => {
    const refused = expect.objectContaining({ name: 'UsageError', code: 'invalid-degree' })
    expect(() => defaultThreshold(degree)).toThrow(refused)
  })
})
