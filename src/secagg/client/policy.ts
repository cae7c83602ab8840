import { RefusalError, UsageError } from '../errors.ts'
import { type ResolvedParameters, THREAT_MODELS, type ThreatModel, thresholdFor } from '../parameters.ts'

/** What a client insists on, whatever the server proposes. */
export interface ClientPolicy {
  /** Fewest clients in the roster, and fewest that shared. 3 by default. */
  readonly minimumCohort: number
  /** Fewest inputs in the sum. 3 by default. */
  readonly minimumSurvivors: number
  /** The weakest threat model that will do: a server must not talk a client out of a stronger one. */
  readonly weakestThreatModel: ThreatModel
  /** Fewest corrupted clients that the parameters must allow for. 0 by default. */
  readonly minimumCorrupted: number
  /** Smallest threshold t. 2 by default. */
  readonly minimumThreshold: number
  /** Moduli that this client's inputs may be summed in, in bits. 1 to 62 by default. */
  readonly modulusBits: { readonly least: number; readonly most: number }
  /** How long this client's signed keys are good for, in milliseconds. One hour by default. */
  readonly keyLifetime: number
  /** Says that a cohort below 3 is meant: in a cohort of two, each learns the other's input from the sum. */
  readonly acceptSmallCohort: boolean
}

export const DEFAULT_POLICY: ClientPolicy = {
  minimumCohort: 3,
  minimumSurvivors: 3,
  weakestThreatModel: 'semi-honest',
  minimumCorrupted: 0,
  minimumThreshold: 2,
  modulusBits: { least: 1, most: 62 },
  keyLifetime: 3_600_000,
  acceptSmallCohort: false,
}

/**
 * Fills in the defaults.
 *
 * @throws UsageError `small-cohort` when fewer than 3 clients are to be accepted without `acceptSmallCohort`.
 */
export function resolvePolicy(policy: Partial<ClientPolicy> = {}): ClientPolicy {
  const resolved = { ...DEFAULT_POLICY, ...policy }
  for (const name of ['minimumCohort', 'minimumSurvivors', 'minimumThreshold'] as const) {
    if (!Number.isSafeInteger(resolved[name]) || resolved[name] < 1) {
      throw new UsageError('bad-policy', `${name} must be a whole number of at least 1, got ${resolved[name]}`)
    }
  }
  if (!Number.isSafeInteger(resolved.keyLifetime) || resolved.keyLifetime < 1) {
    throw new UsageError('bad-policy', `keyLifetime must be whole milliseconds, got ${resolved.keyLifetime}`)
  }
  if (!Number.isSafeInteger(resolved.minimumCorrupted) || resolved.minimumCorrupted < 0) {
    throw new UsageError('bad-policy', `minimumCorrupted must be a whole number, got ${resolved.minimumCorrupted}`)
  }
  if (!THREAT_MODELS.includes(resolved.weakestThreatModel)) {
    throw new UsageError('bad-policy', `unknown threat model "${resolved.weakestThreatModel}"`)
  }
  if (Math.min(resolved.minimumCohort, resolved.minimumSurvivors) < 3 && !resolved.acceptSmallCohort) {
    throw new UsageError(
      'small-cohort',
      'a sum over fewer than 3 clients tells each of two what the other put in: keep minimumCohort and ' +
        'minimumSurvivors at 3 or more, or set acceptSmallCohort to say that this is meant',
    )
  }
  return resolved
}

/** Warnings that a policy deserves; empty for the default one. */
export function policyWarnings(policy: ClientPolicy): string[] {
  const least = Math.min(policy.minimumCohort, policy.minimumSurvivors)
  return least < 3
    ? [`sums over as few as ${least} clients are accepted: a cohort of two hides nothing from its members`]
    : []
}

/** Refuses parameters below the policy, before anything is sent. */
export function checkParameters(policy: ClientPolicy, parameters: ResolvedParameters, clientId: string): void {
  const refuse = (code: string, message: string): never => {
    throw new RefusalError(code, message, { round: 'AdvertiseKeys', clientId })
  }
  const { least, most } = policy.modulusBits
  const { modulusBits } = parameters
  if (modulusBits < least || modulusBits > most) {
    refuse('modulus-not-allowed', `the modulus 2^${modulusBits} is outside of the policy's 2^${least} to 2^${most}`)
  }
  if (THREAT_MODELS.indexOf(parameters.threatModel) < THREAT_MODELS.indexOf(policy.weakestThreatModel)) {
    refuse('threat-model-too-weak', `${parameters.threatModel}, where the policy asks for ${policy.weakestThreatModel}`)
  }
  if (parameters.corrupted < policy.minimumCorrupted) {
    const allowed = `the parameters allow for ${parameters.corrupted} corrupted clients`
    refuse('too-few-corrupted', `${allowed}; the policy asks for ${policy.minimumCorrupted}`)
  }
  if (parameters.clients < policy.minimumCohort) {
    refuse(
      'cohort-too-small',
      `at most ${parameters.clients} clients take part; the policy asks for ${policy.minimumCohort}`,
    )
  }
}

/** Refuses a roster or a set of sharers that the policy, or the threshold, does not allow. */
export function checkCohort(
  policy: ClientPolicy,
  parameters: ResolvedParameters,
  cohort: { readonly clients: number; readonly degree: number },
): { code: string; message: string } | undefined {
  const threshold = thresholdFor(parameters, cohort.degree)
  // With one neighbour there is only one share to give: minimumThreshold speaks of cohorts that have a choice.
  if (threshold < policy.minimumThreshold && cohort.degree > 1) {
    return {
      code: 'threshold-too-low',
      message: `threshold ${threshold} is below the policy's ${policy.minimumThreshold}`,
    }
  }
  if (cohort.clients < policy.minimumCohort) {
    return {
      code: 'cohort-too-small',
      message: `${cohort.clients} clients; the policy asks for ${policy.minimumCohort}`,
    }
  }
  return undefined
}
