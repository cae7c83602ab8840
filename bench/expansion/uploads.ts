import { SecAggClient } from '../../src/secagg/client/index.ts'
import { encodeInput, planEncoding } from '../../src/secagg/encoding/index.ts'
import { neighboursOf } from '../../src/secagg/graph/index.ts'
import { decodeClientMessage, encodeMessage } from '../../src/secagg/messages/frame.ts'
import { limitsFor } from '../../src/secagg/messages/limits.ts'
import type { ClientMessage } from '../../src/secagg/messages/message.ts'
import { PositionSet } from '../../src/secagg/messages/position-set.ts'
import type { Roster } from '../../src/secagg/messages/roster.ts'
import { CIPHERTEXT_BYTES, type ShareKeys } from '../../src/secagg/messages/share-keys.ts'
import { resolveParameters } from '../../src/secagg/parameters.ts'
import { encodingOf, type PlanOptions } from '../../src/secagg/planning/options.ts'
import type { AggregationPlan } from '../../src/secagg/planning/plan.ts'
import { secureRandom } from '../../src/secagg/primitives/random.ts'
import { generateIdentity, sign } from '../../src/secagg/primitives/signature.ts'
import { SecAggServer } from '../../src/secagg/server/index.ts'
import { memoizedVerify } from '../../src/secagg/testing/memoized-verify.ts'
import { consistencyToSign, rosterTranscript, survivorTranscript } from '../../src/secagg/transcript.ts'
import { anyUpdate } from '../plan/aggregation.ts'

/** Encoded messages of one type. */
export interface Upload {
  readonly type: ClientMessage['type']
  readonly messages: number
  readonly bytes: number
}

/**
 * All that one client uploads in an aggregation of a plan in which everybody stays, message by message as its own machine
 * makes them. The whole cohort advertises keys to a real server; the client's neighbours share theirs; the client masks a
 * real update and unmasks. What the other clients would mask has no bearing on its messages and is left out.
 */
export async function uploadsOf(plan: AggregationPlan, options: PlanOptions): Promise<Upload[]> {
  const cohort = await advertise(plan)
  const { roster, client, clients, parameters, common } = cohort
  const limits = limitsFor(parameters)
  const sent: ClientMessage[] = [cohort.advertisement, await client.shareKeys(roster)]

  const everybody = PositionSet.of(
    plan.clients,
    Array.from({ length: plan.clients }, (_, position) => position),
  )
  const { session } = common
  const ciphertexts = await ciphertextsFor(cohort, plan)
  const encoding = planEncoding(encodingOf(options))
  const { vector } = await encodeInput(encoding, anyUpdate(encoding), secureRandom(16))
  sent.push(...(await client.maskInput({ type: 'ShareDelivery', session, sharers: everybody, ciphertexts }, vector)))

  const t1 = rosterTranscript(session, parameters, common.context, roster.size, roster.root)
  const toSign = consistencyToSign(survivorTranscript(t1, everybody, everybody))
  const signed = plan.threatModel !== 'semi-honest'
  if (signed) sent.push(client.confirmSurvivors({ type: 'Survivors', session, survivors: everybody }))
  const signatures = neighboursOf(roster.position, plan.clients, plan.graph).map(position => {
    const { identity } = clients.get(cohort.idAt(position))!
    return { position, signature: sign(identity.secretKey, toSign) }
  })
  const dropped = new PositionSet(plan.clients)
  const request = { type: 'UnmaskingRequest', session, survivors: everybody, dropped } as const
  sent.push(client.unmask({ ...request, signatures: signed ? signatures : [] }))
  return countBytes(sent, limits)
}

/** Everybody's keys, collected by a server that then deals the places on the graph. */
async function advertise(plan: AggregationPlan) {
  const { threatModel, clients: size, graph, threshold, vectorLength, modulusBits, rangeLength } = plan
  const parameters = resolveParameters({
    threatModel,
    clients: size,
    graph,
    threshold,
    vectorLength,
    modulusBits,
    rangeLength,
  })
  const common = { parameters, context: secureRandom(32), session: secureRandom(32), verify: memoizedVerify() }
  const server = new SecAggServer(common)
  const ids = Array.from({ length: size }, (_, i) => `${i}`.padStart(plan.idBytes, '0'))
  const clients = new Map(
    ids.map(id => {
      const identity = generateIdentity(secureRandom)
      return [id, { identity, machine: new SecAggClient({ ...common, id, identity }) }]
    }),
  )
  const advertisements = Array.from(clients.values(), ({ machine }) => machine.advertiseKeys())
  for (const message of advertisements) {
    const receipt = server.receive(message)
    if (!receipt.accepted) throw new Error(receipt.detail)
  }
  const outcome = await server.closeRound()
  if (outcome.kind !== 'next') throw new Error('the cohort was not accepted')
  const rosters = outcome.messages as ReadonlyMap<string, Roster>
  const [id] = ids
  const roster = rosters.get(id!)!
  const idAt = (position: number) => roster.entries.find(entry => entry.position === position)!.id
  return {
    parameters,
    common,
    clients,
    rosters,
    roster,
    idAt,
    client: clients.get(id!)!.machine,
    advertisement: advertisements[0]!,
  }
}

/** What the client's neighbours encrypt for it. */
async function ciphertextsFor(
  { roster, rosters, clients, idAt }: Awaited<ReturnType<typeof advertise>>,
  plan: AggregationPlan,
) {
  const neighbours = neighboursOf(roster.position, plan.clients, plan.graph)
  const ciphertexts = new Uint8Array(neighbours.length * CIPHERTEXT_BYTES)
  for (const [i, position] of neighbours.entries()) {
    const id = idAt(position)
    const shares: ShareKeys = await clients.get(id)!.machine.shareKeys(rosters.get(id)!)
    const at = neighboursOf(position, plan.clients, plan.graph).indexOf(roster.position) * CIPHERTEXT_BYTES
    ciphertexts.set(shares.ciphertexts.subarray(at, at + CIPHERTEXT_BYTES), i * CIPHERTEXT_BYTES)
  }
  return ciphertexts
}

/** Encodes every message, and decodes it again to be sure that it is one. */
function countBytes(sent: readonly ClientMessage[], limits: ReturnType<typeof limitsFor>): Upload[] {
  const uploads = new Map<ClientMessage['type'], Upload>()
  for (const message of sent) {
    const bytes = encodeMessage(message)
    const { type } = decodeClientMessage(bytes, limits)
    const before = uploads.get(type) ?? { type, messages: 0, bytes: 0 }
    uploads.set(type, { type, messages: before.messages + 1, bytes: before.bytes + bytes.length })
  }
  return [...uploads.values()]
}
