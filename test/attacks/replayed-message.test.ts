/**
 * Somebody on the wire replays a client's masked input: the very same one a second time, or one of an earlier
 * aggregation in the place of one that is missing.
 *
 * Source: the textbook replay attack; Syverson, "A Taxonomy of Replay Attacks", CSFW 1994, has both kinds (from within
 * the run, and from outside of it).
 */
import type { ClientMessage } from '../../src/secagg/messages/message.ts'
import { broken, describeAttack, harmless, type Library, type Verdict } from './support/attack.ts'
import { aggregate } from './support/run.ts'
import { Scene, VICTIM } from './support/scene.ts'

function isInputOfVictim(message: ClientMessage): boolean {
  return message.type === 'MaskedInput' && message.sender === VICTIM
}

async function replayWithin(lib: Library): Promise<Verdict> {
  const { verdict } = await aggregate(new Scene(lib), {
    up: message => (isInputOfVictim(message) ? [message, message] : [message]),
  })
  return verdict
}

async function replayFromBefore(lib: Library): Promise<Verdict> {
  let old: ClientMessage | undefined
  await aggregate(new Scene(lib), {
    up(message) {
      if (isInputOfVictim(message)) old = message
      return [message]
    },
  })
  const { verdict } = await aggregate(new Scene(lib), {
    up: message => (isInputOfVictim(message) ? [old!] : [message]),
  })
  return verdict
}

describeAttack({
  title: 'a masked input that arrives twice',
  run: replayWithin,
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

describeAttack({
  title: 'a masked input of an earlier aggregation',
  run: replayFromBefore,
  honest: harmless('the sum is right'),
  unguarded: broken('a wrong sum is accepted'),
  guards: [
    {
      name: 'the session that a message must be of',
      alone: harmless('the sum is right'),
      patches: [
        {
          file: 'server/server.ts',
          find: 'if (!equalBytes(message.session, this.#setup.session)) {',
          replace: 'if (false) {',
        },
      ],
    },
    {
      name: 'the digest that is bound to T1 and U2',
      alone: harmless('the sum is right'),
      patches: [
        {
          file: 'server/staging.ts',
          find: 'if (!equalBytes(this.#digestOf(vector), digest)) {',
          replace: 'if (false) {',
        },
      ],
    },
  ],
})
