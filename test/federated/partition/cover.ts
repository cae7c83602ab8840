import { expect } from 'vitest'
import type { Partition, Partitionable } from '../../../src/federated/index.ts'

/** A data set of which only length and labels matter. */
export function labelled(labels: readonly number[]): Partitionable & { labels: readonly number[] } {
  return { length: labels.length, labels }
}

/** `perClass` examples of each of `classes` labels, interleaved. */
export function balanced(classes: number, perClass: number): Partitionable & { labels: readonly number[] } {
  return labelled(Array.from({ length: classes * perClass }, (_, i) => i % classes))
}

/** Expects every example in exactly one part, no part empty, and the same parts when asked again. */
export function expectExactCover(partition: Partition, dataset: Partitionable, workers: number): Uint32Array[] {
  const parts = partition(dataset, workers)
  expect(parts).toHaveLength(workers)
  const all = parts.flatMap(part => [...part]).sort((a, b) => a - b)
  expect(all).toEqual(Array.from({ length: dataset.length }, (_, i) => i))
  expect(parts.every(part => part.length > 0)).toBe(true)
  expect(partition(dataset, workers)).toEqual(parts)
  return parts
}

/** How many labels each part has. */
export function labelsPerPart(parts: readonly Uint32Array[], labels: readonly number[]): number[] {
  return parts.map(part => new Set([...part].map(index => labels[index]!)).size)
}
