import type { RingVector } from '../encoding/ring.ts'
import type { PositionSet } from '../messages/position-set.ts'
import type { Cohort } from './cohort.ts'
import type { Commitments } from './commitments.ts'

/** Everything that is settled when the masked inputs are in. */
export interface Survival {
  readonly cohort: Cohort
  /** U2. */
  readonly sharers: PositionSet
  /** U3. */
  readonly survivors: PositionSet
  /** By position of the dealer. */
  readonly commitments: ReadonlyMap<number, Commitments>
  /** Σ y over U3. */
  readonly maskedSum: RingVector
}

/**
 * Why the sum cannot come out whatever those in `answering` say, or `undefined` while it can: each secret needed (the
 * self-mask seed of a survivor, the mask key of a dropout that a survivor masked with) wants `threshold` holders.
 */
export function shortageOfHolders(
  cohort: Cohort,
  { sharers, survivors }: Pick<Survival, 'sharers' | 'survivors'>,
  answering: PositionSet,
): string | undefined {
  for (const position of sharers) {
    const neighbours = cohort.neighbours(position)
    const needed = survivors.has(position) || neighbours.some(neighbour => survivors.has(neighbour))
    const holders = neighbours.filter(neighbour => answering.has(neighbour)).length
    if (needed && holders < cohort.threshold) {
      return `${holders} holders of shares of "${cohort.id(position)}" are left; ${cohort.threshold} are needed`
    }
  }
  return undefined
}
