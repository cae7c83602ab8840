/**
 * The server sends everybody but the victim a model that gives no update. The sum over all is then the victim's update.
 *
 * Source: Pasquini, Francati and Ateniese, "Eluding Secure Aggregation in Federated Learning via Model Inconsistency",
 * CCS 2022. Each client therefore hashes the model that it received into what it signs and derives keys from.
 */
import { broken, describeAttack, harmless, type Library, stopped, type Verdict } from './support/attack.ts'
import { RogueServer } from './support/rogue-server.ts'
import { Scene, VICTIM } from './support/scene.ts'

async function showAnotherModel(lib: Library): Promise<Verdict> {
  const deadModel = new Uint8Array(32).fill(0xde)
  const scene = new Scene(lib, {
    parameters: { threatModel: 'malicious-server' },
    client: id => (id === VICTIM ? {} : { context: deadModel }),
  })
  const server = new RogueServer(scene, (await scene.advertise()).values())
  const { ids } = server
  await server.collectShareKeys()
  const noUpdate = lib.RingVector.zeros(scene.parameters.vectorLength, scene.parameters.modulusBits)
  await server.collectInputs(
    ids,
    id => server.delivery(id),
    id => (id === VICTIM ? scene.input(id) : noUpdate),
  )
  const others = server.allBut(VICTIM)
  await server.collectConfirmations(others, () => ids)
  await server.collectShares(others, id => server.request(id, ids, [], others))
  return scene.verdict(await server.sumOf(ids))
}

describeAttack({
  title: 'another model for one client',
  run: showAnotherModel,
  honest: stopped('bad-signature'),
  unguarded: broken('the input of victim is recovered'),
  guards: [
    {
      name: 'the model in what clients sign',
      alone: stopped('bad-signature'),
      patches: [
        { file: 'transcript.ts', find: /writer\.fixed\(context\)\s+writer\.text8\(id\)/, replace: 'writer.text8(id)' },
      ],
    },
    {
      name: 'the model in the transcript that all keys derive under',
      alone: harmless('the attacker computes noise'),
      patches: [
        { file: 'transcript.ts', find: /writer\.fixed\(context\)\s+writer\.u32\(size\)/, replace: 'writer.u32(size)' },
      ],
    },
  ],
})
