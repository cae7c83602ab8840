import { UsageError } from '../errors.ts'
import { PrivacyAccountant, type PrivacyMechanism } from './accountant.ts'
import { perClientVariance } from './distributed-rdp.ts'

/** A budget, and the sums that are to share it. */
export interface CalibrationTarget {
  readonly kind: PrivacyMechanism['kind']
  readonly epsilon: number
  readonly delta: number
  /** Rounds that every client is in, at worst. */
  readonly rounds: number
  /** In ring units; both ignored for the central baseline. */
  readonly l2Sensitivity: number
  readonly dimension: number
  readonly minimumSurvivors: number
  readonly assumedCorrupted: number
}

/** Beyond these no budget is worth having, or none can be kept. */
const LEAST_MULTIPLIER = 1e-3
const MOST_MULTIPLIER = 1e6
/** Relative width at which the search ends. */
const PRECISION = 1e-4

/**
 * The least noise multiplier, to one in ten thousand, with which that many rounds keep to (epsilon, delta) against the
 * server, each with the fewest survivors. Found by bisection over the accountant's own figures.
 *
 * @throws UsageError `bad-privacy` where no multiplier from 0.001 to a million does.
 */
export function noiseMultiplierFor(target: CalibrationTarget): number {
  const { epsilon, rounds } = target
  if (!(epsilon > 0)) throw new UsageError('bad-privacy', `epsilon must be a positive number, not ${epsilon}.`)
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new UsageError('bad-privacy', `rounds must be a whole number from 1, not ${rounds}.`)
  }
  const keeps = (multiplier: number) => epsilonAfter(target, multiplier) <= epsilon
  let [below, above] = [LEAST_MULTIPLIER, 1]
  while (!keeps(above)) {
    below = above
    above *= 4
    if (above > MOST_MULTIPLIER) throw unreachable(target)
  }
  while (above - below > above * PRECISION) {
    const middle = Math.sqrt(above * below)
    if (keeps(middle)) above = middle
    else below = middle
  }
  return above
}

/** Epsilon of all rounds together with this noise multiplier; infinite where nothing is proven. */
function epsilonAfter(target: CalibrationTarget, noiseMultiplier: number): number {
  const { rounds, delta, minimumSurvivors, assumedCorrupted } = target
  const mechanism = mechanismWith(target, noiseMultiplier)
  if (mechanism === undefined) return Number.POSITIVE_INFINITY
  const accountant = new PrivacyAccountant({ mechanism, delta, minimumSurvivors, assumedCorrupted })
  accountant.record({ cohort: minimumSurvivors, survivors: minimumSurvivors }, rounds)
  return accountant.spent().epsilon
}

function mechanismWith(target: CalibrationTarget, noiseMultiplier: number): PrivacyMechanism | undefined {
  const { kind, l2Sensitivity, dimension } = target
  if (kind === 'gaussian') return { kind, noiseMultiplier }
  const variance = perClientVariance({ ...target, noiseMultiplier })
  // Below it, sums of discrete Gaussians are not understood; more noise is what is searched for then.
  if (kind === 'discrete-gaussian' && variance < 0.5) return undefined
  return { kind, perClientVariance: variance, l2Sensitivity, dimension }
}

function unreachable({ epsilon, delta, rounds }: CalibrationTarget): UsageError {
  return new UsageError(
    'bad-privacy',
    `No noise keeps ${rounds} rounds within epsilon ${epsilon} at delta ${delta}: raise epsilon, or lower rounds.`,
  )
}
