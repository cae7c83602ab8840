/**
 * A client advertises its keys and falls silent: nothing more than leaving before ShareKeys, and in some implementations
 * the end of the round for everybody.
 *
 * Source: Bonawitz et al., CCS 2017, figure 4, where U2 may be smaller than U1; implementations have been published that
 * wait for all of U1.
 */
import type { ClientMessage } from '../../src/secagg/messages/message.ts'
import { broken, describeAttack, harmless, type Library, type Verdict } from './support/attack.ts'
import { aggregate } from './support/run.ts'
import { Scene } from './support/scene.ts'

const MALLORY = 'peer5'

async function fallSilent(lib: Library): Promise<Verdict> {
  const isLast = ({ type, sender }: ClientMessage) => type === 'ShareKeys' && sender === MALLORY
  try {
    const run = await aggregate(new Scene(lib), { up: message => (isLast(message) ? [] : [message]) })
    return run.result === undefined ? broken('one client stops the aggregation') : run.verdict
  } catch (error) {
    // A server that looks for the missing message falls over.
    if (error instanceof TypeError) return broken('one client stops the aggregation')
    throw error
  }
}

describeAttack({
  title: 'leaving before ShareKeys, where the server would wait for everybody',
  run: fallSilent,
  honest: harmless('the sum is right'),
  unguarded: broken('one client stops the aggregation'),
  guards: [
    {
      name: 'the set of those that shared, which the server passes on',
      patches: [
        {
          file: 'server/share-keys.ts',
          find: 'this.#cohort.neighbours(position).filter(neighbour => sharers.has(neighbour))',
          replace: 'this.#cohort.neighbours(position)',
        },
      ],
    },
  ],
})

describeAttack({
  title: 'leaving before ShareKeys, where clients would wait for everybody',
  run: fallSilent,
  honest: harmless('the sum is right'),
  unguarded: broken('one client stops the aggregation'),
  guards: [
    {
      name: 'the set of those that shared, which a client masks with',
      patches: [
        {
          file: 'client/mask-input.ts',
          find: 'state.neighbours.filter(neighbour => sharers.has(neighbour.position))',
          replace: 'state.neighbours',
        },
      ],
    },
  ],
})
