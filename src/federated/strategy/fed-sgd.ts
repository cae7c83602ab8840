import { fedAvg } from './fed-avg.ts'
import type { Strategy } from './strategy.ts'

/**
 * Federated stochastic gradient descent (McMahan et al., AISTATS 2017, section 2): each worker takes one gradient step over
 * all of its data. The mean of the updates, weighted by examples, is then one step over the data of all of them.
 *
 * @throws {FederatedError} `invalid-training-settings`
 */
export function fedSgd(options: { readonly learningRate: number }): Strategy {
  return { ...fedAvg({ epochs: 1, batchSize: 'all', learningRate: options.learningRate }), name: 'FedSGD' }
}
