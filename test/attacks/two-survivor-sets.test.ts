/**
 * The server shows one half of the cohort that the victim survived and the other half that it dropped out: the self-mask
 * shares come from the one half, the mask-key shares from the other.
 *
 * Source: Bonawitz et al., CCS 2017, section 6.2, from which come the ConsistencyCheck round and the condition
 * 2t > k + corrupted.
 */
import type { ThreatModel } from '../../src/secagg/parameters.ts'
import { broken, describeAttack, type Guard, type Library, stopped, type Verdict } from './support/attack.ts'
import { RogueServer } from './support/rogue-server.ts'
import { attempt, cast, Scene, VICTIM } from './support/scene.ts'

const FIRST_HALF = [VICTIM, 'peer1', 'peer2', 'peer3', 'peer4']
const SECOND_HALF = ['peer5', 'peer6', 'peer7', 'peer8']

/** Up to the masked inputs nothing is wrong. */
async function untilMasked(lib: Library, threatModel: ThreatModel, threshold: number): Promise<RogueServer> {
  const scene = new Scene(lib, { ids: cast(8), parameters: { threatModel, threshold } })
  const server = new RogueServer(scene, (await scene.advertise()).values())
  await server.collectShareKeys()
  await server.collectInputs()
  return server
}

async function unmaskBoth(server: RogueServer, signers: readonly string[][]): Promise<Verdict> {
  const { ids } = server
  const others = server.allBut(VICTIM)
  const [first, second] = signers
  await server.collectShares(FIRST_HALF.slice(1), id => server.request(id, ids, [], first))
  await server.collectShares(SECOND_HALF, id => server.request(id, others, [VICTIM], second))
  return server.scene.verdict(await server.sumOf([VICTIM]))
}

function tellTwoStories(threatModel: ThreatModel, threshold: number) {
  return (lib: Library): Promise<Verdict> =>
    attempt(async () => {
      const server = await untilMasked(lib, threatModel, threshold)
      const others = server.allBut(VICTIM)
      await server.collectConfirmations(FIRST_HALF, () => server.ids)
      await server.collectConfirmations(SECOND_HALF, () => others)
      return unmaskBoth(server, [FIRST_HALF, SECOND_HALF])
    })
}

async function signOneUnmaskAnother(lib: Library): Promise<Verdict> {
  return attempt(async () => {
    const server = await untilMasked(lib, 'malicious-server', 4)
    await server.collectConfirmations(server.ids, () => server.ids)
    return unmaskBoth(server, [server.ids, server.ids])
  })
}

const thresholdGuard: Guard = {
  name: 'the threshold that no two halves can both reach',
  alone: stopped('threshold-too-low'),
  patches: [
    {
      file: 'parameters.ts',
      find: "if (parameters.threatModel !== 'semi-honest' && 2 * threshold <= degree + corrupted) {",
      replace: 'if (false) {',
    },
  ],
}

describeAttack({
  title: 'two survivor sets, each signed by the half that was shown it',
  run: tellTwoStories('malicious-server', 4),
  honest: stopped('threshold-too-low'),
  unguarded: broken('the input of victim is recovered'),
  guards: [
    thresholdGuard,
    {
      name: 'the signatures of t neighbours on one set',
      alone: stopped('too-few-confirmations'),
      patches: [{ file: 'client/unmask.ts', find: 'if (confirmed.size < state.threshold) {', replace: 'if (false) {' }],
    },
  ],
})

describeAttack({
  title: 'one survivor set signed by all, another one to unmask',
  run: signOneUnmaskAnother,
  honest: stopped('threshold-too-low'),
  unguarded: broken('the input of victim is recovered'),
  guards: [
    thresholdGuard,
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

describeAttack({
  title: 'two survivor sets in the semi-malicious model, where either half can sign its own',
  run: tellTwoStories('semi-malicious', 3),
  honest: stopped('threshold-too-low'),
  unguarded: broken('the input of victim is recovered'),
  guards: [thresholdGuard],
})
