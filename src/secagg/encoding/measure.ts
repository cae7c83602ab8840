import { UsageError } from '../errors.ts'
import { copyIn, ENCODING_BLOCK, type EncodingKernel, encodingKernel, INPUT, SUMS } from './kernels/encoding-kernel.ts'
import type { RingVector } from './ring.ts'

/** The Euclidean norm of a vector, as `scaled / prescale`: the squares of `scaled` cannot overflow. */
export interface SafeNorm {
  readonly scaled: number
  readonly prescale: number
}

/** Above this, squares summed over any vector that fits in memory could overflow. */
const HUGE = 2 ** 480
const SHRINK = 2 ** -600

/**
 * Squares are summed in blocks, so that the rounding error grows with the block and the number of blocks only; and so that
 * the kernel, which gives the same bits, can sum several blocks side by side.
 */
export const NORM_BLOCK = 4096

/** The L2 norm of `values`. @throws UsageError `input-value` naming the first index that is NaN or infinite. */
export function l2Norm(values: Float32Array | Float64Array): SafeNorm {
  const kernel = encodingKernel()
  if (kernel !== undefined) {
    const { largest, squared } = measureByKernel(kernel, values)
    return largest > HUGE ? normOf(values, SHRINK) : { scaled: Math.sqrt(squared), prescale: 1 }
  }
  return normOf(values, largestMagnitude(values) > HUGE ? SHRINK : 1)
}

function normOf(values: Float32Array | Float64Array, prescale: number): SafeNorm {
  let total = 0
  for (let from = 0; from < values.length; from += NORM_BLOCK) {
    const to = Math.min(values.length, from + NORM_BLOCK)
    let block = 0
    for (let i = from; i < to; i++) {
      const x = values[i]! * prescale
      block += x * x
    }
    total += block
  }
  return { scaled: Math.sqrt(total), prescale }
}

function measureByKernel(
  kernel: EncodingKernel,
  values: Float32Array | Float64Array,
): { largest: number; squared: number } {
  const single = values instanceof Float32Array
  const squares = single ? kernel.squares32 : kernel.squares64
  let largest = 0
  let squared = 0
  try {
    for (let from = 0; from < values.length; from += ENCODING_BLOCK) {
      const count = Math.min(ENCODING_BLOCK, values.length - from)
      const whole = copyIn(kernel, values, from, count)
      const magnitude = (single ? kernel.largest32 : kernel.largest64)(INPUT, whole, Number.POSITIVE_INFINITY, SUMS)
      if (magnitude === Number.POSITIVE_INFINITY) throw notFinite(values, from)
      largest = Math.max(largest, magnitude)
      squares(INPUT, count, SUMS)
      for (let block = 0; block * NORM_BLOCK < count; block++) squared += kernel.sums[block]!
    }
  } finally {
    kernel.wipe()
  }
  return { largest, squared }
}

/** The largest absolute value of entries `from` to `to` - 1. @throws UsageError `input-value`, see {@link notFinite}. */
export function largestMagnitude(values: Float32Array | Float64Array, from = 0, to: number = values.length): number {
  let largest = 0
  for (let i = from; i < to; i++) {
    const magnitude = Math.abs(values[i]!)
    if (!(magnitude < Number.POSITIVE_INFINITY)) throw notFinite(values, i)
    if (magnitude > largest) largest = magnitude
  }
  return largest
}

/** Names the first index at or after `from` that is NaN or infinite, never the value. */
export function notFinite(values: Float32Array | Float64Array, from: number): UsageError {
  let i = from
  while (Number.isFinite(values[i])) i++
  return new UsageError('input-value', `value ${i} is not finite: NaN and infinities cannot be summed`)
}

/**
 * The sum of the squares of the first `dimension` entries, reduced, as signed integers of 32 bits or of the modulus if that
 * has fewer. Exact up to 2^53, and above that where it is more.
 */
export function squaredNorm({ words, lanes, modulusBits }: RingVector, dimension: number): number {
  const spare = Math.max(0, 32 - modulusBits)
  let total = 0
  for (let i = 0; i < dimension; i++) {
    const entry = (words[i * lanes]! << spare) >> spare
    total += entry * entry
  }
  return total
}
