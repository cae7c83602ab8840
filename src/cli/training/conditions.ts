import {
  DistributedPrivacy,
  type DropoutPlan,
  generateIdentity,
  type Identity,
  type ProtocolRound,
  randomDropouts,
  secureRandom,
  type ThreatModel,
} from '../../index.ts'

/** Workers leave at any protocol round that the threat model has. */
export function simulatedDropouts(settings: {
  readonly dropout: number
  readonly seed: number
  readonly threatModel: ThreatModel
}): DropoutPlan {
  const { dropout: rate, seed, threatModel } = settings
  const rounds: ProtocolRound[] = ['AdvertiseKeys', 'ShareKeys', 'MaskedInputCollection', 'Unmasking']
  if (threatModel === 'malicious-server') rounds.splice(3, 0, 'ConsistencyCheck')
  return randomDropouts({ rate, seed, rounds })
}

/** Calibrated for so few survivors that a round hardly ever has fewer: four standard deviations below their mean. */
export function privacyOver(settings: {
  readonly epsilon: number
  readonly delta: number
  readonly rounds: number
  /** Workers of a round. */
  readonly cohort: number
  readonly dropout: number
}): DistributedPrivacy {
  const { epsilon, delta, rounds, cohort, dropout } = settings
  const spread = 4 * Math.sqrt(cohort * dropout * (1 - dropout))
  const minimumSurvivors = Math.max(Math.min(3, cohort), Math.floor(cohort * (1 - dropout) - spread))
  return new DistributedPrivacy({ epsilon, rounds, delta, minimumSurvivors })
}

/** In earnest, identities live as long as their owners and are made known by the operator, never by the server. */
export function freshIdentities(workers: readonly { readonly id: string }[]): Map<string, Identity> {
  return new Map(workers.map(({ id }) => [id, generateIdentity(secureRandom)]))
}
