import { type FedAvgOptions, fedAvg, localTrainingOf } from './fed-avg.ts'
import type { Strategy } from './strategy.ts'

/** What {@link fedProx} is told. */
export interface FedProxOptions extends FedAvgOptions {
  /** Weight of the proximal term (μ): 0 is FedAvg; 0.001 to 1 in the paper. */
  readonly mu: number
}

/**
 * FedAvg whose workers are held near the model that they were sent, by μ/2 times the squared distance in their loss: it
 * steadies learning where their data differ (Li et al., "Federated Optimization in Heterogeneous Networks", MLSys 2020,
 * algorithm 2, with the same number of epochs everywhere).
 *
 * @throws {FederatedError} `invalid-training-settings` or `invalid-option`
 */
export function fedProx(options: FedProxOptions): Strategy {
  return { ...fedAvg(options), name: 'FedProx', localTraining: localTrainingOf(options, { proximal: options.mu }) }
}
