import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { experimentRandom, type LeakageFinding, RoundLeakageGuard } from '../../../src/federated/index.ts'
import { expectCode } from '../codes.ts'
import { combined, fewestIsolated, indicator, rankOf } from './brute-force.ts'

const CLIENTS = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

const sum = fc.subarray(CLIENTS, { minLength: 1 })
const histories = fc.record({
  history: fc.array(sum, { maxLength: 5 }),
  candidate: sum,
  minimumIsolated: fc.integer({ min: 2, max: 5 }),
})

function guardOf(history: readonly (readonly string[])[], minimumIsolated: number): RoundLeakageGuard {
  const guard = new RoundLeakageGuard({ minimumIsolated })
  for (const survivors of history) guard.record(survivors)
  return guard
}

/** That a finding is true: the combination that it names gives these clients' inputs, and nobody else's. */
function expectProof(finding: LeakageFinding, sums: readonly (readonly string[])[]): void {
  expect(finding.reason).toBe('isolated')
  const isolated = combined(sums, finding.combination)
  expect([...isolated.keys()].sort()).toEqual([...finding.clients].sort())
  expect(finding.clients.length).toBeGreaterThan(0)
}

describe('a guard against leakage over rounds', () => {
  it('finds who two sums leave alone, and by which subtraction', () => {
    const guard = guardOf([['a', 'b', 'c', 'd', 'e']], 2)
    expect(guard.check(['a', 'b', 'c', 'd'])).toEqual({
      reason: 'isolated',
      clients: ['e'],
      combination: [
        { round: 0, coefficient: 1n },
        { round: 1, coefficient: -1n },
      ],
      alreadyReleased: false,
      message: 'sum 0 - sum 1 would isolate "e"; at least 2 clients are to stay hidden among each other',
    })
  })

  it('finds what no two sums give away but three do', () => {
    const guard = guardOf(
      [
        ['a', 'b'],
        ['b', 'c'],
      ],
      2,
    )
    const finding = guard.check(['a', 'c'])!
    expect(finding.clients).toHaveLength(1)
    expectProof(finding, [...guard.history, ['a', 'c']])
    expect(finding.message).toMatch(/^sum \d [+-] sum \d [+-] sum \d would isolate "[abc]"/)
  })

  it('allows what isolates as many as are asked for, and not one fewer', () => {
    const first = [['a', 'b', 'c', 'd', 'e', 'f']]
    expect(guardOf(first, 3).check(['a', 'b', 'c'])).toBeUndefined()
    expect(guardOf(first, 3).check(['a', 'b', 'c', 'd'])?.clients).toEqual(['e', 'f'])
    expect(guardOf([], 3).check(['a', 'b'])?.message).toMatch(/^this sum is of "a", "b" alone/)
  })

  it('says what trying every set of clients says, and proves it (1,500 histories, seed 1)', () => {
    let found = 0
    let passed = 0
    fc.assert(
      fc.property(histories, ({ history, candidate, minimumIsolated }) => {
        const sums = [...history, candidate]
        const isNew = rankOf(indicator(sums, CLIENTS)) > rankOf(indicator(history, CLIENTS))
        const fewest = fewestIsolated(sums, CLIENTS)
        const finding = guardOf(history, minimumIsolated).check(candidate)
        if (!isNew || fewest >= minimumIsolated) {
          expect(finding).toBeUndefined()
          passed++
          return
        }
        expect(finding).toBeDefined()
        expectProof(finding!, sums)
        expect(finding!.clients).toHaveLength(fewest)
        expect(finding!.alreadyReleased).toBe(finding!.combination.every(({ round }) => round < history.length))
        found++
      }),
      { seed: 1, numRuns: 1500 },
    )
    expect(Math.min(found, passed)).toBeGreaterThan(200)
  })

  it('finds combinations whose factors are far too large for a prime, and proves them', () => {
    // Forty-seven random sums over forty-eight clients: the light combinations take each sum a different number of times.
    const random = experimentRandom(4)
    const ids = Array.from({ length: 48 }, (_, i) => `c${i}`)
    const sums = Array.from({ length: 47 }, () => ids.filter(() => random.uniform() < 0.5))
    const guard = guardOf(sums.slice(0, -1), 3)
    const finding = guard.check(sums.at(-1)!)!
    expectProof(finding, sums)
    expect(finding.clients).toHaveLength(2)
    const largest = finding.combination.reduce((most, { coefficient: c }) => (c > most ? c : c < -most ? -c : most), 0n)
    expect(largest).toBeGreaterThan(2n ** 26n)
  })

  it('has nothing to say of a sum that earlier ones give already', () => {
    const guard = guardOf(
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
      2,
    )
    expect(guard.check(['b', 'a'])).toBeUndefined()
    expect(guard.check(['a', 'b', 'c', 'd'])).toBeUndefined()
  })

  it('tells when the harm was done before', () => {
    const finding = guardOf([['a', 'b', 'c'], ['a']], 2).check(['d', 'e', 'f'])!
    expect(finding).toMatchObject({ clients: ['a'], alreadyReleased: true, combination: [{ round: 1 }] })
    expect(finding.message).toMatch(/^the sums so far already isolate "a" \(sum 1\)/)
  })

  it('gives the safe answer when the search takes too long, and says that it is no proof', () => {
    // Complements of pairs that overlap in a ring of nine: every client is in an atom of its own.
    const ids = Array.from({ length: 9 }, (_, i) => `c${i}`)
    const sums = ids.slice(0, 6).map((_, i) => ids.filter((__, j) => j !== i && j !== i + 1))
    const history = sums.slice(0, -1)
    const exact = guardOf(history, 2).check(sums.at(-1)!)
    expect(exact).toBeUndefined()
    const hasty = new RoundLeakageGuard({ minimumIsolated: 2, maximumSteps: 1 })
    for (const survivors of history) hasty.record(survivors)
    expect(hasty.check(sums.at(-1)!)).toMatchObject({ reason: 'undecided', combination: [] })
    expect(hasty.check(sums.at(-1)!)!.message).toMatch(/could not be found out/)
  })

  it('can refuse also that fewer are told apart from the others, though not isolated', () => {
    // Both sums together have a twice and the others once, their difference has b, c, d, e: a is never alone, but apart.
    const [first, second] = [
      ['a', 'b', 'c'],
      ['a', 'd', 'e'],
    ]
    const strict = new RoundLeakageGuard({ minimumIsolated: 2, criterion: 'batches' })
    strict.record(first!)
    expect(guardOf([first!], 2).check(second!)).toBeUndefined()
    expect(strict.check(second!)).toMatchObject({ reason: 'split-batch', clients: ['a'] })
    expect(strict.check(['d', 'e'])).toBeUndefined()
  })

  it('is stricter with batches than with isolation, never laxer (500 histories, seed 2)', () => {
    fc.assert(
      fc.property(histories, ({ history, candidate, minimumIsolated }) => {
        const strict = new RoundLeakageGuard({ minimumIsolated, criterion: 'batches' })
        for (const survivors of history) strict.record(survivors)
        const finding = guardOf(history, minimumIsolated).check(candidate)
        if (finding !== undefined) expect(strict.check(candidate)).toEqual(finding)
      }),
      { seed: 2, numRuns: 500 },
    )
  })

  it('checks without recording, and keeps its history to itself', () => {
    const guard = guardOf([['a', 'b', 'c']], 2)
    guard.check(['a', 'b'])
    const { history } = guard
    expect(history).toEqual([['a', 'b', 'c']])
    expect(() => (history[0] as string[]).push('d')).toThrow(TypeError)
    ;(history as string[][]).push(['a'])
    expect(guard.history).toHaveLength(1)
  })
})

