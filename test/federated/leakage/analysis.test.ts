import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCombination, smallestIsolated } from '../../../src/federated/leakage/analysis.ts'
import { primeField, primeFields } from '../../../src/federated/leakage/prime-field.ts'
import { fewestIsolated } from './brute-force.ts'

const CLIENTS = ['a', 'b', 'c', 'd', 'e', 'f']
const sums = fc.array(fc.subarray(CLIENTS, { minLength: 1 }), { minLength: 1, maxLength: 5 })

/** Without those that are combinations of earlier ones. */
function independentOf(all: readonly (readonly string[])[]): ReadonlySet<string>[] {
  const kept: ReadonlySet<string>[] = []
  for (const clients of all.map(ids => new Set(ids))) if (!isCombination(kept, clients)) kept.push(clients)
  return kept
}

describe('the search for a small group', () => {
  it('is not misled by a prime that shows what is not so: 2, 3 and 5 come first (1,000 histories, seed 1)', () => {
    function* fields() {
      for (const prime of [2, 3, 5]) yield primeField(prime)
      yield* primeFields()
    }
    fc.assert(
      fc.property(sums, fc.integer({ min: 2, max: 4 }), (all, minimum) => {
        const independent = independentOf(all)
        const found = smallestIsolated(independent, minimum, { maximumSteps: 10_000, fields })
        const fewest = fewestIsolated(all, CLIENTS)
        if (fewest >= minimum) expect(found).toBeUndefined()
        else expect(found).toMatchObject({ kind: 'isolated', clients: { length: fewest } })
      }),
      { seed: 1, numRuns: 1000 },
    )
  })

  it('takes the safe side when the only prime to ask shows what exact arithmetic refutes', () => {
    // Added up, these are 2a + 2b + 2c + d: modulo 2, d alone.
    const triangle = [new Set(['a', 'b']), new Set(['b', 'c']), new Set(['a', 'c', 'd'])]
    expect(smallestIsolated(triangle, 2, { maximumSteps: 1000 })).toBeUndefined()
    const fields = () => [primeField(2)]
    expect(smallestIsolated(triangle, 2, { maximumSteps: 1000, fields })).toMatchObject({ kind: 'undecided' })
  })

  it('never finds less than there is, whatever the only prime to ask (500 histories, seed 2)', () => {
    fc.assert(
      fc.property(sums, fc.constantFrom(2, 3, 5, 7), fc.integer({ min: 2, max: 4 }), (all, prime, minimum) => {
        const fields = () => [primeField(prime)]
        const found = smallestIsolated(independentOf(all), minimum, { maximumSteps: 10_000, fields })
        const fewest = fewestIsolated(all, CLIENTS)
        if (fewest < minimum) expect(found).toBeDefined()
        if (found?.kind === 'isolated') expect(found.clients).toHaveLength(fewest)
      }),
      { seed: 2, numRuns: 500 },
    )
  })

  it('does not search at all when everybody is in a batch that is large enough', () => {
    const batches = [new Set(['a', 'b', 'c', 'd']), new Set(['c', 'd', 'e', 'f'])]
    expect(smallestIsolated(batches, 2, { maximumSteps: 0 })).toBeUndefined()
    expect(smallestIsolated(batches, 3, { maximumSteps: 0 })).toMatchObject({ kind: 'undecided' })
  })
})
