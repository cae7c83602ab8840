import { fedAvg, federate, iid, VirtualWorker } from 'secagg/federated'
import { loadMnist, type Mnist } from 'secagg/mnist'
import { accuracyOf, cnnLearner, type Digits, initialModel } from './network.ts'
import type { Setting } from './setting.ts'

const SEED = 2026
const DIGITS_PER_WORKER = 10
const GROUPS = 6
const PARTICIPATIONS = 5

/** The budgets of the table. */
export const EPSILONS: readonly number[] = [2, 4, 8]

/** The experiment on these digits: with all of MNIST 6,000 clients of ten digits, a thousand in each of 30 rounds. */
export function mnistSetting({ train, test }: Mnist): Setting {
  const perGroup = Math.floor(train.length / DIGITS_PER_WORKER / GROUPS)
  const count = perGroup * GROUPS
  const workers = Array.from(
    { length: count },
    (_, i) => new VirtualWorker<Digits>(`client-${i}`, { learner: cnnLearner }),
  )
  federate(train.slice(0, count * DIGITS_PER_WORKER), { workers, partition: iid({ seed: SEED }) })
  return {
    workers,
    initial: initialModel(SEED),
    strategy: fedAvg({ epochs: 1, batchSize: 1, learningRate: 0.1 }),
    groups: GROUPS,
    participations: PARTICIPATIONS,
    delta: 1e-5,
    clip: 3,
    bits: 16,
    weightBound: DIGITS_PER_WORKER,
    seed: SEED,
    accuracy: model => accuracyOf(model, test),
  }
}

/** All of MNIST from `MNIST_DIR` or the cache folder, else the embedded sample. */
export function digits(): Promise<Mnist> {
  return loadMnist()
}
