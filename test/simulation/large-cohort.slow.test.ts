import { expect, it } from 'vitest'
import { findGraphParameters, type GraphSpec } from '../../src/secagg/graph/index.ts'
import {
  type Fault,
  faultsAt,
  randomBelow,
  type SimulationOptions,
  seededRandom,
  simulate,
} from '../../src/secagg/testing/index.ts'

const DROPOUTS = 0.3
const ROUNDS = ['AdvertiseKeys', 'ShareKeys', 'MaskedInputCollection', 'Unmasking'] as const

/** Three in ten clients leave, as many in each round. */
function dropouts(ids: readonly string[]): Fault[] {
  const random = seededRandom('who leaves')
  const pool = [...ids]
  return Array.from({ length: Math.floor(DROPOUTS * ids.length) }, (_, i) => {
    const [client] = pool.splice(randomBelow(random, pool.length), 1)
    return { kind: 'drop', round: ROUNDS[i % ROUNDS.length]!, client: client! }
  })
}

interface Cohort {
  readonly clients: number
  readonly vectorLength: number
  readonly graph: GraphSpec
  readonly threshold: number
  readonly throughWire: boolean
  readonly mostMegabytes: number
}

async function expectExactSum({ clients, vectorLength, graph, threshold, throughWire, mostMegabytes }: Cohort) {
  const ids = Array.from({ length: clients }, (_, i) => `client-${i}`)
  const faults = dropouts(ids)
  let peak = 0
  const options: SimulationOptions = {
    seed: 'a large cohort',
    clients: ids,
    parameters: { threatModel: 'semi-honest', graph, threshold, vectorLength, modulusBits: 24 },
    faults: faultsAt(faults),
    throughWire,
    observe: () => {
      peak = Math.max(peak, process.memoryUsage.rss())
    },
  }
  const result = await simulate(options)
  if (result.outcome !== 'sum') throw new Error(result.abort.detail)
  expect(result.sum.equals(result.expectedSum)).toBe(true)
  const before = faults.filter(({ round }) => round !== 'Unmasking').map(({ client }) => client)
  expect(result.survivors).toHaveLength(clients - before.length)
  expect(result.survivors.filter(id => before.includes(id))).toEqual([])
  expect(result.dropped.map(({ id }) => id).sort()).toEqual(faults.map(({ client }) => client).sort())
  expect(result.refusals).toEqual([])
  expect(peak / 1e6).toBeLessThan(mostMegabytes)
}

it('1,000 clients on the graph for 5 % corrupted and 30 % dropouts sum 100,000 entries exactly, in less than 1 GB', async () => {
  const beliefs = { clients: 1000, corruptFraction: 0.05, dropoutFraction: DROPOUTS }
  const { graph, threshold } = findGraphParameters(beliefs)
  await expectExactSum({
    clients: 1000,
    vectorLength: 100_000,
    graph,
    threshold,
    throughWire: true,
    // All masked vectors together would take 400 MB more.
    mostMegabytes: 1000,
  })
})

it('10,000 clients with 100 neighbours each sum 1,000 entries exactly, in less than 3 GB', async () => {
  await expectExactSum({
    clients: 10_000,
    vectorLength: 1000,
    graph: { kind: 'harary', degree: 100 },
    // Some 70 of 100 neighbours are left in the end, give or take 5: nobody comes near 40.
    threshold: 40,
    throughWire: false,
    mostMegabytes: 3000,
  })
})
