/**
 * A client sends a second masked input, with another content and the right digest for it: it counts twice, or as much as
 * it likes.
 *
 * Source: the ballot-stuffing of any tally that counts messages and not voters; Bonawitz et al., CCS 2017, figure 4, has
 * the server wait for one message of each client in each round.
 */
import type { ClientMessage, ServerMessage } from '../../src/secagg/messages/message.ts'
import type { Roster } from '../../src/secagg/messages/roster.ts'
import type { ShareDelivery } from '../../src/secagg/messages/share-delivery.ts'
import { broken, describeAttack, harmless, type Library, type Verdict } from './support/attack.ts'
import { aggregate } from './support/run.ts'
import { Scene } from './support/scene.ts'

const MALLORY = 'peer5'

async function voteTwice(lib: Library): Promise<Verdict> {
  const scene = new Scene(lib)
  const seen = new Map<ServerMessage['type'], ServerMessage>()
  const { verdict } = await aggregate(scene, {
    down(id, message) {
      if (id === MALLORY) seen.set(message.type, message)
      return message
    },
    up: message =>
      message.type === 'MaskedInput' && message.sender === MALLORY
        ? [message, secondBallot(scene, message, seen)]
        : [message],
  })
  return verdict
}

/** In clear: the masks are in the sum already. */
function secondBallot(
  { lib, session, parameters, context }: Scene,
  first: Extract<ClientMessage, { type: 'MaskedInput' }>,
  seen: ReadonlyMap<ServerMessage['type'], ServerMessage>,
): ClientMessage {
  const { size, root } = seen.get('Roster') as Roster
  const { sharers } = seen.get('ShareDelivery') as ShareDelivery
  const range = lib.RingVector.zeros(parameters.vectorLength, parameters.modulusBits)
  range.set(0, 10_000n)
  const t1 = lib.rosterTranscript(session, parameters, context, size, root)
  return { ...first, range, digest: lib.maskedInputDigest(t1, sharers, range) }
}

describeAttack({
  title: 'two masked inputs of one client',
  run: voteTwice,
  honest: harmless('the sum is right'),
  unguarded: broken('a wrong sum is accepted'),
  guards: [
    {
      name: 'the list of those whose input is in the sum',
      patches: [
        {
          file: 'server/masked-input.ts',
          find: "if (this.answered.has(sender)) return rejected('duplicate'",
          replace: "if (false) return rejected('duplicate'",
        },
      ],
    },
  ],
})
