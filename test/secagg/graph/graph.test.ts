import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { effectiveDegree, type GraphSpec, neighboursOf } from '../../../src/secagg/graph/graph.ts'

const SEED = { seed: 20200704, numRuns: 150 }

const graphs: fc.Arbitrary<[number, GraphSpec]> = fc.oneof(
  fc.integer({ min: 2, max: 60 }).map((n): [number, GraphSpec] => [n, { kind: 'complete' }]),
  fc
    .tuple(fc.integer({ min: 2, max: 80 }), fc.integer({ min: 1, max: 50 }))
    .map(([n, half]): [number, GraphSpec] => [n, { kind: 'harary', degree: 2 * half }]),
)

const allNeighbours = (n: number, spec: GraphSpec) => Array.from({ length: n }, (_, at) => neighboursOf(at, n, spec))

function reachable(neighbours: readonly number[][], from: number): Set<number> {
  const seen = new Set([from])
  for (const at of seen) for (const next of neighbours[at]!) seen.add(next)
  return seen
}

describe('the graph', () => {
  it('gives everyone exactly the degree, ascending, without itself', () => {
    fc.assert(
      fc.property(graphs, ([n, spec]) => {
        const degree = effectiveDegree(spec, n)
        allNeighbours(n, spec).forEach((neighbours, at) => {
          const within = neighbours.filter(other => other >= 0 && other < n)
          expect(neighbours).toEqual([...new Set(within)].sort((a, b) => a - b))
          expect(neighbours).toHaveLength(degree)
          expect(neighbours).not.toContain(at)
        })
      }),
      SEED,
    )
  })

  it('is symmetric: whoever is my neighbour has me as one', () => {
    fc.assert(
      fc.property(graphs, ([n, spec]) => {
        const neighbours = allNeighbours(n, spec)
        const edges = neighbours.flatMap((others, at) => others.map(other => [at, other] as const))
        expect(edges.filter(([at, other]) => !neighbours[other]!.includes(at))).toEqual([])
      }),
      SEED,
    )
  })

  it('is connected', () => {
    fc.assert(
      fc.property(graphs, ([n, spec]) => {
        expect(reachable(allNeighbours(n, spec), 0).size).toBe(n)
      }),
      SEED,
    )
  })

  it('stays connected after any k - 1 clients are gone, which is why it is a Harary graph', () => {
    const n = 9
    const neighbours = allNeighbours(n, { kind: 'harary', degree: 4 })
    for (let gone = 0; gone < 2 ** n; gone++) {
      const alive = Array.from({ length: n }, (_, at) => at).filter(at => !(gone & (1 << at)))
      if (n - alive.length > 3) continue
      const rest = neighbours.map(others => others.filter(other => alive.includes(other)))
      expect(reachable(rest, alive[0]!).size).toBe(alive.length)
    }
  })

  it('has the neighbours of the circulant', () => {
    expect(neighboursOf(0, 10, { kind: 'harary', degree: 4 })).toEqual([1, 2, 8, 9])
    expect(neighboursOf(9, 10, { kind: 'harary', degree: 2 })).toEqual([0, 8])
    expect(neighboursOf(2, 4, { kind: 'complete' })).toEqual([0, 1, 3])
  })

  it('is complete when the degree reaches the number of others, odd or even', () => {
    for (const degree of [4, 5, 6, 7, 200]) {
      expect(effectiveDegree({ kind: 'harary', degree }, 5)).toBe(4)
      expect(neighboursOf(1, 5, { kind: 'harary', degree })).toEqual([0, 2, 3, 4])
    }
    expect(effectiveDegree({ kind: 'harary', degree: 3 }, 4)).toBe(3)
  })

  it('refuses an odd degree below that, and names the even one above', () => {
    const odd = () => effectiveDegree({ kind: 'harary', degree: 3 }, 10)
    expect(odd).toThrow(expect.objectContaining({ name: 'UsageError', code: 'invalid-degree' }))
    expect(odd).toThrow('4, not 3')
  })

  it.each([0, -2, 2.5, Number.NaN, Number.POSITIVE_INFINITY, '4' as unknown as number])(
    'refuses the degree %s',
    degree => {
      const refused = expect.objectContaining({ name: 'UsageError', code: 'invalid-degree' })
      expect(() => effectiveDegree({ kind: 'harary', degree }, 10)).toThrow(refused)
    },
  )

  it.each([1, 0, -3, 4.5, Number.NaN])('refuses a cohort of %s', n => {
    const refused = expect.objectContaining({ name: 'UsageError', code: 'invalid-cohort-size' })
    expect(() => neighboursOf(0, n, { kind: 'complete' })).toThrow(refused)
  })

  it.each([-1, 10, 0.5, Number.NaN])('refuses the position %s of 10', position => {
    const refused = expect.objectContaining({ name: 'UsageError', code: 'invalid-position' })
    expect(() => neighboursOf(position, 10, { kind: 'complete' })).toThrow(refused)
  })

  it('refuses a kind that it does not know', () => {
    const refused = expect.objectContaining({ name: 'UsageError', code: 'invalid-graph' })
    expect(() => effectiveDegree({ kind: 'star' } as unknown as GraphSpec, 10)).toThrow(refused)
  })
})