describe('the state of a guard', () => {
  it('goes through JSON and says the same afterwards (300 histories, seed 3)', () => {
    fc.assert(
      fc.property(histories, ({ history, candidate, minimumIsolated }) => {
        const guard = guardOf(history, minimumIsolated)
        const resumed = RoundLeakageGuard.from(JSON.parse(JSON.stringify(guard)))
        expect(resumed.history).toEqual(history)
        expect(resumed.check(candidate)).toEqual(guard.check(candidate))
        expect(resumed.toJSON()).toEqual(guard.toJSON())
      }),
      { seed: 3, numRuns: 300 },
    )
  })

  it('keeps all options', () => {
    const options = { minimumIsolated: 4, onViolation: 'warn', criterion: 'batches', maximumSteps: 9 } as const
    const state = new RoundLeakageGuard(options).toJSON()
    expect(state).toEqual({ version: 1, ...options, rounds: [] })
    expect(RoundLeakageGuard.from(state).toJSON()).toEqual(state)
  })

  it('is refused when it is none', () => {
    const good = guardOf([['a', 'b']], 2).toJSON()
    for (const bad of [null, 7, {}, { ...good, version: 2 }, { ...good, rounds: 'abc' }, { ...good, rounds: ['ab'] }]) {
      expectCode(() => RoundLeakageGuard.from(bad as never), 'invalid-option')
    }
    expectCode(() => RoundLeakageGuard.from({ ...good, minimumIsolated: 1 }), 'invalid-option', /minimumIsolated/)
    expectCode(() => RoundLeakageGuard.from({ ...good, rounds: [['a', 'a']] }), 'duplicate-worker')
  })
})

describe('options and survivors that do not fit', () => {
  it('are refused with what would', () => {
    for (const minimumIsolated of [1, 0, 2.5, Number.NaN, '3' as never]) {
      expectCode(() => new RoundLeakageGuard({ minimumIsolated }), 'invalid-option', /minimumIsolated .* at least 2/)
    }
    const bad = (more: object) => () => new RoundLeakageGuard({ minimumIsolated: 2, ...more })
    expectCode(bad({ onViolation: 'ignore' }), 'invalid-option', /'refuse' or 'warn'/)
    expectCode(bad({ criterion: 'none' }), 'invalid-option', /'isolation' or 'batches'/)
    expectCode(bad({ maximumSteps: 0 }), 'invalid-option', /maximumSteps/)
  })

  it('are refused before they are part of the history', () => {
    const guard = guardOf([], 2)
    for (const call of [(ids: never) => guard.check(ids), (ids: never) => guard.record(ids)]) {
      expectCode(() => call([] as never), 'no-workers')
      expectCode(() => call(['a', 'a'] as never), 'duplicate-worker')
      expectCode(() => call([''] as never), 'invalid-worker', /Survivor 0/)
      expectCode(() => call('abc' as never), 'invalid-option', /array/)
      expectCode(() => call(undefined as never), 'invalid-option')
    }
    expect(guard.history).toEqual([])
  })
})
