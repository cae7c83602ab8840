import { UsageError } from '../errors.ts'
import { type DistributedNoise, discreteGaussianSumRdp, skellamRdp } from './distributed-rdp.ts'
import { checkRate, type GaussianMechanism, gaussianRdp, subsampledGaussianRdp } from './gaussian-rdp.ts'
import { checkDelta, DEFAULT_ORDERS, type PrivacyGuarantee, type RdpBound, rdpCurve, rdpToEpsilon } from './rdp.ts'

/** How sums are noised. The number of noise shares is not part of it: that is what each round turns out to have. */
export type PrivacyMechanism =
  | ({ readonly kind: 'discrete-gaussian' | 'skellam' } & Omit<DistributedNoise, 'shares'>)
  | ({ readonly kind: 'gaussian' } & GaussianMechanism)

/** What happened in one round. */
export interface NoisedRound {
  /** Clients that were asked. */
  readonly cohort: number
  /** Clients whose input, and noise, is in the sum. */
  readonly survivors: number
  /** The probability with which each client was asked, where every client had a coin of its own. */
  readonly samplingRate?: number
}

/** Against whom a guarantee holds: the server sees who takes part, outsiders only the sums. */
export type Observer = 'server' | 'outsiders'

export interface PrivacyAccountantOptions {
  readonly mechanism: PrivacyMechanism
  readonly delta: number
  /** The fewest survivors with which a sum is ever unmasked: the next round is judged by them. */
  readonly minimumSurvivors: number
  /** The most survivors whose noise does not count. Ignored for the central baseline. */
  readonly assumedCorrupted: number
  readonly orders?: readonly number[]
}

/** Whether another round fits. */
export interface PrivacyBudget {
  readonly allowed: boolean
  /** So far, against the server. */
  readonly spent: PrivacyGuarantee
  /** After one more round in the worst case. */
  readonly afterNext: PrivacyGuarantee
}

/**
 * Adds up the privacy that rounds have cost: RDP order by order, with the noise that each sum really had.
 *
 * Neighbouring: one client's contribution is there, or is zero (who takes part is not hidden). Against the server there
 * is no amplification by sampling. Against outsiders, who do not see the cohorts, it is claimed for the central baseline
 * alone: the formula is proven for continuous noise. For distributed noise both observers get the same figure.
 *
 * What the next round does may depend on earlier sums. With noise chosen in advance, any order may be picked afterwards.
 * Where the *survivors* too may depend on earlier sums, as with a server that decides who drops out, the stopping rule
 * of {@link budget} is proven for one order fixed in advance (Feldman and Zrnic, "Individual Privacy Accounting via a
 * Rényi Filter", NeurIPS 2021): pass a single one as `orders`.
 */
export class PrivacyAccountant {
  readonly #options: PrivacyAccountantOptions
  readonly #orders: readonly number[]
  readonly #rounds: NoisedRound[] = []
  readonly #totals: Record<Observer, Float64Array>
  readonly #curves = new Map<string, Float64Array>()

