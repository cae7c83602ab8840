import { positiveOption } from '../check.ts'
import { type LocalTraining, validateLocalTraining } from '../learner.ts'
import { applyDelta } from '../model.ts'
import { type LearningRate, rateAt } from './learning-rate.ts'
import type { Strategy } from './strategy.ts'

/** What {@link fedAvg} is told. */
export interface FedAvgOptions {
  /** Passes of each worker over its own data per round (E). */
  readonly epochs: number
  /** Examples per gradient step (B), or `'all'`. */
  readonly batchSize: number | 'all'
  /** The workers' step size (η), or a schedule of it by federated round. */
  readonly learningRate: LearningRate
  /** Heavy-ball momentum of the workers' steps; 0 by default. */
  readonly momentum?: number
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
  const { serverLearningRate = 1 } = options
  positiveOption('serverLearningRate', serverLearningRate)
  return {
    name: 'FedAvg',
    localTraining: localTrainingOf(options),
    apply: (model, meanDelta) =>
      applyDelta(model, serverLearningRate === 1 ? meanDelta : meanDelta.map(entry => serverLearningRate * entry)),
  }
}

/** What the workers of every strategy here are told; checked once, but for schedules. */
export function localTrainingOf(
  options: Omit<FedAvgOptions, 'serverLearningRate'>,
  more: Pick<LocalTraining, 'proximal'> = {},
): Strategy['localTraining'] {
  const { epochs, batchSize, learningRate, momentum } = options
  const settings = { epochs, batchSize, ...(momentum !== undefined && { momentum }), ...more }
  const at = (round: number) => Object.freeze({ ...settings, learningRate: rateAt(learningRate, round) })
  validateLocalTraining({ ...at(0), seed: 0 })
  const constant = typeof learningRate === 'function' ? undefined : at(0)
  return round => constant ?? at(round)
}
