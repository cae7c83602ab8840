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
 * Why the sum cannot come out whoever answers next, or `undefined` while it can: each secret needed (the self-mask seed
 * of a survivor, the mask key of a dropout that a survivor masked with) wants `threshold` holders among the answering.
 */
export function shortageOfHolders(cohort: Cohort, sharers: PositionSet, answering: PositionSet): string | undefined {
  const { threshold, setup } = cohort
  if (answering.count < setup.minimumCohort) {
    return `${answering.count} clients are left; at least ${setup.minimumCohort} are needed`
  }
  for (const position of sharers) {
    const holders = cohort.neighbours(position).filter(neighbour => answering.has(neighbour)).length
    if (holders < threshold && (answering.has(position) || holders > 0)) {
      return `${holders} holders of shares of "${cohort.id(position)}" are left; ${threshold} are needed`
    }
  }
  return undefined
}
