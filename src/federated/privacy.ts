import { type EncodingSpec, type NoiseSpec, sensitivityOf } from '../secagg/encoding/index.ts'
import {
  type NoisedRound,
  noiseMultiplierFor,
  type Observer,
  PrivacyAccountant,
  type PrivacyGuarantee,
  perClientVariance,
} from '../secagg/privacy/index.ts'
import { integerOption, positiveOption } from './check.ts'
import { FederatedError } from './errors.ts'

/** How much noise, given by what it is to keep, or directly. */
export type PrivacyTarget =
  | {
      /** The budget of all rounds together: none starts that might exceed it. */
      readonly epsilon: number
      /** Rounds that share the budget. The noise is the least with which all of them fit. */
      readonly rounds: number
    }
  | {
      /** Standard deviation of the noise in a sum over the L2 sensitivity, in the worst case. */
      readonly noiseMultiplier: number
      /** The budget; none by default. */
      readonly epsilon?: number
    }

/** What {@link DistributedPrivacy} is told. */
export type DistributedPrivacyOptions = PrivacyTarget & {
  /** The probability with which epsilon may fail: far below 1 / clients. */
  readonly delta: number
  /** The fewest workers whose sum may come out; each brings a share of the noise, calibrated for them. */
  readonly minimumSurvivors: number
  /** Workers whose noise does not protect, since the server may know it. 0 by default. */
  readonly assumedCorrupted?: number
  /** `discrete-gaussian` by default. */
  readonly mechanism?: NoiseSpec['kind']
}

/** A calibrated noise and the accountant that goes with it. */
interface Calibrated {
  readonly dimension: number
  readonly l2Sensitivity: number
  readonly noise: NoiseSpec
  readonly accountant: PrivacyAccountant
}

/**
 * Distributed differential privacy over the rounds of one training: every worker adds a share of discrete noise to its
 * update, only the sum carries all of it, and what the rounds have cost is added up.
 *
 * What is protected is a worker's whole contribution, against its being nothing; that a worker took part is not hidden.
 * Make one for a training and give it to every round, all over one encoding. It draws no noise itself: the workers do.
 *
 * Kairouz, Liu, Steinke, ICML 2021; Agarwal, Kairouz, Liu, NeurIPS 2021.
 */
export class DistributedPrivacy {
  readonly delta: number
  readonly minimumSurvivors: number
  readonly assumedCorrupted: number
  /** The budget, where there is one. */
  readonly epsilon: number | undefined
  readonly #options: DistributedPrivacyOptions
  #calibrated: Calibrated | undefined

  /** @throws FederatedError `invalid-option` */
  constructor(options: DistributedPrivacyOptions) {
    const { delta, minimumSurvivors, assumedCorrupted = 0, epsilon } = options
    integerOption('privacy.minimumSurvivors', minimumSurvivors, 1)
    integerOption('privacy.assumedCorrupted', assumedCorrupted, 0)
    if (!(delta > 0 && delta < 1)) throw invalid(`privacy.delta must lie between 0 and 1, not ${delta}.`)
    if (epsilon !== undefined) positiveOption('privacy.epsilon', epsilon)
    if ('noiseMultiplier' in options) positiveOption('privacy.noiseMultiplier', options.noiseMultiplier)
    else if (epsilon === undefined) throw invalid('privacy needs epsilon and rounds, or a noiseMultiplier.')
    else integerOption('privacy.rounds', options.rounds, 1)
    if (assumedCorrupted >= minimumSurvivors) {
      throw invalid('privacy.minimumSurvivors must exceed privacy.assumedCorrupted: somebody has to bring the noise.')
    }
    this.#options = { ...options }
    this.delta = delta
    this.minimumSurvivors = minimumSurvivors
    this.assumedCorrupted = assumedCorrupted
    this.epsilon = epsilon
  }

  /** The noise multiplier in force; undefined before the first round. */
  get noiseMultiplier(): number | undefined {
    if (this.#calibrated === undefined) return undefined
    const { noise, l2Sensitivity } = this.#calibrated
    return Math.sqrt(noise.perClientVariance * (this.minimumSurvivors - this.assumedCorrupted)) / l2Sensitivity
  }

  /** The rounds that were recorded. */
  get rounds(): readonly NoisedRound[] {
    return this.#calibrated?.accountant.rounds ?? []
  }

  /** What all rounds so far guarantee; see {@link PrivacyAccountant.spent}. */
  spent(against: Observer = 'server'): PrivacyGuarantee {
    return this.#calibrated?.accountant.spent(against) ?? { epsilon: 0, delta: this.delta, order: 1 }
  }

  /**
   * The noise for sums of this encoding, calibrated when it is first asked for and the same ever after.
   *
   * @throws FederatedError `invalid-option` where the encoding is another one than before. UsageError for what cannot be.
   */
  noiseFor(encoding: EncodingSpec): NoiseSpec {
    const { l2, dimension } = sensitivityOf(encoding)
    const known = this.#calibrated
    if (known === undefined) {
      this.#calibrated = this.#calibrate(l2, dimension)
      return this.#calibrated.noise
    }
    if (known.l2Sensitivity === l2 && known.dimension === dimension) return known.noise
    throw invalid(
      `privacy was calibrated for sums of ${known.dimension} entries and sensitivity ${known.l2Sensitivity}, not of ` +
        `${dimension} and ${l2}: use one DistributedPrivacy for one model, one number of bits and the same metrics.`,
    )
  }

  /**
   * Asks whether one more round keeps to the budget, even with the fewest survivors.
   *
   * @throws FederatedError `privacy-budget` when it may not.
   */
  authorize(): void {
    if (this.epsilon === undefined || this.#calibrated === undefined) return
    const { allowed, spent, afterNext } = this.#calibrated.accountant.budget(this.epsilon)
    if (allowed) return
    throw new FederatedError(
      'privacy-budget',
      `Another round might come to epsilon ${afterNext.epsilon.toPrecision(4)}, beyond the budget of ${this.epsilon}; ` +
        `${this.rounds.length} rounds have spent ${spent.epsilon.toPrecision(4)}. Stop here, or start over with more noise.`,
    )
  }

  /** Enters a round whose sum came out, or may have; rounds that were given this object do so themselves. */
  record(outcome: NoisedRound): void {
    if (this.#calibrated === undefined) throw invalid('No round has asked for noise yet: there is nothing to record.')
    this.#calibrated.accountant.record(outcome)
  }

  #calibrate(l2Sensitivity: number, dimension: number): Calibrated {
    const { mechanism: kind = 'discrete-gaussian', delta } = this.#options
    const believed = { minimumSurvivors: this.minimumSurvivors, assumedCorrupted: this.assumedCorrupted }
    const noiseMultiplier = this.#multiplier({ kind, delta, l2Sensitivity, dimension, ...believed })
    const variance = perClientVariance({ noiseMultiplier, l2Sensitivity, ...believed })
    const noise = { kind, perClientVariance: variance, ...believed }
    const mechanism = { kind, perClientVariance: variance, l2Sensitivity, dimension }
    const accountant = new PrivacyAccountant({ mechanism, delta, ...believed })
    return { dimension, l2Sensitivity, noise, accountant }
  }

  #multiplier(target: Omit<Parameters<typeof noiseMultiplierFor>[0], 'epsilon' | 'rounds'>): number {
    const options = this.#options
    if ('noiseMultiplier' in options) return options.noiseMultiplier
    return noiseMultiplierFor({ ...target, epsilon: options.epsilon, rounds: options.rounds })
  }
}

function invalid(message: string): FederatedError {
  return new FederatedError('invalid-option', message)
}
