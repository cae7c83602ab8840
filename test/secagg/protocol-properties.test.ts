import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ProtocolRound } from '../../src/secagg/errors.ts'
import type { GraphSpec } from '../../src/secagg/graph/index.ts'
import type { ThreatModel } from '../../src/secagg/parameters.ts'
import { faultsAt, PROTOCOL_ROUNDS, type SimulationOptions, simulate } from '../../src/secagg/testing/index.ts'

const SEED = 20_171_030

/** Half a minute of work takes several on a machine that has other things to do. */
const BUSY_MACHINE_MS = 300_000

const COMPLETE: GraphSpec = { kind: 'complete' }

/** Zero, one and odd lengths, and ranges that do not divide them. */
const shape = fc.record({
  vectorLength: fc.oneof(fc.constantFrom(0, 1), fc.integer({ min: 2, max: 40 })),
  rangeLength: fc.integer({ min: 1, max: 45 }),
  modulusBits: fc.integer({ min: 1, max: 62 }),
  throughWire: fc.boolean(),
  seed: fc.nat(),
})
type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never

function optionsFor(clients: number, threatModel: ThreatModel, graph: GraphSpec, shape: Shape): SimulationOptions {
  const { seed, throughWire, ...rest } = shape
  return { seed, clients, throughWire, parameters: { threatModel, graph, ...rest } }
}

async function expectSumOfAll(options: SimulationOptions) {
  const result = await simulate(options)
  if (result.outcome !== 'sum') throw new Error(result.abort.detail)
  expect(result.survivors).toHaveLength(options.clients as number)
  expect(result.sum.equals(result.expectedSum)).toBe(true)
  expect(result.rejections).toEqual([])
  expect(result.refusals).toEqual([])
}

describe(`masks cancel (seed ${SEED})`, () => {
  const sizes = Array.from({ length: 28 }, (_, i) => i + 3)
  const shapes = fc.sample(shape, { seed: SEED, numRuns: 3 * sizes.length })

  it('for every cohort of 3 to 30 on the complete graph, semi-honest', async () => {
    for (const [i, n] of sizes.entries()) await expectSumOfAll(optionsFor(n, 'semi-honest', COMPLETE, shapes[i]!))
  })

  it('for every cohort of 3 to 30 on a 4-regular graph, semi-malicious', async () => {
    const graph: GraphSpec = { kind: 'harary', degree: 4 }
    for (const [i, n] of sizes.entries()) {
      await expectSumOfAll(optionsFor(n, 'semi-malicious', graph, shapes[28 + i]!))
    }
  })

  it('for cohorts of 3 to 30 against a malicious server', async () => {
    for (const [i, n] of [3, 4, 5, 6, 7, 8, 9, 13, 20, 30].entries()) {
      await expectSumOfAll(optionsFor(n, 'malicious-server', COMPLETE, shapes[56 + i]!))
    }
  })

  it('for every modulus of 1 to 62 bits', async () => {
    for (let modulusBits = 1; modulusBits <= 62; modulusBits++) {
      const common = { vectorLength: 7, rangeLength: 3, seed: SEED, throughWire: true }
      await expectSumOfAll(optionsFor(3, 'semi-honest', COMPLETE, { ...common, modulusBits }))
    }
  })
})

/** The round from which on a client is silent; `undefined` when it stays. */
type Leaving = readonly (ProtocolRound | undefined)[]

interface Aggregation {
  readonly n: number
  readonly threatModel: ThreatModel
  readonly graph: GraphSpec
  readonly threshold: number
  readonly leaving: Leaving
  readonly kind: 'drop' | 'delay'
  readonly shape: Shape
}

function aggregations(models: readonly ThreatModel[], most: number): fc.Arbitrary<Aggregation> {
  return fc.integer({ min: 3, max: most }).chain(n => {
    const graphs = n > 5 ? [COMPLETE, { kind: 'harary', degree: 4 } as const] : [COMPLETE]
    return fc.constantFrom(...models).chain(threatModel =>
      (threatModel === 'malicious-server' ? fc.constant(COMPLETE) : fc.constantFrom(...graphs)).chain(graph => {
        const degree = graph.kind === 'harary' ? graph.degree : n - 1
        const least = threatModel === 'semi-honest' ? 2 : Math.floor(degree / 2) + 1
        const rounds = PROTOCOL_ROUNDS.filter(round => threatModel !== 'semi-honest' || round !== 'ConsistencyCheck')
        const stays = { arbitrary: fc.constant(undefined), weight: 5 * rounds.length }
        const leaves = rounds.map(round => ({ arbitrary: fc.constant(round), weight: 1 }))
        return fc.record({
          n: fc.constant(n),
          threatModel: fc.constant(threatModel),
          graph: fc.constant(graph),
          threshold: fc.integer({ min: Math.max(2, least), max: degree }),
          leaving: fc.array(fc.oneof(stays, ...leaves), { minLength: n, maxLength: n }),
          kind: fc.constantFrom('drop', 'delay'),
          shape,
        })
      }),
    )
  })
}

