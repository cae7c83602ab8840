/**
 * A round is replayed: the server asks a client to unmask a second time, now with another client among the dropouts.
 *
 * Source: Bonawitz et al., CCS 2017, section 4: the two secrets of a client protect its input only as long as they do
 * not both come out. A client that answers every request it gets hands out the second one.
 */
import { broken, describeAttack, harmless, type Library, stopped, type Verdict } from './support/attack.ts'
import { RogueServer } from './support/rogue-server.ts'
import { Scene, VICTIM } from './support/scene.ts'

async function askTwice(lib: Library): Promise<Verdict> {
  const scene = new Scene(lib, { parameters: { threatModel: 'malicious-server' } })
  const server = new RogueServer(scene, (await scene.advertise()).values())
  await server.collectShareKeys()
  await server.collectInputs()
  const { ids } = server
  const others = server.allBut(VICTIM)
  await server.collectConfirmations(ids, () => ids)
  await server.collectShares(others, id => server.request(id, ids, [], ids))
  await server.collectShares(others, id => server.request(id, others, [VICTIM], ids))
  return scene.verdict(await server.sumOf([VICTIM]))
}

describeAttack({
  title: 'a second unmasking request',
  run: askTwice,
  honest: stopped('out-of-round'),
  unguarded: broken('the input of victim is recovered'),
  guards: [
    {
      name: 'the state that an answer consumes',
      alone: stopped('out-of-round'),
      patches: [
        {
          file: 'client/client.ts',
          find: "return [{ name: 'finished', why: 'it has answered its unmasking request' }, answer]",
          replace: 'return [state, answer]',
        },
      ],
    },
    {
      name: 'the overwriting of spent shares',
      alone: harmless('the attacker computes noise'),
      patches: [
        {
          file: 'client/client.ts',
          find: /unmask\(this\.#setup, state, request\)\s+wipeState\(state\)/,
          replace: 'unmask(this.#setup, state, request)',
        },
      ],
    },
    {
      name: 'the check that the set is the one this client signed',
      alone: stopped('other-survivors'),
      patches: [
        {
          file: 'client/unmask.ts',
          find: 'if (!request.survivors.equals(state.survivors)) {',
          replace: 'if (false) {',
        },
      ],
    },
  ],
})
