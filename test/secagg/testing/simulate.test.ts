import { describe, expect, it } from 'vitest'
import { RingVector } from '../../../src/secagg/encoding/ring.ts'
import { encodedLength } from '../../../src/secagg/messages/frame.ts'
import type { ThreatModel } from '../../../src/secagg/parameters.ts'
import {
  type Fault,
  faultsAt,
  type MessageSight,
  PROTOCOL_ROUNDS,
  randomFaults,
  type SimulationOptions,
  simulate,
} from '../../../src/secagg/testing/index.ts'

const MODELS: readonly ThreatModel[] = ['semi-honest', 'semi-malicious', 'malicious-server']
const LYING: readonly ThreatModel[] = ['semi-malicious', 'malicious-server']

function options(threatModel: ThreatModel = 'semi-honest', more: Partial<SimulationOptions> = {}): SimulationOptions {
  return {
    seed: 'a simulation',
    clients: 6,
    parameters: {
      threatModel,
      graph: { kind: 'complete' },
      threshold: 4,
      vectorLength: 25,
      modulusBits: 20,
      rangeLength: 10,
    },
    ...more,
  }
}

/** The reports' parts that a seed decides. */
function decided<T extends { timings: unknown }>({ timings: _, ...rest }: T) {
  return rest
}

describe('simulate', () => {
  it.each(MODELS)('gives the same result for the same seed and another for another, %s', async model => {
    const faults = randomFaults({ seed: 1, rates: { drop: 0.02, reorder: 0.3, duplicate: 0.2 } })
    const first = await simulate(options(model, { faults }))
    expect(decided(await simulate(options(model, { faults })))).toEqual(decided(first))
    const other = await simulate(options(model, { faults, seed: 'another' }))
    expect(other.transcriptHash).not.toBe(first.transcriptHash)
  })

  it.each(MODELS)('is the same with and without the wire, bytes and all, %s', async model => {
    const faults = faultsAt([
      { kind: 'drop', round: 'MaskedInputCollection', client: 'client-2' },
      { kind: 'corrupt', round: 'ShareKeys', client: 'client-5' },
    ])
    const wired = await simulate(options(model, { faults }))
    const direct = await simulate(options(model, { faults, throughWire: false }))
    expect(decided(direct)).toEqual(decided(wired))
  })

  it('adds the inputs that it is given, and no others', async () => {
    const inputs = (id: string) =>
      RingVector.fromWords(new Uint32Array(25).fill(10 ** Number(id.at(-1)) % 2 ** 20), 25, 20)
    const faults = faultsAt([{ kind: 'drop', round: 'MaskedInputCollection', client: 'client-6' }])
    const result = await simulate(options('semi-honest', { inputs, faults }))
    if (result.outcome !== 'sum') throw new Error(result.abort.detail)
    expect(result.sum.get(24)).toBe(111_110n)
    expect(result.sum.equals(result.expectedSum)).toBe(true)
    expect([...result.survivors].sort()).toEqual(['client-1', 'client-2', 'client-3', 'client-4', 'client-5'])
    expect(result.dropped).toEqual([{ id: 'client-6', round: 'MaskedInputCollection', reason: 'silent' }])
  })

  it('counts the bytes of every message once, for its round and its client', async () => {
    const sights: MessageSight[] = []
    const { traffic } = await simulate(options('semi-malicious', { observe: sight => sights.push(sight) }))
    for (const round of PROTOCOL_ROUNDS) {
      for (const direction of ['up', 'down'] as const) {
        const here = sights.filter(sight => sight.round === round && sight.direction === direction)
        const bytes = here.map(sight => encodedLength(sight.message)).reduce((sum, length) => sum + length, 0)
        expect(traffic.rounds[round][direction]).toBe(bytes)
        const perClient = [...traffic.clients.values()].map(client => client[round][direction])
        expect(perClient.reduce((sum, length) => sum + length, 0)).toBe(bytes)
      }
    }
    expect(traffic.rounds.AdvertiseKeys.down).toBe(0)
    expect(traffic.rounds.ConsistencyCheck.up).toBeGreaterThan(0)
  })

  it('refuses clients that are not clients', async () => {
    await expect(simulate(options('semi-honest', { clients: ['a', 'b', 'a'] }))).rejects.toMatchObject({
      code: 'duplicate-client-id',
    })
    await expect(simulate(options('semi-honest', { clients: 1.5 }))).rejects.toMatchObject({ code: 'bad-parameter' })
  })

  it('reports clients whose policy does not allow the parameters', async () => {
    const result = await simulate(options('semi-honest', { policy: { minimumCohort: 7 } }))
    expect(result).toMatchObject({ outcome: 'aborted', abort: { round: 'AdvertiseKeys', reason: 'too-few-clients' } })
    expect(result.refusals).toHaveLength(6)
    expect(result.refusals[0]).toEqual({ id: 'client-1', round: 'AdvertiseKeys', code: 'cohort-too-small' })
  })
})

