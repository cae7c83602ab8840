import { integerOption, positiveOption } from '../check.ts'
import { FederatedError } from '../errors.ts'
import { checkSeed, deriveSeed, type ExperimentRandom, experimentRandom, shuffle } from '../random.ts'
import {
  checkPartitionable,
  indicesUpTo,
  joinIndices,
  needLabels,
  type Partition,
  type Partitionable,
} from './partition.ts'

/** What {@link dirichlet} is told. */
export interface DirichletOptions {
  readonly seed: number
  /** The concentration: near 0, each label goes to one worker; towards infinity, every worker sees the same mix. */
  readonly alpha: number
  /** The fewest examples that a worker may end up with; draws that give less are repeated. 1 by default. */
  readonly minimum?: number
}

/** Below it logarithms of draws overflow; at it, one worker already gets everything of a label. */
const LEAST_SHAPE = 1e-300

/** Draws before giving up; a feasible request rarely needs more than a few. */
const MAX_DRAWS = 100

/**
 * Label skew of adjustable strength by Dirichlet draws, the idea of Hsu et al. 2019 (arXiv:1909.06335, section 3). This is
 * its form that hands out every example exactly once (Yurochkin et al., ICML 2019, section 4): for each label, proportions
 * over the workers are drawn from a symmetric Dirichlet(alpha) and the label's examples are dealt by them, so that the
 * workers differ in size too. (Hsu et al. draw each worker's mix of labels instead and give all the same size.)
 *
 * @throws {FederatedError} `invalid-option`; and when applied, `labels-missing`, `more-workers-than-examples` when the
 *   data cannot give each worker its minimum, or `partition-infeasible` when no draw did
 */
export function dirichlet(options: DirichletOptions): Partition {
  const seed = deriveSeed(checkSeed(options.seed), 'partition/dirichlet')
  const alpha = positiveOption('alpha', options.alpha)
  const minimum = integerOption('minimum', options.minimum ?? 1, 1)
  return (dataset, workers) => {
    checkPartitionable(dataset, workers)
    const classes = byLabel(dataset, needLabels(dataset, 'dirichlet()'))
    checkMinimum(dataset.length, workers, minimum)
    const random = experimentRandom(seed)
    for (let draw = 0; draw < MAX_DRAWS; draw++) {
      const parts = dealClasses(classes, workers, alpha, random)
      if (parts.every(part => part.length >= minimum)) return parts
    }
    throw new FederatedError(
      'partition-infeasible',
      `None of ${MAX_DRAWS} draws with alpha ${alpha} gave each of ${workers} workers at least ${minimum} examples. ` +
        'Raise alpha, lower minimum, or use fewer workers.',
    )
  }
}

function checkMinimum(examples: number, workers: number, minimum: number): void {
  if (workers * minimum <= examples) return
  throw new FederatedError(
    'more-workers-than-examples',
    `${workers} workers with at least ${minimum} examples each need ${workers * minimum}, and there are ${examples}. ` +
      'Use fewer workers, a lower minimum or more data.',
  )
}

/** The indices of each label's examples, by ascending label. */
function byLabel(dataset: Partitionable, labels: ArrayLike<number>): Uint32Array[] {
  const classes = new Map<number, number[]>()
  for (const index of indicesUpTo(dataset.length)) {
    const label = labels[index]!
    const members = classes.get(label)
    if (members === undefined) classes.set(label, [index])
    else members.push(index)
  }
  return [...classes.entries()].sort(([a], [b]) => a - b).map(([, members]) => Uint32Array.from(members))
}

function dealClasses(
  classes: readonly Uint32Array[],
  workers: number,
  alpha: number,
  random: ExperimentRandom,
): Uint32Array[] {
  const dealt: Uint32Array[][] = Array.from({ length: workers }, () => [])
  for (const members of classes) {
    const deck = shuffle(members.slice(), random)
    const proportions = drawDirichlet(workers, alpha, random)
    let cumulative = 0
    let begin = 0
    for (const [worker, share] of proportions.entries()) {
      cumulative += share
      const last = worker === workers - 1
      const end = last ? deck.length : Math.min(deck.length, Math.round(cumulative * deck.length))
      dealt[worker]!.push(deck.subarray(begin, end))
      begin = end
    }
  }
  return dealt.map(joinIndices)
}

/**
 * One draw from the symmetric Dirichlet distribution: gamma draws over their sum, in logarithms because for a small alpha
 * most of them underflow.
 */
export function drawDirichlet(size: number, alpha: number, random: ExperimentRandom): Float64Array {
  const shape = Math.max(alpha, LEAST_SHAPE)
  const logs = Float64Array.from({ length: size }, () => logGammaDraw(shape, random))
  const largest = logs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const draws = logs.map(log => Math.exp(log - largest))
  const total = draws.reduce((a, b) => a + b, 0)
  return draws.map(draw => draw / total)
}

/**
 * The logarithm of a Gamma(shape, 1) draw by Marsaglia and Tsang (ACM TOMS 26, 2000): their method for shape + 1, times
 * U^(1/shape) (their section 6).
 */
export function logGammaDraw(shape: number, random: ExperimentRandom): number {
  const d = shape + 1 - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = random.normal()
    const v = (1 + c * x) ** 3
    if (v <= 0) continue
    const u = 1 - random.uniform() // in (0, 1]: its logarithm is finite
    if (Math.log(u) >= 0.5 * x * x + d - d * v + d * Math.log(v)) continue
    return Math.log(d * v) + Math.log(1 - random.uniform()) / shape
  }
}
