import { checkSeed, deriveSeed, experimentRandom, shuffle } from '../random.ts'
import { checkPartitionable, cutEvenly, indicesUpTo, type Partition } from './partition.ts'

/**
 * Independent and identically distributed: the examples are shuffled and dealt in equal parts, whose sizes differ by at
 * most one (McMahan et al., AISTATS 2017, section 3, "IID").
 *
 * @throws {FederatedError} `invalid-option` for a seed that is not an integer from 0 to 2^53 - 1
 */
export function iid(options: { readonly seed: number }): Partition {
  const seed = deriveSeed(checkSeed(options.seed), 'partition/iid')
  return (dataset, workers) => {
    checkPartitionable(dataset, workers)
    return cutEvenly(shuffle(indicesUpTo(dataset.length), experimentRandom(seed)), workers)
  }
}
