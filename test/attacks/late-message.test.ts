/**
 * A masked input arrives after its round was closed, when the others have given up the mask key of its sender. First as a
 * server sees it that only looks; then as it would be added to a sum that was settled without it.
 *
 * Source: Bonawitz et al., CCS 2017, section 4, on why there is a second mask: a client that is merely slow would
 * otherwise be laid open.
 */
import type { ClientMessage } from '../../src/secagg/messages/message.ts'
import { broken, describeAttack, harmless, type Library, type Verdict } from './support/attack.ts'
import { RogueServer } from './support/rogue-server.ts'
import { aggregate } from './support/run.ts'
import { Scene, VICTIM } from './support/scene.ts'

async function lookAtLateInput(lib: Library): Promise<Verdict> {
  const scene = new Scene(lib)
  const server = new RogueServer(scene, (await scene.advertise()).values())
  const survivors = server.allBut(VICTIM)
  await server.collectShareKeys()
  await server.collectInputs(survivors)
  await server.collectShares(survivors, id => server.request(id, survivors, [VICTIM]))
  await server.collectInputs([VICTIM])
  const late = server.masked.get(VICTIM)!
  const unmasked = await server.removePairwise(late, VICTIM, server.t1(), server.neighbours(VICTIM))
  return scene.verdict(unmasked ? late.reduce() : undefined)
}

describeAttack({
  title: 'a masked input that comes late',
  run: lookAtLateInput,
  honest: harmless('the attacker computes noise'),
  unguarded: broken('the input of victim is recovered'),
  guards: [
    {
      name: 'the self-mask',
      patches: [
        {
          file: 'client/mask-input.ts',
          find: '{ key: selfMaskKey(state.selfMaskSeed, state.t1, id), sign: 1 }',
          replace: '',
        },
      ],
    },
  ],
})

async function sendLate(lib: Library): Promise<Verdict> {
  const scene = new Scene(lib)
  let held: ClientMessage | undefined
  const { verdict } = await aggregate(scene, {
    up(message) {
      if (message.type !== 'MaskedInput' || message.sender !== VICTIM) return [message]
      held = message
      return []
    },
    extra: opened => (opened === 'UnmaskingRequest' ? [held!] : []),
  })
  return verdict
}

describeAttack({
  title: 'a masked input for a sum that is settled',
  run: sendLate,
  honest: harmless('the sum is right'),
  unguarded: broken('a wrong sum is accepted'),
  guards: [
    {
      name: 'the round that a message must be of',
      patches: [
        {
          file: 'server/unmasking.ts',
          find: "if (message.type !== 'Unmasking')",
          replace: `if (message.type === 'MaskedInput') {
              this.#survival.maskedSum.add(message.range)
              return ACCEPTED
            }
            if (message.type !== 'Unmasking')`,
        },
      ],
    },
  ],
})
