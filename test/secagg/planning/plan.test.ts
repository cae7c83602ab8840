import { describe, expect, it } from 'vitest'
import { runSecureFederatedRound } from '../../../src/federated/index.ts'
import { prepareRound } from '../../../src/federated/round/prepare-round.ts'
import { planEncoding } from '../../../src/secagg/encoding/index.ts'
import type { ProtocolRound } from '../../../src/secagg/errors.ts'
import { findGraphParameters } from '../../../src/secagg/graph/index.ts'
import { THREAT_MODELS, type ThreatModel } from '../../../src/secagg/parameters.ts'
import { type PlanOptions, planAggregation } from '../../../src/secagg/planning/index.ts'
import { encodingOf } from '../../../src/secagg/planning/options.ts'
import { PROTOCOL_ROUNDS, simulate } from '../../../src/secagg/testing/index.ts'
import { fixedWorker, vectorModel } from '../../federated/round/cohort.ts'

const BELIEFS = { corruptFraction: 0.05, dropoutFraction: 0.1 }

describe('a plan', () => {
  it.each([
    ['semi-honest', false],
    ['semi-malicious', false],
    ['semi-honest', true],
    ['malicious-server', true],
  ] as const)('names every byte that a real aggregation sends: %s, complete %s', async (threatModel, complete) => {
    const clients = complete ? 30 : 60
    const options = {
      ...BELIEFS,
      clients,
      dimension: 500,
      bits: 16,
      threatModel,
      complete,
      idBytes: 'client-01'.length,
    }
    const plan = planAggregation({ ...options, rangeLength: 200 })
    const { graph, threshold, vectorLength, modulusBits, rangeLength, corrupted } = plan
    const parameters = { threatModel, graph, threshold, vectorLength, modulusBits, rangeLength }
    const { traffic, outcome } = await simulate({
      seed: 1,
      clients,
      parameters: { ...parameters, ...(complete && { corrupted }) },
    })
    expect(outcome).toBe('sum')
    for (const round of PROTOCOL_ROUNDS) {
      for (const client of traffic.clients.values()) expect(client[round].up).toBe(plan.traffic[round].up)
      // Rosters differ by their Merkle proofs: the plan gives the mean.
      expect(traffic.rounds[round].down).toBeCloseTo(clients * plan.traffic[round].down, 6)
    }
    const uploaded = PROTOCOL_ROUNDS.reduce((sum, round) => sum + traffic.rounds[round].up, 0)
    expect(uploaded).toBe(clients * plan.uploadBytes)
    expect(plan.uploadExpansion).toBe(plan.uploadBytes / 1000)
    expect(graph.kind).toBe(complete ? 'complete' : 'harary')
  })

  it('is one for a federated round with its defaults: the same encoding, field for field', () => {
    const schema = [{ name: 'weights', shape: [500] }]
    const workers = Array.from({ length: 5 }, (_, i) => ({ id: `worker-${i}`, train: () => Promise.reject() }))
    const model = { schema, parameters: new Float32Array(500) }
    const { encoding } = prepareRound({ model, workers, encoding: { bits: 16 } })
    expect(encodingOf({ ...BELIEFS, clients: 5, dimension: 500, bits: 16 })).toEqual(encoding)
  })

  it.each(['semi-honest', 'semi-malicious'] as const)(
    'names what the phases of a federated round report: %s',
    async threatModel => {
      const ids = Array.from({ length: 30 }, (_, i) => `worker-${`${i}`.padStart(2, '0')}`)
      const plan = planAggregation({ ...BELIEFS, clients: 30, dimension: 40, bits: 16, threatModel, idBytes: 9 })
      const { phases, encoding } = await runSecureFederatedRound({
        model: vectorModel(40),
        workers: ids.map(id => fixedWorker(id, { update: new Float32Array(40), metrics: { loss: 1, accuracy: 0.5 } })),
        encoding: { bits: 16 },
        threatModel,
        graph: plan.graph,
        threshold: plan.threshold,
      })
      expect(encoding.modulusBits).toBe(plan.modulusBits)
      for (const { phase, bytesUp, bytesDown } of phases.slice(1)) {
        const { up, down } = plan.traffic[phase as ProtocolRound]
        expect(bytesUp, phase).toBe(30 * up)
        // Opening a round sends its announcement too, which is not the protocol's.
        if (phase !== 'AdvertiseKeys') expect(bytesDown, phase).toBeCloseTo(30 * down, 6)
      }
      expect(phases.slice(1)).toHaveLength(threatModel === 'semi-honest' ? 4 : 5)
    },
  )

  it('has the graph of the finder and the ring of the encoding', () => {
    const options = { ...BELIEFS, clients: 1000, dimension: 1_663_370, bits: 16, security: 50, correctness: 20 }
    const plan = planAggregation(options)
    const beliefs = { ...BELIEFS, clients: 1000, security: 50, correctness: 20 }
    expect(plan).toMatchObject(omitComplete(findGraphParameters(beliefs)))
    const lying = planAggregation({ ...options, threatModel: 'semi-malicious' })
    expect(lying).toMatchObject(omitComplete(findGraphParameters({ ...beliefs, semiMalicious: true })))
    const encoding = planEncoding(encodingOf(options))
    expect(plan).toMatchObject({
      modulusBits: encoding.modulusBits,
      vectorLength: encoding.length,
      lanes: encoding.lanes,
    })
    expect(plan).toMatchObject({ corrupted: 50, dropped: 100, aggregations: 1, clearBytes: 2 * 1_663_370 })
  })

  it('of 2^10 clients with 2^20 coordinates of 16 bits expands an upload to less than 1.65', () => {
    const options = { ...BELIEFS, clients: 2 ** 10, dimension: 2 ** 20, bits: 16 }
    for (const threatModel of ['semi-honest', 'semi-malicious'] as const) {
      const plan = planAggregation({ ...options, threatModel })
      expect(plan.modulusBits).toBe(26)
      expect(plan.uploadExpansion).toBeGreaterThan(26 / 16)
      expect(plan.uploadExpansion).toBeLessThan(1.65)
    }
  })

  it('reaches a billion clients, and says into how many aggregations they must be split', () => {
    const options = { ...BELIEFS, clients: 1_000_000_000, dimension: 1_663_370, bits: 16 }
    const start = performance.now()
    expect(planAggregation(options)).toMatchObject({ modulusBits: 46, lanes: 2, aggregations: 954 })
    expect(performance.now() - start).toBeLessThan(1000)
    expect(planAggregation({ ...options, clients: 2 ** 20 }).aggregations).toBe(1)
    expect(planAggregation({ ...options, clients: 2 ** 20 + 1 }).aggregations).toBe(2)
  })

  it('costs the more the larger the cohort, the finer the grid and the stronger the server', () => {
    const options: PlanOptions = { ...BELIEFS, clients: 1000, dimension: 10_000, bits: 16 }
    const bytes = (changes: Partial<PlanOptions>) => planAggregation({ ...options, ...changes }).uploadBytes
    const cohorts = [100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9].map(clients => bytes({ clients }))
    expect(cohorts).toEqual([...cohorts].sort((a, b) => a - b))
    expect(new Set(cohorts).size).toBe(cohorts.length)
    const grids = [2, 8, 16, 24, 32].map(bits => bytes({ bits }))
    expect(grids).toEqual([...grids].sort((a, b) => a - b))
    expect(bytes({ threatModel: 'semi-malicious' })).toBeGreaterThan(bytes({}))
  })
})

