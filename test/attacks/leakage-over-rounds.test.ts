/**
 * Two sums over the same inputs, of which one lacks the victim: each hides it, their difference is its input. No message is
 * forged and no rule of the protocol broken; whoever reads both sums can subtract.
 *
 * Source: So, Ali, Güler, Jiao, Avestimehr, "Securing Secure Aggregation: Mitigating Multi-Round Privacy Leakage in Federated
 * Learning", AAAI 2023, section 1.
 */
import { broken, describeAttack, type Library, stopped, type Verdict } from './support/attack.ts'
import { VICTIM } from './support/scene.ts'

const INPUTS: Readonly<Record<string, readonly number[]>> = {
  [VICTIM]: [1, 0, 41],
  peer1: [0, 1, 12],
  peer2: [1, 1, 77],
  peer3: [0, 0, 5],
  peer4: [1, 0, 90],
}

/** Each element: who falls silent before the inputs are sent in. */
function subtract(rounds: readonly (readonly string[])[], combine: (sums: readonly number[][]) => number[]) {
  return async (lib: Library): Promise<Verdict> => {
    const leakageGuard = new lib.RoundLeakageGuard({ minimumIsolated: 2 })
    const sums: number[][] = []
    for (const silent of rounds) {
      try {
        const { sum } = await lib.secureSum(INPUTS, {
          kind: 'integers',
          min: 0,
          max: 100,
          leakageGuard,
          threshold: 2,
          dropouts: id => (silent.includes(id) ? 'MaskedInputCollection' : undefined),
        })
        sums.push(Array.from(sum, Number))
      } catch (error) {
        if (!(error instanceof lib.AggregationAbortedError)) throw error
        return stopped(error.code)
      }
    }
    const difference = combine(sums)
    const found = difference.every((value, i) => value === INPUTS[VICTIM]![i])
    return found ? broken(`the input of ${VICTIM} is recovered`) : broken('something else is recovered')
  }
}

const guards = [
  {
    name: 'the question to the guard before unmasking',
    patches: [
      {
        file: '../federated/round/coordinator.ts',
        find: 'admitSum(leakageGuard, summed, onEvent)',
        replace: 'void summed',
      },
    ],
  },
]

const honest = stopped('multi-round-leakage')
const unguarded = broken(`the input of ${VICTIM} is recovered`)

describeAttack({
  title: 'two sums, the second without the victim',
  run: subtract([[], [VICTIM]], ([all, others]) => all!.map((value, i) => value - others![i]!)),
  honest,
  unguarded,
  guards,
})

describeAttack({
  title: 'three sums of which no two give the victim away',
  // (v + 1 + 2) - (1 + 2 + 3 + 4) + (v + 3 + 4) = 2v
  run: subtract([['peer3', 'peer4'], [VICTIM], ['peer1', 'peer2']], ([first, second, third]) =>
    first!.map((value, i) => (value - second![i]! + third![i]!) / 2),
  ),
  honest,
  unguarded,
  guards,
})
