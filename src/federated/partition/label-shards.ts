import { integerOption } from '../check.ts'
import { FederatedError } from '../errors.ts'
import { checkSeed, deriveSeed, experimentRandom, shuffle } from '../random.ts'
import { checkPartitionable, cutEvenly, indicesUpTo, joinIndices, needLabels, type Partition } from './partition.ts'

/** What {@link labelShards} is told. */
export interface LabelShardsOptions {
  readonly seed: number
  /** How many shards each worker is dealt; 2 in the paper, with which most workers see two labels. */
  readonly shardsPerWorker?: number
}

/**
 * The pathological non-IID split of McMahan et al. (AISTATS 2017, section 3, "Non-IID"): the examples are sorted by
 * label, cut into `workers * shardsPerWorker` shards of equal size (to within one), and each worker is dealt its shards at
 * random.
 *
 * @throws {FederatedError} `invalid-option`; and when applied, `labels-missing`, or `more-workers-than-examples` when
 *   there are more shards than examples
 */
export function labelShards(options: LabelShardsOptions): Partition {
  const seed = deriveSeed(checkSeed(options.seed), 'partition/label-shards')
  const perWorker = integerOption('shardsPerWorker', options.shardsPerWorker ?? 2, 1)
  return (dataset, workers) => {
    checkPartitionable(dataset, workers)
    const labels = needLabels(dataset, 'labelShards()')
    checkShards(dataset.length, workers, perWorker)
    const sorted = indicesUpTo(dataset.length).sort((a, b) => labels[a]! - labels[b]! || a - b)
    const shards = shuffle(cutEvenly(sorted, workers * perWorker), experimentRandom(seed))
    return Array.from({ length: workers }, (_, i) => joinIndices(shards.slice(i * perWorker, (i + 1) * perWorker)))
  }
}

function checkShards(examples: number, workers: number, perWorker: number): void {
  if (workers * perWorker <= examples) return
  throw new FederatedError(
    'more-workers-than-examples',
    `${workers} workers with ${perWorker} shards each need ${workers * perWorker} examples, and there are ${examples}. ` +
      'Use fewer workers, fewer shards or more data.',
  )
}
