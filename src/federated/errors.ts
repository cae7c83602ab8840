import { type ErrorContext, SecAggError } from '../secagg/errors.ts'

/** What can be wrong in the federated layer. Codes are stable: programs may compare them. */
export type FederatedErrorCode =
  // models and model files
  | 'invalid-schema'
  | 'parameters-misfit'
  | 'non-finite-parameter'
  | 'unknown-tensor'
  | 'delta-misfit'
  | 'model-file-malformed'
  | 'model-file-unsupported'
  // workers and their training
  | 'invalid-worker'
  | 'duplicate-worker'
  | 'no-workers'
  | 'worker-without-learner'
  | 'worker-without-data'
  | 'learner-misbehaved'
  | 'invalid-training-settings'
  // data sets, strategies and simulated conditions
  | 'invalid-dataset'
  | 'labels-missing'
  | 'more-workers-than-examples'
  | 'invalid-partition'
  | 'partition-infeasible'
  | 'invalid-option'
  | 'data-stays'
  // rounds
  | 'worker-cannot'
  | 'cohort-too-small'
  | 'privacy-budget'
  | 'warning'

/**
 * Something in the federated layer does not fit: a model, a worker, a data set or a setting. The message says what was
 * wrong, where, and what to do; it never contains training data or parameter values. `clientId` is the worker's id,
 * where one worker is concerned.
 */
export class FederatedError extends SecAggError {
  override readonly name = 'FederatedError'
  declare readonly code: FederatedErrorCode

  constructor(code: FederatedErrorCode, message: string, context: ErrorContext = {}) {
    super(code, message, context)
  }
}
