import type { SecAggClient } from '../../client/index.ts'
import type { SignatureVerifier } from '../../client/setup.ts'
import { DecodeError, RefusalError } from '../../errors.ts'
import { decodeServerMessage, encodeMessage } from '../../messages/frame.ts'
import { limitsFor } from '../../messages/limits.ts'
import type { ClientMessage, ServerMessage } from '../../messages/message.ts'
import type { Roster } from '../../messages/roster.ts'
import type { ShareDelivery } from '../../messages/share-delivery.ts'
import type { Survivors } from '../../messages/survivors.ts'
import type { UnmaskingRequest } from '../../messages/unmasking-request.ts'
import type { AlterationVector, RecordedAggregation, RecordedClient, RecordedMessage } from './file.ts'
import { badVector, fromHex, toHex, vectorOf } from './json.ts'
import { type Clock, startClient } from './parties.ts'
import { Mismatch, type Refused } from './report.ts'

/** The method that a client's driver calls in each round. */
const METHODS = {
  AdvertiseKeys: 'advertiseKeys',
  ShareKeys: 'shareKeys',
  MaskedInputCollection: 'maskInput',
  ConsistencyCheck: 'confirmSurvivors',
  Unmasking: 'unmask',
} as const

/** Plays one client through its recorded messages and compares all that it sends. */
export async function replayClient(
  recorded: RecordedAggregation,
  played: RecordedClient,
  verify: SignatureVerifier,
): Promise<void> {
  const client = startClient(recorded, played, { time: recorded.time }, verify)
  let sent = [client.advertiseKeys() as ClientMessage]
  for (const { round, direction, frame } of recorded.messages.filter(message => message.client === played.id)) {
    if (direction === 'down') {
      requireAllSent(sent, played.id, round)
      sent = await answer(client, recorded, played, round, frame)
      continue
    }
    const message = sent.shift()
    if (message === undefined || toHex(encodeMessage(message)) !== frame) {
      throw new Mismatch(METHODS[round], `"${played.id}" sends another message in ${round} than was recorded`)
    }
  }
  requireAllSent(sent, played.id, 'the last round')
}

/** Plays the client that gets the altered message, and says how it refused. */
export async function refusalByClient(
  recorded: RecordedAggregation,
  { alter, time }: AlterationVector,
  verify: SignatureVerifier,
): Promise<Refused | undefined> {
  const target = alter.at(-1)?.message ?? -1
  const id = recorded.messages[target]?.client
  const played = recorded.clients.find(client => client.id === id)
  if (played === undefined) throw badVector(`there is no message ${target}`)
  const clock: Clock = { time: recorded.time }
  const client = startClient(recorded, played, clock, verify)
  client.advertiseKeys()
  for (const [index, { client: recipient, direction, round, frame }] of recorded.messages.entries()) {
    if (recipient !== id || direction !== 'down') continue
    const altered = alter.find(({ message }) => message === index)
    if (index === target) clock.time = time ?? clock.time
    try {
      await answer(client, recorded, played, round, altered?.frame ?? frame)
    } catch (error) {
      if (error instanceof DecodeError) throw badVector(`the altered message is not even a message: ${error.message}`)
      if (!(error instanceof RefusalError)) throw error
      return { step: METHODS[round], code: error.code }
    }
    if (index === target) return undefined
  }
  return undefined
}

/** By round, not by type: a message of the wrong type is for the client to refuse. */
async function answer(
  client: SecAggClient,
  recorded: RecordedAggregation,
  { input }: RecordedClient,
  round: RecordedMessage['round'],
  frame: string,
): Promise<ClientMessage[]> {
  const message: ServerMessage = decodeServerMessage(fromHex(frame), limitsFor(recorded.parameters))
  switch (METHODS[round]) {
    case 'advertiseKeys':
      throw badVector('no message of the server comes before AdvertiseKeys')
    case 'shareKeys':
      return [await client.shareKeys(message as Roster)]
    case 'maskInput':
      return client.maskInput(message as ShareDelivery, vectorOf(input, recorded.parameters.modulusBits))
    case 'confirmSurvivors':
      return [client.confirmSurvivors(message as Survivors)]
    case 'unmask':
      return [client.unmask(message as UnmaskingRequest)]
  }
}

function requireAllSent(left: readonly ClientMessage[], id: string, before: string): void {
  if (left.length > 0) throw new Mismatch('compare', `"${id}" sends more before ${before} than was recorded`)
}