  /** @throws UsageError `bad-privacy` */
  constructor(options: PrivacyAccountantOptions) {
    const { delta, minimumSurvivors, assumedCorrupted } = options
    checkDelta(delta)
    checkCount('minimumSurvivors', minimumSurvivors, 1)
    checkCount('assumedCorrupted', assumedCorrupted, 0)
    this.#options = Object.freeze({ ...options, mechanism: Object.freeze({ ...options.mechanism }) })
    this.#orders = Object.freeze([...(options.orders ?? DEFAULT_ORDERS)])
    this.#totals = {
      server: new Float64Array(this.#orders.length),
      outsiders: new Float64Array(this.#orders.length),
    }
    if (options.mechanism.kind !== 'gaussian' && minimumSurvivors <= assumedCorrupted) {
      throw new UsageError(
        'bad-privacy',
        `With ${minimumSurvivors} survivors of which ${assumedCorrupted} may be corrupted, no noise is certain: ` +
          'raise minimumSurvivors.',
      )
    }
    // A mechanism without a proven bound is refused now, not after a sum is out.
    this.#worstCase()
  }

  /** The rounds so far. */
  get rounds(): readonly NoisedRound[] {
    return [...this.#rounds]
  }

  /**
   * Enters a round whose sum came out, or may have: one that aborted while unmasking counts. With no honest noise left
   * epsilon becomes infinite, which is the truth.
   *
   * @param times how many such rounds there were; 1 by default.
   * @throws UsageError `bad-privacy` for counts that cannot be.
   */
  record(outcome: NoisedRound, times = 1): void {
    const { cohort, survivors, samplingRate } = outcome
    checkCount('times', times, 1)
    checkCount('cohort', cohort, 1)
    checkCount('survivors', survivors, 1)
    if (survivors > cohort)
      throw new UsageError('bad-privacy', `${survivors} of ${cohort} clients cannot have survived.`)
    if (samplingRate !== undefined) checkRate(samplingRate)
    const curves = { server: this.#curve(survivors, 1), outsiders: this.#curve(survivors, samplingRate ?? 1) }
    const round = Object.freeze({ ...outcome })
    for (let i = 0; i < times; i++) this.#rounds.push(round)
    for (const observer of ['server', 'outsiders'] as const) addTo(this.#totals[observer], curves[observer], times)
  }

  /** What all rounds together guarantee. */
  spent(against: Observer = 'server'): PrivacyGuarantee {
    return this.#guarantee(this.#totals[against])
  }

  /**
   * Whether one more round would keep within `epsilon` against the server, even with the fewest survivors. Ask before
   * each round, and record it after.
   *
   * @throws UsageError `bad-privacy` unless epsilon is a positive number.
   */
  budget(epsilon: number): PrivacyBudget {
    if (!(epsilon > 0)) throw new UsageError('bad-privacy', `The budget epsilon must be positive, not ${epsilon}.`)
    const next = Float64Array.from(this.#totals.server)
    addTo(next, this.#worstCase())
    const afterNext = this.#guarantee(next)
    return Object.freeze({ allowed: afterNext.epsilon <= epsilon, spent: this.spent(), afterNext })
  }

  #guarantee(values: Float64Array): PrivacyGuarantee {
    // Before the first round nothing is spent, and no conversion can say so more exactly.
    if (values.every(value => value === 0)) return { epsilon: 0, delta: this.#options.delta, order: this.#orders[0]! }
    return rdpToEpsilon({ orders: this.#orders, values }, this.#options.delta)
  }

  #worstCase(): Float64Array {
    return this.#curve(this.#options.minimumSurvivors, 1)
  }

  #curve(survivors: number, samplingRate: number): Float64Array {
    const key = `${survivors} ${samplingRate}`
    const known = this.#curves.get(key)
    if (known) return known
    const { values } = rdpCurve(this.#bound(survivors, samplingRate), this.#orders)
    this.#curves.set(key, values)
    return values
  }

  #bound(survivors: number, samplingRate: number): RdpBound {
    const { mechanism, assumedCorrupted } = this.#options
    if (mechanism.kind === 'gaussian') return subsampledOrNot(mechanism, samplingRate)
    const shares = survivors - assumedCorrupted
    if (shares < 1) return () => Number.POSITIVE_INFINITY
    if (mechanism.kind === 'skellam') return skellamRdp({ ...mechanism, shares })
    if (mechanism.kind === 'discrete-gaussian') return this.#discreteGaussianBound(mechanism, shares)
    throw new UsageError('bad-privacy', "A mechanism is of kind 'discrete-gaussian', 'skellam' or 'gaussian'.")
  }

  /**
   * The bound's tau grows with the shares, yet further noise never costs privacy (it is post-processing): a round with
   * more than the fewest survivors is charged no more than one with the fewest.
   */
  #discreteGaussianBound(mechanism: Omit<DistributedNoise, 'shares'>, shares: number): RdpBound {
    const fewest = this.#options.minimumSurvivors - this.#options.assumedCorrupted
    const bound = discreteGaussianSumRdp({ ...mechanism, shares })
    if (shares <= fewest) return bound
    const worst = discreteGaussianSumRdp({ ...mechanism, shares: fewest })
    return order => Math.min(bound(order), worst(order))
  }
}

function subsampledOrNot({ noiseMultiplier }: GaussianMechanism, samplingRate: number): RdpBound {
  return samplingRate === 1
    ? gaussianRdp({ noiseMultiplier })
    : subsampledGaussianRdp({ noiseMultiplier, samplingRate })
}

function addTo(total: Float64Array, more: Float64Array, times = 1): void {
  for (let i = 0; i < total.length; i++) total[i]! += times * more[i]!
}

function checkCount(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return
  throw new UsageError('bad-privacy', `${name} must be a whole number from ${least}, not ${value}.`)
}