describe('what cannot be planned', () => {
  const options: PlanOptions = { ...BELIEFS, clients: 1000, dimension: 10_000, bits: 16 }

  it.each([
    [{ threatModel: 'semi-malicious', dropoutFraction: 0.3 }, 'infeasible-parameters', 'dropoutFraction 0.25'],
    [{ threatModel: 'malicious-server' }, 'infeasible-parameters', 'clients 256'],
    [{ complete: true }, 'infeasible-parameters', 'k-regular graph'],
    [{ clients: 2 }, 'invalid-belief', 'clients'],
    [{ clients: 1_000_000_001 }, 'invalid-belief', 'clients'],
    [{ corruptFraction: 1 }, 'invalid-belief', 'corruptFraction'],
    [{ bits: 33 }, 'encoding-spec', 'bits'],
    [{ dimension: 0 }, 'bad-parameter', 'dimension'],
    [{ dimension: 2 ** 31 + 1 }, 'bad-parameter', 'dimension'],
    [{ dimension: 2 ** 31 }, 'vector-too-long', 'dimension'],
    [{ idBytes: 65 }, 'bad-parameter', 'idBytes'],
    [{ rangeLength: 0 }, 'bad-parameter', 'rangeLength'],
    [{ threatModel: 'trusted' as ThreatModel }, 'bad-parameter', 'trusted'],
  ] as const)('is refused with the reason: %o', (changes, code, message) => {
    const refused = expect.objectContaining({ name: 'UsageError', code, message: expect.stringContaining(message) })
    expect(() => planAggregation({ ...options, ...changes } as PlanOptions)).toThrow(refused)
  })

  it('is no threat model as such', () => {
    for (const threatModel of THREAT_MODELS) {
      expect(planAggregation({ ...options, clients: 100, threatModel })).toMatchObject({ threatModel })
    }
  })
})

function omitComplete({ complete: _, ...parameters }: ReturnType<typeof findGraphParameters>) {
  return parameters
}
