import { shown } from './check.ts'
import { FederatedError } from './errors.ts'
import type { Model } from './model.ts'

/** How a model is trained on one worker in one federated round. */
export interface LocalTraining {
  /** Passes over the worker's data (E in McMahan et al., AISTATS 2017). An integer of at least 1. */
  readonly epochs: number
  /** Examples per gradient step (B in the same paper); `'all'` is one step over everything. */
  readonly batchSize: number | 'all'
  /** Step size of gradient descent (η). Finite, above 0. */
  readonly learningRate: number
  /** Heavy-ball momentum of the worker's steps, from 0 to below 1; 0 when absent. It starts from rest in every round. */
  readonly momentum?: number
  /** Weight of the proximal term that holds a worker near the model it was sent (μ of FedProx); 0 when absent. */
  readonly proximal?: number
  /** Governs every random choice of the training, such as the order of examples. An integer from 0 to 2^53 - 1. */
  readonly seed: number
  /** Aborts the training; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/**
 * The port through which training is reached: any machine-learning library behind one function. A learner does not
 * change the model it is given, and gives the same parameters for the same model, data and settings.
 *
 * @typeParam D the kind of data that it trains on
 */
export interface Learner<D> {
  /**
   * Trains from `model` on `data`.
   *
   * @returns the trained parameters (as many, in the same order), the number of examples trained on, and metrics: the
   *   numbers in that object, such as `loss`, all finite
   */
  train(
    model: Model,
    data: D,
    settings: LocalTraining,
  ): Promise<{ readonly parameters: Float32Array; readonly examples: number; readonly metrics: object }>
  /**
   * Measures `model` on `data` without training: the number of examples measured. Every other number in the answer is a
   * metric; what is not a number, such as a confusion matrix, stays with the worker.
   */
  evaluate?(model: Model, data: D): Promise<{ readonly examples: number }>
}

/**
 * Checks settings before anything is trained with them.
 *
 * @throws {FederatedError} `invalid-training-settings`, naming the setting
 */
export function validateLocalTraining(settings: LocalTraining): void {
  if (typeof settings !== 'object' || settings === null) {
    const message = `Training settings must be an object { epochs, batchSize, learningRate, seed }, not ${shown(settings)}.`
    throw new FederatedError('invalid-training-settings', message)
  }
  const { epochs, batchSize, learningRate, momentum = 0, proximal = 0, seed } = settings
  if (!isCount(epochs, 1)) throw invalid('epochs', 'an integer of at least 1', epochs)
  if (batchSize !== 'all' && !isCount(batchSize, 1)) {
    throw invalid('batchSize', "an integer of at least 1, or 'all'", batchSize)
  }
  if (typeof learningRate !== 'number' || !Number.isFinite(learningRate) || learningRate <= 0) {
    throw invalid('learningRate', 'a finite number above 0', learningRate)
  }
  if (typeof momentum !== 'number' || !(momentum >= 0 && momentum < 1))
    throw invalid('momentum', 'a number from 0 to below 1', momentum)
  if (typeof proximal !== 'number' || !(proximal >= 0 && proximal < Number.POSITIVE_INFINITY)) {
    throw invalid('proximal', 'a finite number of at least 0', proximal)
  }
  if (!isCount(seed, 0)) throw invalid('seed', 'an integer from 0 to 2^53 - 1', seed)
}

function isCount(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least
}

function invalid(setting: string, expected: string, value: unknown): FederatedError {
  return new FederatedError(
    'invalid-training-settings',
    `The training setting ${setting} must be ${expected}, not ${shown(value)}.`,
  )
}
