import { positiveOption } from '../check.ts'
import { type LocalTraining, validateLocalTraining } from '../learner.ts'
import { applyDelta } from '../model.ts'
import type { Strategy } from './strategy.ts'

/** What {@link fedAvg} is told. */
export interface FedAvgOptions {
  /** Passes of each worker over its own data per round (E). */
  readonly epochs: number
  /** Examples per gradient step (B), or `'all'`. */
  readonly batchSize: number | 'all'
  /** The workers' step size (η). */
  readonly learningRate: number
  /** How much of the mean update is applied; 1, the default, averages the workers' models. */
  readonly serverLearningRate?: number
}

/**
 * Federated averaging (McMahan et al., AISTATS 2017, algorithm 1): workers train for some epochs, and the model moves by
 * the mean of their updates, weighted by examples. With a `serverLearningRate` other than 1 it is the generalized form of
 * Reddi et al. (ICLR 2021, algorithm 1 with SGD on both sides).
 *
 * @throws {FederatedError} `invalid-training-settings` or `invalid-option`
 */
export function fedAvg(options: FedAvgOptions): Strategy {
  const { epochs, batchSize, learningRate, serverLearningRate = 1 } = options
  const training: Omit<LocalTraining, 'seed' | 'signal'> = Object.freeze({ epochs, batchSize, learningRate })
  validateLocalTraining({ ...training, seed: 0 })
  positiveOption('serverLearningRate', serverLearningRate)
  return {
    name: 'FedAvg',
    localTraining: () => training,
    apply: (model, meanDelta) =>
      applyDelta(model, serverLearningRate === 1 ? meanDelta : meanDelta.map(entry => serverLearningRate * entry)),
  }
}
