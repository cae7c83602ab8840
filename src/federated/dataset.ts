import { shown } from './check.ts'
import { FederatedError } from './errors.ts'
import { iid } from './partition/iid.ts'
import { checkPartitionable, type Partition, type Partitionable } from './partition/partition.ts'
import type { Sized } from './virtual-worker.ts'
import { validateWorkerIds } from './worker.ts'

/**
 * A data set that can be divided among workers.
 *
 * @typeParam D what a subset is: usually the same kind of data set
 */
export interface Divisible<D = unknown> extends Partitionable {
  /** A *copy* of the examples at these indices, in this order. */
  subset(indices: ArrayLike<number>): D
}

/** Whom data can be moved to, such as a `VirtualWorker`. */
export interface DataReceiver<D> {
  readonly id: string
  receive(data: D): void
}

/** What one worker was given. */
export interface WorkerShare {
  readonly workerId: string
  readonly examples: number
  /** How many examples of each label; empty when the data set has no labels. */
  readonly labels: ReadonlyMap<number, number>
}

/** How {@link federate} is to divide. */
export interface FederateOptions<W> {
  readonly workers: readonly W[]
  /** `iid({ seed: 0 })` by default. */
  readonly partition?: Partition
}

/** A data set that was divided: the workers hold the data; this knows only how much of what each was given. */
export class FederatedDataset<W> {
  readonly workers: readonly W[]
  readonly #shares: readonly WorkerShare[]

  constructor(workers: readonly W[], shares: readonly WorkerShare[]) {
    this.workers = Object.freeze([...workers])
    this.#shares = Object.freeze([...shares])
  }

  /** How many examples each worker was given, in the order of `workers`. */
  get sizes(): readonly number[] {
    return this.#shares.map(share => share.examples)
  }

  /** Who was given how many examples of which label: how skewed an experiment is. */
  describe(): readonly WorkerShare[] {
    return this.#shares
  }
}

/**
 * Divides a data set among workers and moves each its part, a copy that holds nothing else. Either every worker receives
 * its part or, when something is wrong, none does.
 *
 * ```ts
 * const federated = federate(digits, { workers: [alice, bob], partition: labelShards({ seed: 1 }) })
 * ```
 *
 * @throws {FederatedError} `no-workers`, `invalid-worker`, `duplicate-worker`, `invalid-dataset`, what the partition
 *   throws, or `invalid-partition` when a partition does not give every example to exactly one worker
 */
export function federate<D extends Sized, W extends DataReceiver<D>>(
  dataset: Divisible<D>,
  options: FederateOptions<W>,
): FederatedDataset<W> {
  const { workers, partition = iid({ seed: 0 }) } = options
  checkReceivers(workers)
  checkDivisible(dataset)
  checkPartitionable(dataset, workers.length)
  const parts = partition(dataset, workers.length)
  checkCover(parts, dataset.length, workers.length)
  const subsets = parts.map(part => takeSubset(dataset, part))
  for (const [i, worker] of workers.entries()) worker.receive(subsets[i]!)
  const shares = workers.map(({ id }, i) => describeShare(id, parts[i]!, dataset.labels))
  return new FederatedDataset(workers, shares)
}

function checkReceivers(workers: readonly DataReceiver<never>[]): void {
  validateWorkerIds(workers)
  for (const { id, receive } of workers) {
    if (typeof receive === 'function') continue
    const message = `Worker "${id}" has no receive(data) method. Data can be moved to virtual workers only.`
    throw new FederatedError('invalid-worker', message, { clientId: id })
  }
}

function checkDivisible(dataset: Divisible): void {
  if (typeof dataset?.subset === 'function') return
  throw new FederatedError('invalid-dataset', 'A data set needs a length and a subset(indices) method.')
}

function checkCover(parts: readonly Uint32Array[], examples: number, workers: number): void {
  if (!Array.isArray(parts) || parts.length !== workers) {
    throw misfit(`made ${Array.isArray(parts) ? parts.length : 'no'} parts for ${workers} workers`)
  }
  const seen = new Uint8Array(examples)
  let total = 0
  for (const [i, part] of parts.entries()) {
    if (!(part instanceof Uint32Array) || part.length === 0) throw misfit(`gave worker ${i} no indices`)
    for (const index of part) {
      if (index >= examples) throw misfit(`gave worker ${i} the index ${index} of a data set of ${examples}`)
      if (seen[index] === 1) throw misfit(`gave away example ${index} twice`)
      seen[index] = 1
    }
    total += part.length
  }
  if (total < examples) throw misfit(`left out ${examples - total} of ${examples} examples, first ${seen.indexOf(0)}`)
}

function takeSubset<D extends Sized>(dataset: Divisible<D>, part: Uint32Array): D {
  const subset = dataset.subset(part)
  const length: unknown = subset?.length
  if (length === part.length) return subset
  throw new FederatedError(
    'invalid-dataset',
    `subset(indices) of the data set must give the ${part.length} examples asked for; the length of what it gave is ${shown(length)}.`,
  )
}

function misfit(what: string): FederatedError {
  return new FederatedError(
    'invalid-partition',
    `The partition ${what}. Each worker needs a Uint32Array of indices, and every example exactly one worker.`,
  )
}

function describeShare(workerId: string, part: Uint32Array, labels: ArrayLike<number> | undefined): WorkerShare {
  const counts = new Map<number, number>()
  if (labels !== undefined) {
    const sorted = Float64Array.from(part, index => labels[index]!).sort()
    for (const label of sorted) counts.set(label, (counts.get(label) ?? 0) + 1)
  }
  return Object.freeze({ workerId, examples: part.length, labels: counts })
}
