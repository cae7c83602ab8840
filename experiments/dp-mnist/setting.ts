import type { Model, Strategy, Worker } from 'secagg/federated'

/** Where the noise comes from: nowhere, from a trusted server, or a share from every client. */
export type Mechanism = 'none' | 'central' | 'distributed'

/** One run of the table. */
export interface Cell {
  readonly mechanism: Mechanism
  /** The budget of each client; none without noise. */
  readonly epsilon?: number
  /** Of the same run with other noise, from 0. */
  readonly repetition: number
}

/** What all cells have in common: they differ in their noise and in nothing else. */
export interface Setting {
  /** A multiple of `groups`. */
  readonly workers: readonly Worker[]
  readonly initial: Model
  readonly strategy: Strategy
  /** The workers are cut into so many groups of equal size, which take turns. */
  readonly groups: number
  /** Rounds that each group, and so each worker, is in. */
  readonly participations: number
  readonly delta: number
  /** The largest L2 norm of an update. */
  readonly clip: number
  /** Bits per coordinate of the distributed sum. */
  readonly bits: number
  /** The most examples of a worker. All have the same weight under noise, so let all have as many. */
  readonly weightBound: number
  /** Governs training and rounding, never noise. */
  readonly seed: number
  readonly accuracy: (model: Model) => number | Promise<number>
}

/** A fixed public schedule: the group whose turn it is. Group g is in the rounds g, g + groups, g + 2 groups, ... */
export function groupOf({ groups }: Pick<Setting, 'groups'>, round: number): number {
  return round % groups
}

/** The workers of one round: those of one group. */
export function cohortOf({ workers, groups }: Pick<Setting, 'workers' | 'groups'>, round: number): readonly Worker[] {
  const size = workers.length / groups
  if (!Number.isInteger(size)) throw new RangeError(`${workers.length} workers cannot make ${groups} equal groups.`)
  const first = groupOf({ groups }, round) * size
  return workers.slice(first, first + size)
}

/** All rounds of a run. */
export function roundsOf({ groups, participations }: Pick<Setting, 'groups' | 'participations'>): number {
  return groups * participations
}

/** A name for people and for files, such as `distributed-2-0`. */
export function nameOf({ mechanism, epsilon, repetition }: Cell): string {
  return epsilon === undefined ? mechanism : `${mechanism}-${epsilon}-${repetition}`
}

/** Without noise, one run; under noise, one for each mechanism, budget and repetition. */
export function cellsOf(epsilons: readonly number[], repetitions: number): readonly Cell[] {
  const noised: Cell[] = []
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const epsilon of epsilons) {
      for (const mechanism of ['distributed', 'central'] as const) noised.push({ mechanism, epsilon, repetition })
    }
  }
  return [{ mechanism: 'none', repetition: 0 }, ...noised]
}
