import { UsageError } from '../errors.ts'
import type { EncodingPlan, MetricFields } from './plan.ts'
import type { IntegersSpec } from './spec.ts'

/** What one client contributes. */
export interface EncodingInput {
  /** As many values as the plan's dimension. BigInts for a plan of kind `integers` only. */
  readonly values: Float32Array | Float64Array | readonly (number | bigint)[]
  /** Kind `mean` only, and required there: an integer from 0 to the plan's weightBound. */
  readonly weight?: number
  /** One value for every metric that the plan names. */
  readonly metrics?: Readonly<Record<string, number | bigint>>
}

const KEY_BYTES = 16

/** Checks everything but the values. No message repeats a number of the client's. @throws UsageError */
export function checkInput(plan: EncodingPlan, input: EncodingInput, roundingKey: Uint8Array): void {
  if (!(roundingKey instanceof Uint8Array) || roundingKey.length !== KEY_BYTES) {
    throw new UsageError('rounding-key', `the rounding key must be a Uint8Array of ${KEY_BYTES} bytes`)
  }
  if (!isFloats(input.values) && !Array.isArray(input.values)) {
    throw new UsageError('input-value', 'values must be a Float32Array, a Float64Array or an array')
  }
  const { length } = input.values
  if (length !== plan.spec.dimension) {
    throw new UsageError(
      'input-length',
      `the plan sums vectors of dimension ${plan.spec.dimension}, this one has ${length}`,
    )
  }
  checkWeight(plan, input.weight)
  checkMetrics(plan.layout.metrics, input.metrics ?? {})
}

function checkWeight(plan: EncodingPlan, weight: number | undefined): void {
  const { spec } = plan
  if (spec.kind !== 'mean') {
    if (weight === undefined) return
    throw new UsageError('input-weight', `a plan of kind '${spec.kind}' takes no weight; use kind 'mean'`)
  }
  if (!Number.isSafeInteger(weight) || weight! < 0) {
    throw new UsageError('input-weight', 'the weight must be a non-negative integer')
  }
  if (weight! > spec.weightBound) {
    throw new UsageError(
      'input-weight',
      `the weight exceeds the plan's weightBound of ${spec.weightBound}: raise weightBound, or lower the weight`,
    )
  }
}

function checkMetrics(fields: readonly MetricFields[], metrics: Readonly<Record<string, number | bigint>>): void {
  for (const { spec } of fields) {
    if (!Object.hasOwn(metrics, spec.name)) throw new UsageError('input-metric', `metric "${spec.name}" is missing`)
    const value = metrics[spec.name]
    if (typeof value === 'bigint' && spec.kind === 'integer') continue
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      throw new UsageError('input-metric', `metric "${spec.name}" is not a finite number`)
    }
    if (spec.kind === 'integer' && !Number.isInteger(value)) {
      throw new UsageError('input-metric', `metric "${spec.name}" is not an integer`)
    }
  }
  const known = new Set(fields.map(({ spec }) => spec.name))
  for (const name of Object.keys(metrics)) {
    if (!known.has(name)) throw new UsageError('input-metric', `the plan has no metric "${name}"`)
  }
}

function isFloats(values: unknown): values is Float32Array | Float64Array {
  return values instanceof Float32Array || values instanceof Float64Array
}

/**
 * The values as a typed array that nobody can change as long as nobody else's code runs: what other threads could write to
 * is copied.
 */
export function stableReals(values: EncodingInput['values']): Float32Array | Float64Array {
  return isFloats(values) && values.buffer instanceof ArrayBuffer ? values : snapshotReals(values)
}

/** The values as a typed array of the client's own: nobody can change them between the checks and the rounding. */
export function snapshotReals(values: EncodingInput['values']): Float32Array | Float64Array {
  if (isFloats(values)) return values.slice()
  const copy = new Float64Array(values.length)
  for (let i = 0; i < copy.length; i++) {
    const value = values[i]
    if (typeof value !== 'number') throw new UsageError('input-value', `value ${i} is not a number`)
    copy[i] = value
  }
  return copy
}

/**
 * Calls `take.safe` or, where a double could not hold it, `take.wide` with every value's distance from the minimum.
 *
 * @throws UsageError naming the first index that is no integer within min..max: exact sums refuse instead of clipping.
 */
export function forEachOffset(
  values: EncodingInput['values'],
  spec: IntegersSpec,
  take: { safe: (i: number, offset: number) => void; wide: (i: number, offset: bigint) => void },
): void {
  const [min, max] = [BigInt(spec.min), BigInt(spec.max)]
  const narrow = isSafe(min) && isSafe(max) && isSafe(max - min)
  const [low, high] = [Number(min), Number(max)]
  for (let i = 0; i < values.length; i++) {
    const value: unknown = values[i]
    if (narrow && typeof value === 'number' && Number.isInteger(value)) {
      if (!(value >= low && value <= high)) throw outOfRange(i)
      take.safe(i, value - low)
    } else {
      const exact = toExact(i, value)
      if (exact < min || exact > max) throw outOfRange(i)
      take.wide(i, exact - min)
    }
  }
}

function isSafe(value: bigint): boolean {
  const limit = BigInt(Number.MAX_SAFE_INTEGER)
  return value >= -limit && value <= limit
}

function toExact(i: number, value: unknown): bigint {
  if (typeof value === 'bigint') return value
  if (Number.isSafeInteger(value)) return BigInt(value as number)
  throw new UsageError('input-value', `value ${i} is not a safe integer or a BigInt`)
}

function outOfRange(i: number): UsageError {
  return new UsageError('input-value', `value ${i} lies outside the plan's min..max: widen the range`)
}