/** Neighbours on the circle, by the definition: everybody, or those at a distance of at most half the degree. */
function areNeighbours(a: number, b: number, n: number, graph: GraphSpec): boolean {
  const distance = Math.min((a - b + n) % n, (b - a + n) % n)
  return distance > 0 && (graph.kind === 'complete' || graph.degree >= n - 1 || distance <= graph.degree / 2)
}

const MINIMUM = 3

/**
 * U3 when there must be a sum, or nothing when there must be none: written from the paper and the success rule, not from
 * the code. `places` are the clients of U1 on the circle.
 */
function predictedSurvivors(
  { threatModel, graph, threshold: t, leaving }: Aggregation,
  places: readonly number[],
): number[] | undefined {
  const n = places.length
  const degree = graph.kind === 'harary' ? Math.min(graph.degree, n - 1) : n - 1
  const signed = threatModel !== 'semi-honest'
  if (n < MINIMUM || t > degree) return undefined
  if (signed && 2 * t <= degree) return undefined
  const around = (client: number, set: readonly number[]) =>
    set.filter(other => areNeighbours(places.indexOf(client), places.indexOf(other), n, graph)).length
  const after = (set: readonly number[], round: ProtocolRound) => set.filter(client => leaving[client] !== round)

  const u2 = after(places, 'ShareKeys')
  if (u2.length < MINIMUM) return undefined
  // A client does not mask with too few neighbours, nor confirm or unmask when too few of them are left.
  const u3 = after(u2, 'MaskedInputCollection').filter(client => around(client, u2) >= t)
  if (u3.length < MINIMUM) return undefined
  const content = u3.filter(client => around(client, u3) >= t)
  const u4 = signed ? after(content, 'ConsistencyCheck') : content
  const u5 = after(u4, 'Unmasking').filter(client => !signed || around(client, u4) >= t)
  const needed = u2.filter(client => u3.includes(client) || around(client, u3) > 0)
  return needed.every(client => around(client, u5) >= t) ? u3 : undefined
}

/** Runs one aggregation and holds it against the rule. Says whether there was a sum. */
async function holdsToTheRule(aggregation: Aggregation): Promise<boolean> {
  const { n, threatModel, graph, threshold, leaving, kind, shape } = aggregation
  const name = (client: number) => `client-${client}`
  const places: number[] = []
  const options = optionsFor(n, threatModel, graph, shape)
  const result = await simulate({
    ...options,
    clients: Array.from({ length: n }, (_, i) => name(i)),
    parameters: { ...options.parameters, threshold },
    faults: faultsAt(
      leaving.flatMap((round, client) => (round === undefined ? [] : [{ kind, round, client: name(client) }])),
    ),
    observe: ({ message }) => {
      if (message.type !== 'Roster') return
      for (const { id, position } of message.entries) places[position] = Number(id.slice('client-'.length))
    },
  })
  const staying = leaving.filter(round => round !== 'AdvertiseKeys').length
  const survivors = predictedSurvivors(aggregation, places.length > 0 ? places : new Array(staying).fill(0))
  expect(result.outcome).toBe(survivors === undefined ? 'aborted' : 'sum')
  if (result.outcome === 'sum') {
    expect([...result.survivors].sort()).toEqual(survivors!.map(name).sort())
    expect(result.sum.equals(result.expectedSum)).toBe(true)
  } else {
    expect(result.abort.reason).toMatch(/^too-few-(clients|survivors|confirmations|shares)$/)
  }
  return result.outcome === 'sum'
}

describe(`the sum comes out if and only if every secret needed has enough holders (seed ${SEED})`, () => {
  it.each([
    { name: 'a semi-honest server, 300 patterns', models: ['semi-honest'] as const, most: 8, runs: 300 },
    {
      name: 'a server that may lie, 80 patterns',
      models: ['semi-malicious', 'malicious-server'] as const,
      most: 7,
      runs: 80,
    },
  ])(
    '$name of dropouts',
    async ({ models, most, runs }) => {
      let sums = 0
      const property = fc.asyncProperty(aggregations(models, most), async aggregation => {
        if (await holdsToTheRule(aggregation)) sums++
      })
      await fc.assert(property, { seed: SEED, numRuns: runs })
      // Patterns that all end alike would show nothing.
      expect(sums).toBeGreaterThan(0.2 * runs)
      expect(sums).toBeLessThan(0.8 * runs)
    },
    BUSY_MACHINE_MS,
  )
})
