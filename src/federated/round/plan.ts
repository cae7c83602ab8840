import { planEncoding } from '../../secagg/encoding/index.ts'
import { effectiveDegree } from '../../secagg/graph/index.ts'
import { resolveParameters, thresholdFor } from '../../secagg/parameters.ts'
import { parametersOf } from './aggregate.ts'
import { encodingOf, type FederatedRoundOptions } from './secure-round.ts'

/** What a federated round will use when every worker joins. */
export interface RoundPlan {
  /** Workers with whom each one shares masks and key shares (k). */
  readonly neighbours: number
  /** Shares needed to reconstruct a secret (t). */
  readonly threshold: number
  /** The sum is taken modulo 2^modulusBits. */
  readonly modulusBits: number
  /** Ring entries per worker: one per parameter, and those of the weight, the metrics and the error bounds. */
  readonly vectorLength: number
}

/**
 * What `runSecureFederatedRound` would do with these options, without doing it: a check of the options, and the numbers that
 * follow from them.
 *
 * @throws FederatedError, UsageError what the round itself would throw before anything is sent.
 */
export function planFederatedRound(options: FederatedRoundOptions): RoundPlan {
  const plan = planEncoding(encodingOf(options))
  const parameters = resolveParameters(parametersOf(plan, options))
  const neighbours = effectiveDegree(parameters.graph, parameters.clients)
  const { modulusBits, vectorLength } = parameters
  return { neighbours, threshold: thresholdFor(parameters, neighbours), modulusBits, vectorLength }
}
