import { FederatedError } from './errors.ts'
import { checkSeed, deriveSeed, experimentRandom } from './random.ts'

/** What {@link sampleWorkers} is told. */
export interface SamplingOptions {
  /** The fraction of the workers that are asked in a round (C in McMahan et al.), above 0, to 1. */
  readonly fraction: number
  readonly seed: number
  /** Fewest workers of a round, whatever the fraction; 1 by default. */
  readonly least?: number
}

/**
 * Picks the cohort of each round: max(C K, `least`) of the K workers, uniformly without replacement, in the workers' order
 * (McMahan et al., AISTATS 2017, algorithm 1). It follows from seed and round alone.
 *
 * @throws {FederatedError} `invalid-option`
 */
export function sampleWorkers<W>(workers: readonly W[], options: SamplingOptions): (round: number) => W[] {
  const { fraction, seed, least = 1 } = options
  if (!(fraction > 0 && fraction <= 1)) {
    throw new FederatedError('invalid-option', `fraction must be a number above 0, up to 1, not ${fraction}.`)
  }
  checkSeed(seed)
  const size = Math.max(Math.round(fraction * workers.length), least)
  if (!(Number.isSafeInteger(least) && least >= 1 && size <= workers.length)) {
    throw new FederatedError('invalid-option', `least must be an integer from 1 to ${workers.length}, not ${least}.`)
  }
  return round => {
    const random = experimentRandom(deriveSeed(seed, 'cohort', round))
    const places = workers.map((_, i) => i)
    // The first steps of a Fisher-Yates shuffle.
    for (let i = 0; i < size; i++) {
      const j = i + random.below(places.length - i)
      const place = places[i]!
      places[i] = places[j]!
      places[j] = place
    }
    return places
      .slice(0, size)
      .sort((a, b) => a - b)
      .map(place => workers[place]!)
  }
}
