import { isWellFormed } from './check.ts'
import { FederatedError } from './errors.ts'
import type { LocalTraining } from './learner.ts'
import type { Model } from './model.ts'

/** What one worker's training gives. It never leaves the worker in clear: it is masked before it is sent. */
export interface LocalResult {
  /** Trained parameters minus the model's, one entry per parameter, finite. */
  readonly update: Float32Array
  /** What the update counts for in the mean: the number of examples trained on, a non-negative integer. */
  readonly weight: number
  /** Finite measurements of the training, such as `loss`. */
  readonly metrics: Readonly<Record<string, number>>
}

/** What a model does on one worker's data. */
export interface LocalEvaluation {
  /** The number of examples measured, a non-negative integer. */
  readonly weight: number
  readonly metrics: Readonly<Record<string, number>>
}

/**
 * Somebody who holds data and trains on it. Anything with an id and `train` is a worker: in this process, in a thread
 * or on another machine, with any machine-learning library.
 */
export interface Worker {
  /** Unique in its cohort, 1 to 64 bytes of UTF-8. */
  readonly id: string
  /**
   * Trains from `model` on the worker's own data. It leaves `model` as it is, rejects with a `FederatedError` when model or
   * settings are not valid, and with the reason of `settings.signal` when that aborts.
   */
  train(model: Model, settings: LocalTraining): Promise<LocalResult>
  /** Measures `model` on the worker's own data; absent when the worker cannot. */
  evaluate?(model: Model): Promise<LocalEvaluation>
}

const MAX_ID_BYTES = 64

/**
 * Checks a cohort before a round is started with it.
 *
 * @throws {FederatedError} `no-workers`, `invalid-worker` (an id that is not 1 to 64 bytes of UTF-8, no `train`) or
 *   `duplicate-worker`
 */
export function validateWorkers(workers: readonly Pick<Worker, 'id' | 'train'>[]): void {
  validateWorkerIds(workers)
  for (const [index, worker] of workers.entries()) {
    if (typeof worker.train === 'function') continue
    const message = `Worker ${index} ("${worker.id}") has no train(model, settings) method. Give it one.`
    throw new FederatedError('invalid-worker', message, { clientId: worker.id })
  }
}

/** The part of {@link validateWorkers} that asks only for ids: at least one worker, each id valid and unique. */
export function validateWorkerIds(workers: readonly Pick<Worker, 'id'>[]): void {
  if (!Array.isArray(workers) || workers.length === 0) {
    throw new FederatedError('no-workers', 'An array of at least one worker is needed.')
  }
  const seen = new Map<string, number>()
  for (const [index, worker] of workers.entries()) {
    validateWorkerId(worker?.id, `Worker ${index}`)
    const earlier = seen.get(worker.id)
    if (earlier !== undefined) {
      const message = `Workers ${earlier} and ${index} have the same id "${worker.id}". Give each its own.`
      throw new FederatedError('duplicate-worker', message, { clientId: worker.id })
    }
    seen.set(worker.id, index)
  }
}

/**
 * Checks one id: 1 to 64 bytes of well-formed UTF-8.
 *
 * @throws {FederatedError} `invalid-worker`
 */
export function validateWorkerId(id: string, who: string = 'A worker'): void {
  if (typeof id !== 'string' || !isWellFormed(id)) {
    throw new FederatedError('invalid-worker', `${who} needs an id that is a well-formed string.`)
  }
  const { length } = new TextEncoder().encode(id)
  if (length >= 1 && length <= MAX_ID_BYTES) return
  throw new FederatedError(
    'invalid-worker',
    `${who} has an id of ${length} bytes of UTF-8. Use 1 to ${MAX_ID_BYTES} bytes.`,
  )
}
