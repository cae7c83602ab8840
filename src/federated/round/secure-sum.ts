import type {
  ClipSpec,
  DecodedSum,
  EncodingInput,
  EncodingNumerics,
  IntegersSpec,
  SumSpec,
} from '../../secagg/encoding/index.ts'
import { FederatedError } from '../errors.ts'
import { validateWorkerIds } from '../worker.ts'
import { aggregate } from './aggregate.ts'
import type { DroppedWorker, PhaseReport } from './events.ts'
import type { AggregationOptions } from './options.ts'

/** One vector. BigInts where integers are summed. */
export type SummableVector = EncodingInput['values']

/** Vectors of one length: by owner, or in an array whose owners are then named `0`, `1`, … */
export type SummableVectors =
  | Readonly<Record<string, SummableVector>>
  | ReadonlyMap<string, SummableVector>
  | readonly SummableVector[]

/** Exact sums of whole numbers. */
export interface IntegerSumOptions extends AggregationOptions {
  readonly kind: 'integers'
  /** Smallest and largest value that anybody may have; a value outside is an error, never clipped. */
  readonly min: number | bigint
  readonly max: number | bigint
}

/** Sums of real numbers, to a stated precision. */
export interface RealSumOptions extends AggregationOptions {
  readonly kind: 'reals'
  /** What is clipped, and reported; it also sets the grid: `bound` / (2^(bits-1) - 1). */
  readonly clip: ClipSpec
  /** Bits per value, sign included, 2 to 32. 24 by default. */
  readonly bits?: number
  /** Makes the rounding repeatable; fresh by default. */
  readonly seed?: number
}

interface SumResult {
  /** Whose vectors are in the sum. */
  readonly survivors: readonly string[]
  readonly dropped: readonly DroppedWorker[]
  readonly phases: readonly PhaseReport[]
  /** How exact the sum is; all errors are 0 for integers. */
  readonly encoding: EncodingNumerics
}

export interface IntegerSumResult extends SumResult {
  /** BigInts where the cohort's sum can pass 2^53 - 1. */
  readonly sum: Float64Array | bigint[]
}

export interface RealSumResult extends SumResult {
  readonly sum: Float64Array
}

/**
 * The sum of vectors whose owners show them to nobody: for everything that is not a model.
 *
 * ```ts
 * const { sum } = await secureSum({ ann: [1, 0], ben: [0, 1], cy: [1, 1] }, { kind: 'integers', min: 0, max: 1 })
 * ```
 *
 * @throws UsageError, FederatedError when an option does not fit; ContributionError when a vector does not (NaN, out of
 *   range), naming its owner and the entry. Nothing is released then.
 * @throws AggregationAbortedError when too few owners stay.
 */
export async function secureSum(vectors: SummableVectors, options: IntegerSumOptions): Promise<IntegerSumResult>
export async function secureSum(vectors: SummableVectors, options: RealSumOptions): Promise<RealSumResult>
export async function secureSum(
  vectors: SummableVectors,
  options: IntegerSumOptions | RealSumOptions,
): Promise<IntegerSumResult | RealSumResult> {
  const owned = ownedVectors(vectors)
  validateWorkerIds(owned)
  const result = await aggregate<'integers' | 'sum'>({
    encoding: specOf(owned, options),
    task: { kind: 'sum' },
    contributors: owned.map(({ id, values }) => ({ id, contribute: async () => ({ values }) })),
    roundingSeed: options.kind === 'reals' ? options.seed : undefined,
    announcementBytes: 0,
    failFast: true,
    options,
  })
  const { sum, numerics } = result.decoded as DecodedSum<'integers' | 'sum'>
  const { survivors, dropped, phases } = result
  return { sum, survivors, dropped, phases, encoding: numerics }
}

function ownedVectors(vectors: SummableVectors): { id: string; values: SummableVector }[] {
  if (typeof vectors !== 'object' || vectors === null) {
    throw new FederatedError('invalid-option', 'secureSum takes vectors by owner: an object, a Map or an array.')
  }
  const entries = vectors instanceof Map ? [...vectors] : Object.entries(vectors)
  return entries.map(([id, values]) => ({ id, values }))
}

function specOf(
  owned: readonly { id: string; values: SummableVector }[],
  options: IntegerSumOptions | RealSumOptions,
): IntegersSpec | SumSpec {
  const dimension = owned[0]!.values.length
  for (const { id, values } of owned) {
    if (values?.length === dimension) continue
    const message = `The vector of "${id}" has ${values?.length} entries, the first one has ${dimension}.`
    throw new FederatedError('invalid-option', message, { clientId: id })
  }
  const common = { clients: owned.length, dimension, metrics: [] }
  if (options.kind === 'integers') return { kind: 'integers', ...common, min: options.min, max: options.max }
  if (options.kind === 'reals') return { kind: 'sum', ...common, bits: options.bits ?? 24, clip: options.clip }
  throw new FederatedError(
    'invalid-option',
    "secureSum needs kind: 'integers' (with min and max) or kind: 'reals' (with clip).",
  )
}
