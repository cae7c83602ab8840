/**
 * A server names one client both as a survivor and as a dropout, and gets both of its secrets.
 *
 * Source: Bonawitz et al., CCS 2017, section 4: no honest client ever reveals both kinds of shares of one peer.
 * Implementations have been published whose clients hand out both.
 */
import { broken, describeAttack, harmless, type Library, stopped, type Verdict } from './support/attack.ts'
import { RogueServer } from './support/rogue-server.ts'
import { Scene, VICTIM } from './support/scene.ts'

async function askForBothShares(lib: Library): Promise<Verdict> {
  const scene = new Scene(lib, { parameters: { threatModel: 'malicious-server' } })
  const server = new RogueServer(scene, (await scene.advertise()).values())
  await server.collectShareKeys()
  await server.collectInputs()
  // One client is left out of both sets, so that the two still add up to everybody who shared.
  const survivors = server.allBut('peer5')
  const asked = server.allBut(VICTIM, 'peer5')
  await server.collectConfirmations(survivors, () => survivors)
  await server.collectShares(asked, id => server.request(id, survivors, [VICTIM], survivors))
  return scene.verdict(await server.sumOf([VICTIM]))
}

describeAttack({
  title: 'asking for both shares of one peer',
  run: askForBothShares,
  honest: stopped('overlapping-sets'),
  unguarded: broken('the input of victim is recovered'),
  guards: [
    {
      name: 'the check that no client is named twice',
      alone: stopped('overlapping-sets'),
      patches: [{ file: 'client/unmask.ts', find: 'if (dropped.intersects(survivors)) {', replace: 'if (false) {' }],
    },
    {
      name: 'the one entry that an answer has for each neighbour',
      alone: harmless('the attacker computes noise'),
      patches: [
        {
          file: 'client/unmask.ts',
          find: 'new Uint8Array(state.neighbours.length * UNMASKING_ENTRY_BYTES)',
          replace: 'new Uint8Array(2 * state.neighbours.length * UNMASKING_ENTRY_BYTES)',
        },
        {
          file: 'client/unmask.ts',
          find: 'const survived = request.survivors.has(entry.position)',
          replace: `const survived = request.survivors.has(entry.position)
            if (request.dropped.has(entry.position)) {
              const second = (state.neighbours.length + i) * UNMASKING_ENTRY_BYTES
              shares[second] = ShareKind.MASK_KEY
              shares.set(held.maskKey, second + 1)
            }`,
        },
      ],
    },
  ],
})
