import { integerOption, shown } from '../check.ts'
import { FederatedError } from '../errors.ts'

/** What a partition may know of a data set: how many examples, and their labels where it has some. */
export interface Partitionable {
  readonly length: number
  /** One finite number per example, such as the digit that it shows. */
  readonly labels?: ArrayLike<number>
}

/**
 * Splits a data set among workers: one list of example indices per worker. Every example is in exactly one list, and no
 * list is empty. The same data set and number of workers always give the same lists.
 */
export type Partition = (dataset: Partitionable, workers: number) => Uint32Array[]

/**
 * Checks what every partition needs: a valid data set and at least one example for each worker.
 *
 * @throws {FederatedError} `invalid-dataset`, `invalid-option` or `more-workers-than-examples`
 */
export function checkPartitionable(dataset: Partitionable, workers: number): void {
  const { length, labels } = dataset
  if (!Number.isSafeInteger(length) || length < 0 || length >= 2 ** 32) {
    throw new FederatedError(
      'invalid-dataset',
      `A data set needs a length, an integer from 0 to 2^32 - 1, not ${shown(length)}.`,
    )
  }
  if (labels !== undefined && labels.length !== length) {
    throw new FederatedError('invalid-dataset', `The data set has ${length} examples but ${labels.length} labels.`)
  }
  integerOption('The number of workers', workers, 1)
  if (workers <= length) return
  throw new FederatedError(
    'more-workers-than-examples',
    `${workers} workers cannot share ${length} examples: each needs one. Use fewer workers or more data.`,
  )
}

/**
 * The labels of a data set that {@link checkPartitionable} has accepted, for a partition that goes by them.
 *
 * @throws {FederatedError} `labels-missing` when there are none, `invalid-dataset` when one is not a finite number
 */
export function needLabels(dataset: Partitionable, partition: string): ArrayLike<number> {
  const { labels, length } = dataset
  if (labels === undefined) {
    throw new FederatedError(
      'labels-missing',
      `${partition} goes by labels, and the data set has none. Give it labels, or use iid().`,
    )
  }
  for (let i = 0; i < length; i++) {
    if (Number.isFinite(labels[i])) continue
    throw new FederatedError('invalid-dataset', `The label of example ${i} is not a finite number.`)
  }
  return labels
}

/** The indices 0 to length - 1. */
export function indicesUpTo(length: number): Uint32Array {
  return Uint32Array.from({ length }, (_, i) => i)
}

/** Cuts indices into parts whose sizes differ by at most one. */
export function cutEvenly(indices: Uint32Array, parts: number): Uint32Array[] {
  const bound = (part: number) => Math.floor((part * indices.length) / parts)
  return Array.from({ length: parts }, (_, part) => indices.slice(bound(part), bound(part + 1)))
}

/** Joins lists of indices. */
export function joinIndices(lists: readonly Uint32Array[]): Uint32Array {
  const joined = new Uint32Array(lists.reduce((total, list) => total + list.length, 0))
  let offset = 0
  for (const list of lists) {
    joined.set(list, offset)
    offset += list.length
  }
  return joined
}
