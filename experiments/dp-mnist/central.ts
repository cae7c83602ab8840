import { FederatedError } from 'secagg/federated'
import { fillNoise, noiseMultiplierFor, PrivacyAccountant, type PrivacyGuarantee } from 'secagg/secagg'

/** The noise of a trusted server for one group of clients, and its account. */
export class CentralPrivacy {
  readonly noiseMultiplier: number
  readonly #epsilon: number
  readonly #accountant: PrivacyAccountant

  constructor({ epsilon, delta, rounds }: { epsilon: number; delta: number; rounds: number }) {
    // The central baseline knows no shares of noise and no ring: these four are ignored.
    const ignored = { l2Sensitivity: 1, dimension: 1, minimumSurvivors: 1, assumedCorrupted: 0 }
    const noiseMultiplier = noiseMultiplierFor({ kind: 'gaussian', epsilon, delta, rounds, ...ignored })
    const mechanism = { kind: 'gaussian', noiseMultiplier } as const
    this.noiseMultiplier = noiseMultiplier
    this.#epsilon = epsilon
    this.#accountant = new PrivacyAccountant({ mechanism, delta, ...ignored })
  }

  /** @throws FederatedError `privacy-budget` where one more round would exceed the budget. */
  authorize(): void {
    const { allowed, afterNext } = this.#accountant.budget(this.#epsilon)
    if (allowed) return
    const message = `Another round would come to epsilon ${afterNext.epsilon}, beyond the budget of ${this.#epsilon}.`
    throw new FederatedError('privacy-budget', message)
  }

  record(cohort: number): void {
    this.#accountant.record({ cohort, survivors: cohort })
  }

  spent(): PrivacyGuarantee {
    return this.#accountant.spent()
  }
}

/** Steps of a deviation: so many that what is discrete passes for continuous. */
const STEPS = 2 ** 20

/**
 * Adds Gaussian noise from the platform's randomness, on a grid of a millionth of its deviation. A baseline to compare with:
 * whoever adds it has seen the sum without it.
 */
export function withGaussianNoise(values: Float64Array, deviation: number): Float64Array {
  const steps = new Int32Array(values.length)
  fillNoise(steps, { kind: 'discrete-gaussian', variance: STEPS ** 2 })
  return values.map((value, i) => value + (deviation * steps[i]!) / STEPS)
}
