import type { LocalTraining } from '../learner.ts'
import type { Model } from '../model.ts'

/**
 * How a federation learns: what the workers do in a round, and what the server does with the mean of their updates, which is
 * all that it sees. A strategy may carry state from round to round (momentum, say): make a new one for each run.
 */
export interface Strategy {
  /** As it is called in reports, e.g. `FedAvg`. */
  readonly name: string
  /** What every worker is told for this federated round; the driver adds seed and signal. */
  localTraining(round: number): Omit<LocalTraining, 'seed' | 'signal'>
  /**
   * The next model.
   *
   * @param meanDelta the weighted mean of the survivors' updates, one entry per parameter
   */
  apply(model: Model, meanDelta: Float64Array): Model
  /** What it carries from round to round, for a checkpoint; absent when there is nothing. */
  readonly memory?: StrategyMemory
}

/** Vectors by name, one entry per parameter each. Before the first round there are none. */
export interface StrategyMemory {
  save(): Readonly<Record<string, Float64Array>>
  /** @throws {FederatedError} `invalid-option` for vectors that are not this strategy's. */
  restore(vectors: Readonly<Record<string, Float64Array>>): void
}