describe('each fault', () => {
  const fault = (kind: Fault['kind'], round: Fault['round'], direction: Fault['direction'] = 'up') =>
    faultsAt([{ kind, round, client: 'client-3', direction }])
  const roundsOf = (model: ThreatModel) =>
    PROTOCOL_ROUNDS.filter(round => model !== 'semi-honest' || round !== 'ConsistencyCheck')
  const cases = (['semi-honest', 'malicious-server'] as const).flatMap(model =>
    roundsOf(model).map(round => [model, round] as const),
  )

  it.each(cases)('drop, %s, %s: the client is silent', async (model, round) => {
    const result = await simulate(options(model, { faults: fault('drop', round) }))
    expect(result.outcome).toBe('sum')
    expect(result.dropped).toEqual([{ id: 'client-3', round, reason: 'silent' }])
    expect(result.rejections).toEqual([])
  })

  it.each(cases)('delay, %s, %s: the late message is refused', async (model, round) => {
    const result = await simulate(options(model, { faults: fault('delay', round) }))
    expect(result.outcome).toBe('sum')
    expect(result.dropped).toEqual([{ id: 'client-3', round, reason: 'silent' }])
    const messages = round === 'MaskedInputCollection' ? 3 : 1
    expect(result.rejections.map(({ id, reason, faults }) => [id, reason, faults])).toEqual(
      Array.from({ length: messages }, () => ['client-3', 'wrong-round', ['delay']]),
    )
  })

  it.each(cases)('duplicate, %s, %s: the copy is refused and costs nothing', async (model, round) => {
    const result = await simulate(options(model, { faults: fault('duplicate', round) }))
    expect(result).toMatchObject({ outcome: 'sum', dropped: [] })
    expect(new Set(result.rejections.map(({ reason }) => reason))).toEqual(new Set(['duplicate']))
  })

  it.each(cases.filter(([, round]) => round !== 'AdvertiseKeys'))(
    "duplicate, %s, %s: a server's message is answered once",
    async (model, round) => {
      const result = await simulate(options(model, { faults: fault('duplicate', round, 'down') }))
      expect(result).toMatchObject({ outcome: 'sum', dropped: [], rejections: [] })
      expect(result.refusals).toEqual([{ id: 'client-3', round, code: 'out-of-round' }])
    },
  )

  it.each(cases)('reorder, %s, %s: the order of messages does not matter', async (model, round) => {
    const calm = await simulate(options(model))
    const result = await simulate(options(model, { faults: fault('reorder', round) }))
    if (result.outcome !== 'sum' || calm.outcome !== 'sum') throw new Error('there is a sum')
    expect(result.sum.equals(calm.sum)).toBe(true)
    expect(result.rejections).toEqual([])
  })

  it.each(cases)('corrupt, %s, %s: costs at most the sum, never its truth', async (model, round) => {
    const directions = round === 'AdvertiseKeys' ? (['up'] as const) : (['up', 'down'] as const)
    for (const direction of directions) {
      // With every share needed, no corruption can pass unnoticed.
      const parameters = { ...options(model).parameters, threshold: 5 }
      const result = await simulate(options(model, { parameters, faults: fault('corrupt', round, direction) }))
      if (result.outcome === 'sum') expect(result.sum.equals(result.expectedSum)).toBe(true)
      const traces = [...result.refusals, ...result.rejections, ...result.setAside, ...result.dropped]
      expect(traces.length + (result.outcome === 'aborted' ? 1 : 0)).toBeGreaterThan(0)
    }
  })

  it.each(LYING)('equivocate about the context, %s: the keys are not accepted', async model => {
    const result = await simulate(options(model, { faults: fault('equivocate', 'AdvertiseKeys') }))
    expect(result).toMatchObject({ outcome: 'sum', dropped: [{ id: 'client-3', reason: 'bad-signature' }] })
  })

  it.each(MODELS)('equivocate about the roster, %s: no sum', async model => {
    const result = await simulate(options(model, { faults: fault('equivocate', 'ShareKeys') }))
    expect(result).toMatchObject({ outcome: 'aborted', abort: { round: 'Unmasking', reason: 'too-few-shares' } })
  })

  it.each(MODELS)('equivocate about the sharers, %s: the input is left out of the sum', async model => {
    const result = await simulate(options(model, { faults: fault('equivocate', 'MaskedInputCollection') }))
    if (result.outcome !== 'sum') throw new Error(result.abort.detail)
    expect(result.survivors).not.toContain('client-3')
    expect(result.dropped).toEqual([{ id: 'client-3', round: 'MaskedInputCollection', reason: 'digest-mismatch' }])
    expect(result.sum.equals(result.expectedSum)).toBe(true)
  })

  it.each(LYING)('equivocate about the survivors, %s: the signature is not accepted', async model => {
    const result = await simulate(options(model, { faults: fault('equivocate', 'ConsistencyCheck') }))
    expect(result).toMatchObject({ outcome: 'sum', dropped: [{ id: 'client-3', reason: 'bad-signature' }] })
  })

  it.each(LYING)('equivocate about whom to unmask, %s: the client refuses', async model => {
    const result = await simulate(options(model, { faults: fault('equivocate', 'Unmasking') }))
    expect(result).toMatchObject({ outcome: 'sum', refusals: [{ id: 'client-3', code: 'other-survivors' }] })
  })

  it('equivocate about whom to unmask, semi-honest: the answer is not what was asked for', async () => {
    const result = await simulate(options('semi-honest', { faults: fault('equivocate', 'Unmasking') }))
    expect(result).toMatchObject({ outcome: 'sum', dropped: [{ id: 'client-3', reason: 'malformed' }] })
  })

  it('reorder mixes the ranges of more clients than can be staged, and all come through', async () => {
    const faults = randomFaults({ seed: 1, rates: { reorder: 1 } })
    const result = await simulate(options('semi-honest', { faults, stagedInputs: 2 }))
    expect(result).toMatchObject({ outcome: 'sum', dropped: [] })
    expect(result.rejections.filter(({ reason }) => reason === 'staging-full').length).toBeGreaterThan(0)
    expect(new Set(result.rejections.map(({ reason }) => reason))).toEqual(new Set(['staging-full']))
  })

  it('inputs that never become whole do not keep out others', async () => {
    const faults = faultsAt([{ kind: 'corrupt', round: 'MaskedInputCollection', client: 'client-1' }])
    const result = await simulate(options('semi-honest', { faults, stagedInputs: 1 }))
    if (result.outcome !== 'sum') throw new Error(result.abort.detail)
    expect(result.survivors).toHaveLength(5)
    expect(result.sum.equals(result.expectedSum)).toBe(true)
  })
})
