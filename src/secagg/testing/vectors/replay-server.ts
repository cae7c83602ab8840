import type { SignatureVerifier } from '../../client/setup.ts'
import type { ProtocolRound } from '../../errors.ts'
import { decodeClientMessage, encodeMessage } from '../../messages/frame.ts'
import { limitsFor } from '../../messages/limits.ts'
import type { RoundOutcome, SecAggServer } from '../../server/index.ts'
import type { AlterationVector, RecordedAggregation } from './file.ts'
import { entriesOf, fromHex, sameJson, toHex } from './json.ts'
import { type Clock, startServer } from './parties.ts'
import { Mismatch, type Refused } from './report.ts'

/** Plays the server through the recorded messages and compares all that it sends, and the sum. */
export async function replayServer(recorded: RecordedAggregation, verify: SignatureVerifier): Promise<void> {
  const server = startServer(recorded, { time: recorded.time }, verify)
  for (let round = server.round; isOpen(round); round = server.round) {
    for (const { client, frame } of sentIn(recorded, round)) {
      const receipt = server.receive(decode(recorded, frame))
      if (!receipt.accepted) throw new Mismatch('receive', `"${client}" in ${round}: ${receipt.detail}`)
    }
    compareMessages(recorded, await server.closeRound())
  }
  await compareSum(recorded, server)
}

/** Plays the server through the altered messages, and says how it refused. */
export async function refusalByServer(
  recorded: RecordedAggregation,
  { alter, time }: AlterationVector,
  verify: SignatureVerifier,
): Promise<Refused | undefined> {
  const target = alter.at(-1)?.message
  const clock: Clock = { time: recorded.time }
  const server = startServer(recorded, clock, verify)
  let outcome: RoundOutcome | undefined
  for (let round = server.round; isOpen(round); round = server.round) {
    for (const { index, frame } of sentIn(recorded, round)) {
      const altered = alter.find(({ message }) => message === index)
      if (index === target) clock.time = time ?? clock.time
      if (altered?.frame === null) continue
      const receipt = server.receive(decode(recorded, altered?.frame ?? frame))
      if (index === target && !receipt.accepted) return { step: 'receive', code: receipt.reason }
    }
    outcome = await server.closeRound()
  }
  if (outcome?.kind === 'aborted') return { step: 'closeRound', code: outcome.reason }
  await compareSum(recorded, server)
  const { setAside } = await server.sum()
  return setAside[0] && { step: 'setAside', code: setAside[0].why }
}

function isOpen(round: SecAggServer['round']): round is ProtocolRound {
  return round !== 'finished' && round !== 'aborted'
}

function sentIn({ messages }: RecordedAggregation, round: ProtocolRound) {
  return messages
    .map((message, index) => ({ ...message, index }))
    .filter(message => message.direction === 'up' && message.round === round)
}

function decode({ parameters }: RecordedAggregation, frame: string) {
  return decodeClientMessage(fromHex(frame), limitsFor(parameters))
}

/** Who had dropped out was told as well, but nobody recorded it. */
function compareMessages({ messages }: RecordedAggregation, outcome: RoundOutcome): void {
  if (outcome.kind === 'finished') return
  if (outcome.kind === 'aborted') throw new Mismatch('closeRound', `aborted in ${outcome.round}: ${outcome.detail}`)
  for (const { client, direction, round, frame } of messages) {
    if (direction !== 'down' || round !== outcome.round) continue
    const message = outcome.messages.get(client)
    if (message === undefined || toHex(encodeMessage(message)) !== frame) {
      throw new Mismatch('closeRound', `the server tells "${client}" something else in ${round} than was recorded`)
    }
  }
}

async function compareSum(recorded: RecordedAggregation, server: SecAggServer): Promise<void> {
  const { sum, survivors } = await server.sum()
  if (!sameJson([...survivors], [...recorded.survivors])) throw new Mismatch('sum', `it is over ${survivors.join()}`)
  if (!sameJson(entriesOf(sum), [...recorded.sum])) throw new Mismatch('sum', `it is ${entriesOf(sum).join()}`)
}
