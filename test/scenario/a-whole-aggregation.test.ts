import { describe, expect, it } from 'vitest'
import { SecAggClient } from '../../src/secagg/client/client.ts'
import { MemorySessionLog } from '../../src/secagg/client/sessions.ts'
import { RingVector } from '../../src/secagg/encoding/ring.ts'
import type { ProtocolRound } from '../../src/secagg/errors.ts'
import type { Roster } from '../../src/secagg/messages/roster.ts'
import type { ShareDelivery } from '../../src/secagg/messages/share-delivery.ts'
import type { Survivors } from '../../src/secagg/messages/survivors.ts'
import type { UnmaskingRequest } from '../../src/secagg/messages/unmasking-request.ts'
import type { AggregationParameters, ThreatModel } from '../../src/secagg/parameters.ts'
import { secureRandom } from '../../src/secagg/primitives/random.ts'
import { generateIdentity } from '../../src/secagg/primitives/signature.ts'
import { SecAggServer } from '../../src/secagg/server/server.ts'

const NAMES = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi']

/** Eight friends want to know the sum of their numbers, and nothing else. Some of them leave early. */
async function aggregate(threatModel: ThreatModel, leaving: Readonly<Record<string, ProtocolRound>>) {
  const parameters: AggregationParameters = {
    threatModel,
    clients: NAMES.length,
    graph: { kind: 'complete' },
    vectorLength: 1000,
    modulusBits: 20,
    rangeLength: 300,
    threshold: 4,
  }
  const context = secureRandom(32)
  const identities = new Map(NAMES.map(name => [name, generateIdentity(secureRandom)]))
  const knownKeys = new Map(Array.from(identities, ([name, identity]) => [name, identity.publicKey]))
  const server = new SecAggServer({ parameters, context, invited: new Set(NAMES) })
  const { session } = server
  const clients = new Map(
    NAMES.map(id => {
      const options = { id, session, parameters, context }
      if (threatModel !== 'malicious-server') return [id, new SecAggClient(options)]
      const identity = identities.get(id)!
      return [id, new SecAggClient({ ...options, identity, knownKeys, sessions: new MemorySessionLog() })]
    }),
  )
  const inputs = new Map(
    NAMES.map((id, i) => [
      id,
      RingVector.fromWords(
        Uint32Array.from({ length: 1000 }, (_, j) => i * 1000 + j),
        1000,
        20,
      ),
    ]),
  )
  const order: ProtocolRound[] = [
    'AdvertiseKeys',
    'ShareKeys',
    'MaskedInputCollection',
    'ConsistencyCheck',
    'Unmasking',
  ]
  const present = (id: string, round: ProtocolRound) =>
    leaving[id] === undefined || order.indexOf(round) < order.indexOf(leaving[id])

  for (const [id, client] of clients) if (present(id, 'AdvertiseKeys')) server.receive(client.advertiseKeys())
  for (;;) {
    const outcome = await server.closeRound()
    if (outcome.kind !== 'next') break
    for (const [id, message] of outcome.messages) {
      const client = clients.get(id)!
      if (!present(id, outcome.round)) continue
      if (outcome.round === 'ShareKeys') server.receive(await client.shareKeys(message as Roster))
      if (outcome.round === 'MaskedInputCollection') {
        for (const range of await client.maskInput(message as ShareDelivery, inputs.get(id)!)) server.receive(range)
      }
      if (outcome.round === 'ConsistencyCheck') server.receive(client.confirmSurvivors(message as Survivors))
      if (outcome.round === 'Unmasking') server.receive(client.unmask(message as UnmaskingRequest))
    }
  }
  return { result: await server.sum(), inputs }
}

function plainSum(inputs: ReadonlyMap<string, RingVector>, ids: readonly string[]): RingVector {
  const sum = RingVector.zeros(1000, 20)
  for (const id of ids) sum.add(inputs.get(id)!)
  return sum.reduce()
}

describe.each<ThreatModel>(['semi-honest', 'semi-malicious', 'malicious-server'])('a whole aggregation, %s', model => {
  it('gives the sum of all when all stay', async () => {
    const { result, inputs } = await aggregate(model, {})
    expect([...result.survivors].sort()).toEqual(NAMES)
    expect(result.sum.equals(plainSum(inputs, NAMES))).toBe(true)
  })

  it('gives the sum of those who stayed when some leave in every round', async () => {
    const { result, inputs } = await aggregate(model, {
      alice: 'MaskedInputCollection',
      bob: 'ShareKeys',
      carol: 'Unmasking',
    })
    expect([...result.survivors].sort()).toEqual(['carol', 'dave', 'erin', 'frank', 'grace', 'heidi'])
    expect(result.dropped.map(({ id, round }) => [id, round])).toEqual([
      ['bob', 'ShareKeys'],
      ['alice', 'MaskedInputCollection'],
      ['carol', 'Unmasking'],
    ])
    expect(result.sum.equals(plainSum(inputs, result.survivors))).toBe(true)
  })

  it('ends with an abort and no sum when too many leave', async () => {
    const leaving = { alice: 'Unmasking', bob: 'Unmasking', carol: 'Unmasking', dave: 'Unmasking' } as const
    await expect(aggregate(model, leaving)).rejects.toMatchObject({
      name: 'AggregationAbortedError',
      code: 'too-few-shares',
    })
  })
})
