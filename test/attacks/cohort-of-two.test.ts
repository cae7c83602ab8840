/**
 * The cohort shrinks to the victim and an accomplice of the server: the sum is the victim's input and a number that the
 * attacker knows. Once in the roster already, once when all others are said not to have shared their keys.
 *
 * Source: the limit of every sum, which no cryptography moves: whoever knows all terms but one knows that one.
 */
import { broken, describeAttack, type Guard, type Library, stopped, type Verdict } from './support/attack.ts'
import { RogueServer } from './support/rogue-server.ts'
import { Scene, VICTIM } from './support/scene.ts'

const ACCOMPLICE = 'accomplice'
const PAIR = [VICTIM, ACCOMPLICE]

async function shrinkTo(lib: Library, roster: readonly string[], threshold: number): Promise<Verdict> {
  const scene = new Scene(lib, {
    ids: [...PAIR, 'peer1', 'peer2'],
    insiders: [ACCOMPLICE, 'peer1'],
    parameters: { ...(roster.length > 2 && { threshold }) },
  })
  const advertisements = await scene.advertise()
  const server = new RogueServer(
    scene,
    roster.map(id => advertisements.get(id)!),
  )
  await server.collectShareKeys(server.ids)
  await server.collectInputs(PAIR, id => server.delivery(id, PAIR))
  for (const [id, keys] of scene.known) if (server.ids.includes(id)) server.openSharesOf(id, keys)
  return scene.verdict(await server.sumOf([VICTIM], server.t1(), PAIR))
}

const deliveryGuard: Guard = {
  name: 'the least cohort, checked when all have shared',
  alone: stopped('cohort-too-small'),
  patches: [
    {
      file: 'client/mask-input.ts',
      find: 'if (problem !== undefined) refuse(problem.code, problem.message)',
      replace: '',
    },
  ],
}

describeAttack({
  title: 'a roster of two',
  run: lib => shrinkTo(lib, PAIR, 1),
  honest: stopped('cohort-too-small'),
  unguarded: broken('the input of victim is recovered'),
  guards: [
    {
      name: 'the least cohort, checked in the roster',
      alone: stopped('cohort-too-small'),
      patches: [
        {
          file: 'client/check-roster.ts',
          find: 'checkCohort(policy, parameters, { clients: size, degree }) ?? ',
          replace: '',
        },
      ],
    },
    deliveryGuard,
  ],
})

describeAttack({
  title: 'a roster of four of which only two are said to have shared their keys',
  run: lib => shrinkTo(lib, [...PAIR, 'peer1', 'peer2'], 2),
  honest: stopped('cohort-too-small'),
  unguarded: broken('the input of victim is recovered'),
  guards: [
    deliveryGuard,
    {
      name: 'the t neighbours that must have shared',
      alone: stopped('too-few-sharers'),
      patches: [
        { file: 'client/mask-input.ts', find: 'if (sharing.length < state.threshold) {', replace: 'if (false) {' },
      ],
    },
  ],
})
