import { gridUnit } from '../encoding/grid.ts'
import { type NoisePlan, type NoiseSpec, type SumSpec, sensitivityOf } from '../encoding/index.ts'
import { UsageError } from '../errors.ts'
import { noiseMultiplierFor, PrivacyAccountant, perClientVariance } from '../privacy/index.ts'

/** A budget of differential privacy, against the server, that several rounds are to share. */
export interface PlanPrivacy {
  /** Of all rounds together. */
  readonly epsilon: number
  /** Rounds that every client is in, at worst. */
  readonly rounds: number
  /** The chance that epsilon fails; 1e-5 by default, and a tenth of 1 / clients where that is less. */
  readonly delta?: number
  /** The bound on the L2 norm of an update; 1 by default. The noise is in proportion to it. */
  readonly clip?: number
  /** `discrete-gaussian` by default. */
  readonly mechanism?: NoiseSpec['kind']
}

/** The noise that keeps to a budget, and what is left of the mean under it. Errors are in the units of the clip. */
export interface PlannedNoise {
  readonly mechanism: NoiseSpec['kind']
  /** The budget, the rounds that share it, and what is reached: after one of them, and after all. */
  readonly budget: number
  readonly rounds: number
  readonly delta: number
  readonly epsilonAfterOne: number
  readonly epsilon: number
  readonly clip: number
  /** The fewest survivors, for whom it is calibrated: the cohort less the dropouts. */
  readonly minimumSurvivors: number
  /** Of them so many may tell the server their share of the noise: it counts for nothing. */
  readonly assumedCorrupted: number
  /** Standard deviation of the noise that counts, over the L2 sensitivity. */
  readonly noiseMultiplier: number
  /** Of one client's share, in ring units squared. */
  readonly perClientVariance: number
  /** Standard deviation of the noise in one coordinate of the mean of the fewest survivors, all their shares counted. */
  readonly noiseDeviation: number
  /** The same for stochastic rounding, at most: its variance is a quarter of a squared grid step for each client. */
  readonly quantizationDeviation: number
  /** Root mean square of both together: the error of one coordinate of the mean, beside what clipping changes. */
  readonly expectedError: number
  /** The same for the whole vector, as the L2 norm. */
  readonly expectedVectorError: number
  /** Bound on the chance that an entry of the sum over the whole cohort wraps around. */
  readonly wrapProbability: number
}

/** What the noise is calibrated for. */
export interface NoiseBeliefs {
  readonly clients: number
  readonly corrupted: number
  readonly dropped: number
}

/**
 * Gives an encoding the least noise with which all rounds keep to the budget.
 *
 * @throws UsageError `bad-privacy` for a budget that cannot be kept; `encoding-spec`
 */
export function withNoise(spec: SumSpec, privacy: PlanPrivacy, beliefs: NoiseBeliefs): SumSpec & { noise: NoiseSpec } {
  const { mechanism: kind = 'discrete-gaussian', epsilon, rounds } = privacy
  const { l2, dimension } = sensitivityOf(spec)
  const believed = believedSurvivors(beliefs)
  const delta = deltaOf(privacy, beliefs)
  const target = { kind, epsilon, delta, rounds, l2Sensitivity: l2, dimension, ...believed }
  const noiseMultiplier = noiseMultiplierFor(target)
  const variance = perClientVariance({ noiseMultiplier, l2Sensitivity: l2, ...believed })
  return { ...spec, noise: { kind, perClientVariance: variance, ...believed } }
}

/** What that noise comes to. */
export function describeNoise(
  spec: SumSpec & { noise: NoiseSpec },
  { noiseMultiplier, wrapProbability, sensitivity }: NoisePlan,
  privacy: PlanPrivacy,
  beliefs: NoiseBeliefs,
): PlannedNoise {
  const { kind, perClientVariance, minimumSurvivors, assumedCorrupted } = spec.noise
  const { epsilon: budget, rounds } = privacy
  const delta = deltaOf(privacy, beliefs)
  const mechanism = { kind, perClientVariance, l2Sensitivity: sensitivity.l2, dimension: sensitivity.dimension }
  const epsilonAfter = (times: number) => {
    const accountant = new PrivacyAccountant({ mechanism, delta, minimumSurvivors, assumedCorrupted })
    accountant.record({ cohort: beliefs.clients, survivors: minimumSurvivors }, times)
    return accountant.spent().epsilon
  }
  // A mean of S independent shares: the deviation of one over the root of S.
  const inMean = gridUnit(spec) / Math.sqrt(minimumSurvivors)
  const noiseDeviation = Math.sqrt(perClientVariance) * inMean
  const quantizationDeviation = inMean / 2
  const expectedError = Math.hypot(noiseDeviation, quantizationDeviation)
  return {
    mechanism: kind,
    budget,
    rounds,
    delta,
    epsilonAfterOne: epsilonAfter(1),
    epsilon: epsilonAfter(rounds),
    clip: spec.clip.bound,
    minimumSurvivors,
    assumedCorrupted,
    noiseMultiplier,
    perClientVariance,
    noiseDeviation,
    quantizationDeviation,
    expectedError,
    expectedVectorError: expectedError * Math.sqrt(spec.dimension),
    wrapProbability,
  }
}

function believedSurvivors({ clients, corrupted, dropped }: NoiseBeliefs) {
  const minimumSurvivors = clients - dropped
  if (minimumSurvivors > corrupted) return { minimumSurvivors, assumedCorrupted: corrupted }
  throw new UsageError(
    'bad-privacy',
    `With ${minimumSurvivors} survivors of whom ${corrupted} may be corrupted, no noise is certain: ` +
      'believe in fewer dropouts or fewer corrupted clients',
  )
}

function deltaOf({ delta }: PlanPrivacy, { clients }: NoiseBeliefs): number {
  return delta ?? Math.min(1e-5, 0.1 / clients)
}
