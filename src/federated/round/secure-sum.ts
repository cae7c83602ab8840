import type { ClipSpec, EncodingInput, EncodingNumerics, IntegersSpec, SumSpec } from '../../secagg/encoding/index.ts'
import { shown } from '../check.ts'
import { FederatedError } from '../errors.ts'
import type { DistributedPrivacy } from '../privacy.ts'
import { checkSeed } from '../random.ts'
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

interface SumOptions extends AggregationOptions {
  /** Adds noise for differential privacy, and accounts for it; one object for all sums over the same owners. */
  readonly privacy?: DistributedPrivacy
}

/** Exact sums of whole numbers; under `privacy`, with whole noise. */
export interface IntegerSumOptions extends SumOptions {
  readonly kind: 'integers'
  /** Smallest and largest value that anybody may have; a value outside is an error, never clipped. */
  readonly min: number | bigint
  readonly max: number | bigint
}

/** Sums of real numbers, to a stated precision. */
export interface RealSumOptions extends SumOptions {
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
 * @throws UsageError, FederatedError when an option does not fit, before anything is sent; ContributionError when a vector
 *   does not (NaN, out of range), naming its owner and the entry, never its value. Nothing is released then.
 * @throws AggregationAbortedError when too few owners stay.
 */
export async function secureSum(vectors: SummableVectors, options: IntegerSumOptions): Promise<IntegerSumResult>
export async function secureSum(vectors: SummableVectors, options: RealSumOptions): Promise<RealSumResult>
export async function secureSum(
  vectors: SummableVectors,
  options: IntegerSumOptions | RealSumOptions,
): Promise<IntegerSumResult | RealSumResult> {
  const owned = ownedVectors(vectors)
  const seed = options?.kind === 'reals' ? options.seed : undefined
  if (seed !== undefined) checkSeed(seed)
  return aggregate<'integers' | 'sum', IntegerSumResult | RealSumResult>({
    encoding: specOf(owned, options),
    task: { kind: 'sum' },
    contributors: owned.map(({ id, values }) => ({ id, contribute: async () => ({ values }) })),
    roundingSeed: seed,
    failFast: true,
    options,
    ...(options.privacy && { privacy: options.privacy }),
    conclude: ({ decoded: { sum, numerics }, ...rest }) => ({ result: { sum, ...rest, encoding: numerics }, numerics }),
  })
}

interface OwnedVector {
  readonly id: string
  readonly values: SummableVector
}

function ownedVectors(vectors: SummableVectors): OwnedVector[] {
  if (typeof vectors !== 'object' || vectors === null || ArrayBuffer.isView(vectors)) {
    throw invalid(`secureSum takes vectors by owner: an object, a Map or an array of vectors, not ${shown(vectors)}.`)
  }
  const entries: [string, SummableVector][] = vectors instanceof Map ? [...vectors] : Object.entries(vectors)
  if (entries.length === 0) throw new FederatedError('no-workers', 'secureSum needs vectors, and was given none.')
  const owned = entries.map(([id, values]) => ({ id, values }))
  validateWorkerIds(owned)
  for (const { id, values } of owned) checkVector(id, values, owned[0]!)
  return owned
}

function checkVector(id: string, values: SummableVector, first: OwnedVector): void {
  if (!Array.isArray(values) && !(values instanceof Float32Array) && !(values instanceof Float64Array)) {
    throw invalid(`The vector of "${id}" must be an array, a Float32Array or a Float64Array, not ${shown(values)}.`, id)
  }
  if (values.length === first.values.length) return
  const other = `that of "${first.id}" has ${first.values.length}`
  throw invalid(`The vector of "${id}" has ${values.length} entries, ${other}. All need the same length.`, id)
}

function specOf(owned: readonly OwnedVector[], options: IntegerSumOptions | RealSumOptions): IntegersSpec | SumSpec {
  const common = { clients: owned.length, dimension: owned[0]!.values.length, metrics: [] }
  const noised = <S extends IntegersSpec | SumSpec>(spec: S): S =>
    options.privacy ? { ...spec, noise: options.privacy.noiseFor(spec) } : spec
  if (options?.kind === 'integers') return noised({ kind: 'integers', ...common, min: options.min, max: options.max })
  if (options?.kind === 'reals') return noised({ kind: 'sum', ...common, bits: options.bits ?? 24, clip: options.clip })
  throw invalid("secureSum needs kind: 'integers' (with min and max) or kind: 'reals' (with clip).")
}

function invalid(message: string, clientId?: string): FederatedError {
  return new FederatedError('invalid-option', message, clientId === undefined ? {} : { clientId })
}
