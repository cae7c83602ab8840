/**
 * A round is replayed: the server opens MaskedInputCollection a second time, with a model whose update it knows. Two
 * inputs under the same masks differ by what the masks hide.
 *
 * Source: the two-time pad; for secure aggregation, the reason why Bonawitz et al., CCS 2017, draw every key afresh for
 * each aggregation.
 */
import { broken, describeAttack, harmless, type Library, stopped, type Verdict } from './support/attack.ts'
import { RogueServer } from './support/rogue-server.ts'
import { Scene, VICTIM } from './support/scene.ts'

async function maskTwice(lib: Library): Promise<Verdict> {
  const scene = new Scene(lib, { parameters: { threatModel: 'malicious-server' } })
  const server = new RogueServer(scene, (await scene.advertise()).values())
  await server.collectShareKeys()
  await server.collectInputs()
  const first = server.masked.get(VICTIM)!
  const known = scene.input('peer1')
  await server.collectInputs(
    [VICTIM],
    id => server.delivery(id),
    () => known,
  )
  const second = server.masked.get(VICTIM)!
  return scene.verdict(first.clone().subtract(second).add(known).reduce())
}

describeAttack({
  title: 'two inputs under the same masks',
  run: maskTwice,
  honest: stopped('out-of-round'),
  unguarded: broken('the input of victim is recovered'),
  guards: [
    {
      name: 'the state that an input consumes',
      alone: stopped('out-of-round'),
      patches: [
        {
          file: 'client/client.ts',
          find: 'state => maskInput(this.#setup, state, delivery, input)',
          replace: 'async state => [state, (await maskInput(this.#setup, state, delivery, input))[1]]',
        },
      ],
    },
    {
      name: 'the overwriting of spent keys',
      alone: harmless('the attacker computes noise'),
      patches: [
        {
          file: 'client/mask-input.ts',
          find: 'wipe(state.selfMaskSeed, state.mask.secretKey, ...state.neighbours.map(neighbour => neighbour.shareSecret))',
          replace: '',
        },
      ],
    },
  ],
})
