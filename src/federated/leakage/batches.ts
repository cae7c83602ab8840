import { integerOption } from '../check.ts'
import { FederatedError } from '../errors.ts'
import { checkSeed, deriveSeed, experimentRandom, shuffle } from '../random.ts'
import { validateWorkerIds, type Worker } from '../worker.ts'

/** What {@link batchCohorts} is told. */
export interface BatchCohortsOptions {
  /** T, the least clients of a batch; at least 2. */
  readonly batchSize: number
  /** Batches that take part in a round; all that are available by default. */
  readonly batchesPerRound?: number
  /** Deals the workers into batches at random; in the order given by default. */
  readonly seed?: number
}

/** Workers in batches, and who takes part in which round. */
export interface BatchCohorts<W> {
  /** Each worker is in exactly one, for good. */
  readonly batches: readonly (readonly W[])[]
  /**
   * The cohort of a federated round (from 0): whole batches, in turn, of which every worker is available; fewer, and possibly
   * none, when not enough are. The same arguments give the same cohort.
   *
   * @throws {FederatedError} `invalid-option` for a round that is not a non-negative integer
   */
  cohort(round: number, isAvailable?: (worker: W) => boolean): readonly W[]
}

/**
 * Batch partitioning (So et al., AAAI 2023, arXiv 2106.03328): workers are dealt into batches of at least T once and for all,
 * and a batch takes part as a whole. Whatever sums over whole batches are combined, at least T clients stay together, in any
 * number of rounds. A worker that drops out of a round splits its batch; a {@link RoundLeakageGuard} notices.
 *
 * When the number of workers is no multiple of `batchSize`, some batches are larger. Workers that come later need a plan of
 * their own: dealing everybody anew would split the batches.
 *
 * @throws {FederatedError} `invalid-option`, also when there are fewer workers than `batchSize`; what `validateWorkers` says
 *   about their ids
 */
export function batchCohorts<W extends Pick<Worker, 'id'>>(
  workers: readonly W[],
  options: BatchCohortsOptions,
): BatchCohorts<W> {
  validateWorkerIds(workers)
  const size = integerOption('batchSize', options.batchSize, 2)
  const count = Math.floor(workers.length / size)
  if (count === 0) {
    const message = `A batch of ${size} cannot be made of ${workers.length} workers: add workers, or lower batchSize.`
    throw new FederatedError('invalid-option', message)
  }
  const perRound = integerOption('batchesPerRound', options.batchesPerRound ?? count, 1)
  if (perRound > count) {
    const message = `batchesPerRound is ${perRound}, but ${workers.length} workers make ${count} batches of ${size}.`
    throw new FederatedError('invalid-option', message)
  }
  const batches = cut(dealt(workers, options.seed), count)
  return {
    batches,
    cohort: (round, isAvailable = () => true) => {
      const start = (integerOption('round', round, 0) * perRound) % count
      const inTurn = [...batches.slice(start), ...batches.slice(0, start)]
      return inTurn
        .filter(batch => batch.every(isAvailable))
        .slice(0, perRound)
        .flat()
    },
  }
}

function dealt<W>(workers: readonly W[], seed: number | undefined): readonly W[] {
  if (seed === undefined) return workers
  return shuffle([...workers], experimentRandom(deriveSeed(checkSeed(seed), 'batch-cohorts')))
}

/** Into parts whose sizes differ by one at most. */
function cut<W>(workers: readonly W[], parts: number): readonly (readonly W[])[] {
  const at = (part: number) => Math.floor((part * workers.length) / parts)
  return Array.from({ length: parts }, (_, part) => workers.slice(at(part), at(part + 1)))
}
