import { expect, test } from 'vitest'
import { signedFractions } from '../../../src/cli/report/masked-words.ts'
import { ServerViewRecorder } from '../../../src/cli/report/server-view.ts'
import { correlation } from '../../../src/cli/report/statistics.ts'
import type { Experiment } from '../../../src/cli/training/experiment.ts'
import {
  createModel,
  type FederatedRoundOptions,
  planFederatedRound,
  type ReceivedMessage,
  runSecureFederatedRound,
  type Worker,
} from '../../../src/index.ts'
import { decodeClientMessage, limitsFor } from '../../../src/secagg/index.ts'

const SIZE = 2000
const model = createModel([{ name: 'w', shape: [SIZE] }], new Float32Array(SIZE))

/** A worker whose update tells who it is, and in which round. */
function worker(id: string, factor: number): Worker {
  let rounds = 0
  const train = async () => {
    rounds++
    const update = Float32Array.from({ length: SIZE }, (_, i) => (factor * rounds * Math.sin(i)) / 10)
    return { update, weight: 1, metrics: {} }
  }
  return { id, train }
}

function experiment(more: Partial<FederatedRoundOptions> = {}): Experiment {
  const workers = ['ann', 'ben', 'cy', 'dee'].map((id, i) => worker(id, i + 1))
  const options = { workers, metrics: [], ...more }
  const plan = planFederatedRound({ model, ...options })
  return { plan, settings: { workers: 4 }, roundOptions: () => options } as unknown as Experiment
}

/** Runs rounds as the command does, and keeps all that the server receives. */
async function observedRounds(count: number, more: Partial<FederatedRoundOptions> = {}) {
  const recorder = new ServerViewRecorder()
  const observed = recorder.observe(experiment(more))
  const options = observed.roundOptions()
  const heard: ReceivedMessage[] = []
  for (let round = 0; round < count; round++) {
    heard.length = 0
    const onMessage = (message: ReceivedMessage) => {
      heard.push(message)
      options.onMessage?.(message)
    }
    await runSecureFederatedRound({ ...options, model, round, onMessage })
  }
  return { view: recorder.view!, heard, plan: observed.plan }
}

test('keeps a worker of the last round: its own update, and the words of the very message that the server received', async () => {
  const { view, heard, plan } = await observedRounds(2)
  expect(view.worker).toBe('ann')
  expect(view.update[1]).toBeCloseTo((2 * Math.sin(1)) / 10, 6)
  const limits = limitsFor({ clients: 4, graph: { kind: 'complete' }, ...plan })
  const sent = heard.filter(({ worker, round }) => worker === 'ann' && round === 'MaskedInputCollection')
  const messages = sent.map(({ bytes }) => decodeClientMessage(bytes, limits))
  const [message] = messages
  if (message?.type !== 'MaskedInput') throw new Error('no MaskedInput came in')
  expect(view.received.modulusBits).toBe(message.range.modulusBits)
  expect(view.received.words.length).toBe(SIZE)
  for (const i of [0, 1, 77, SIZE - 1]) expect(BigInt(view.received.words[i]!)).toBe(message.range.get(i))
})

test('shows nothing of the update in those words', async () => {
  const { view } = await observedRounds(1)
  const fractions = signedFractions(view.received)
  // More than six standard deviations of the correlation of unrelated vectors.
  expect(Math.abs(correlation(view.update, fractions))).toBeLessThan(0.14)
  const mean = fractions.reduce((sum, value) => sum + value, 0) / SIZE
  expect(Math.abs(mean)).toBeLessThan(0.08)
})

test('takes another worker when the first one drops out before it trains', async () => {
  const dropouts: FederatedRoundOptions['dropouts'] = id => (id === 'ann' ? 'MaskedInputCollection' : undefined)
  expect((await observedRounds(1, { dropouts, threshold: 2 })).view.worker).toBe('ben')
})
