/**
 * Unmask sets that do not tell where everybody is.
 *
 * The first attack: each client is asked about a sum of its own, over itself, the victim and two accomplices; all others
 * are left out of both sets. The second: clients that never shared their keys pad the survivors, so that a sum over too
 * few looks like one over enough.
 *
 * Source: Bonawitz et al., CCS 2017, figure 4, round 4: a client checks U4 against its own view of U3 and refuses
 * below t; a server that shrinks the sum to the victim and its accomplices is the reason.
 */
import { broken, describeAttack, type Library, stopped, type Verdict } from './support/attack.ts'
import { RogueServer } from './support/rogue-server.ts'
import { cast, Scene, VICTIM } from './support/scene.ts'

const ACCOMPLICES = ['peer6', 'peer7']

async function leaveOut(lib: Library): Promise<Verdict> {
  const scene = new Scene(lib, {
    ids: cast(7),
    insiders: ACCOMPLICES,
    parameters: { threatModel: 'malicious-server', threshold: 5, corrupted: 2 },
  })
  const server = new RogueServer(scene, (await scene.advertise()).values())
  await server.collectShareKeys()
  await server.collectInputs()
  for (const id of ACCOMPLICES) server.openSharesOf(id, scene.known.get(id)!)
  const asked = server.allBut(VICTIM, ...ACCOMPLICES)
  const shownTo = (id: string) => [VICTIM, id, ...ACCOMPLICES]
  await server.collectConfirmations(asked, shownTo)
  for (const id of asked) {
    signInTheNameOfAccomplices(server, shownTo(id))
    await server.collectShares([id], () => server.request(id, shownTo(id), [], ACCOMPLICES))
  }
  return scene.verdict(await server.sumOf([VICTIM]))
}

function signInTheNameOfAccomplices(server: RogueServer, survivors: readonly string[]): void {
  const { scene } = server
  const { lib, session } = scene
  const t3 = lib.survivorTranscript(server.t1(), server.set(server.ids), server.set(survivors))
  for (const id of ACCOMPLICES) {
    const signature = lib.sign(scene.identities.get(id)!.secretKey, lib.consistencyToSign(t3))
    server.confirmations.set(id, { type: 'ConsistencyCheck', session, sender: id, signature })
  }
}

describeAttack({
  title: 'leaving clients out of the unmask sets',
  run: leaveOut,
  honest: stopped('too-few-survivors'),
  unguarded: broken('the input of victim is recovered'),
  guards: [
    {
      name: 'the check that t neighbours survived',
      alone: stopped('too-few-survivors'),
      patches: [
        { file: 'client/check-survivors.ts', find: 'if (surviving < state.threshold) {', replace: 'if (false) {' },
      ],
    },
    {
      name: 'the check that the sets are complete',
      alone: stopped('incomplete-sets'),
      patches: [
        {
          file: 'client/unmask.ts',
          find: 'if (survivors.count + dropped.count !== state.sharers.count) {',
          replace: 'if (false) {',
        },
      ],
    },
    {
      name: 'the signatures of t neighbours',
      alone: stopped('too-few-confirmations'),
      patches: [{ file: 'client/unmask.ts', find: 'if (confirmed.size < state.threshold) {', replace: 'if (false) {' }],
    },
  ],
})

async function padWithStrangers(lib: Library): Promise<Verdict> {
  const scene = new Scene(lib, {
    ids: cast(7),
    parameters: { threatModel: 'malicious-server', threshold: 4 },
    policy: { minimumSurvivors: 6 },
  })
  const server = new RogueServer(scene, (await scene.advertise()).values())
  const strangers = ['peer6', 'peer7']
  const sharers = server.allBut(...strangers)
  await server.collectShareKeys(sharers)
  await server.collectInputs(sharers, id => server.delivery(id, sharers))
  const summed = sharers.filter(id => id !== 'peer5')
  const claimed = [...summed, 'peer6']
  await server.collectConfirmations(summed, () => claimed)
  // Five survivors and one stranger add up to the six who shared: nobody need be named as dropped.
  await server.collectShares(summed, id => server.request(id, claimed, [], summed), sharers)
  return scene.verdict(await server.sumOf(summed, server.t1(), sharers), summed)
}

describeAttack({
  title: 'padding the survivors with clients that never shared, where six inputs are the least to be summed',
  run: padWithStrangers,
  honest: stopped('stranger-among-survivors'),
  unguarded: broken('the sum of 5 alone is out'),
  guards: [
    {
      name: 'the check that survivors have shared',
      patches: [
        {
          file: 'client/check-survivors.ts',
          find: 'if (!survivors.isSubsetOf(state.sharers)) {',
          replace: 'if (false) {',
        },
      ],
    },
  ],
})
