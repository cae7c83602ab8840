import { effectiveDegree } from '../../secagg/graph/index.ts'
import { thresholdFor } from '../../secagg/parameters.ts'
import { agree } from './agreement.ts'
import { prepareRound } from './prepare-round.ts'
import type { FederatedRoundOptions } from './secure-round.ts'

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
  /** Under `privacy`: the noise in the worst case over the sensitivity, and the survivors that it is calibrated for. */
  readonly noise?: { readonly noiseMultiplier: number; readonly minimumSurvivors: number }
}

/**
 * What `runSecureFederatedRound` would do with these options, without doing it: a check of the options, and the numbers that
 * follow from them.
 *
 * @throws FederatedError, UsageError for options that do not fit, as the round itself would before anything is sent.
 */
export function planFederatedRound(options: FederatedRoundOptions): RoundPlan {
  const { encoding } = prepareRound(options)
  const ids = options.workers.map(({ id }) => id)
  const { resolved, plan } = agree<'mean' | 'sum'>(ids, encoding, options)
  const neighbours = effectiveDegree(resolved.graph, resolved.clients)
  const { modulusBits, vectorLength } = resolved
  const numbers = { neighbours, threshold: thresholdFor(resolved, neighbours), modulusBits, vectorLength }
  if (plan.noise === undefined) return numbers
  const { minimumSurvivors } = plan.spec.noise!
  return { ...numbers, noise: { noiseMultiplier: plan.noise.noiseMultiplier, minimumSurvivors } }
}
