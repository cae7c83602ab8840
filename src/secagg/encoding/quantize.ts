import type { RingVector } from './ring.ts'

/** How one client's coordinates become ring units: v = clamp(x, +-clip) * prescale * gain, and |v| <= steps. */
export interface Quantizer {
  /** Coordinates beyond +-clip are set to it; Infinity when the vector is clipped by its norm. */
  readonly clip: number
  /** A power of two that keeps huge values in range; almost always 1. */
  readonly prescale: number
  readonly gain: number
  /** Q: the grid's steps on either side of zero. */
  readonly steps: number
}

/** What happened to the coordinates so far. Errors are in ring units. */
export interface QuantizationTally {
  clipped: number
  maxError: number
  squaredError: number
}

/**
 * Quantizes values[from .. from + noise.length) into the same entries of `vector`, one random word each.
 *
 * Stochastic rounding: v goes up with probability v - floor(v), so that the expectation is v (to 2^-32). The comparison
 * with the fraction is the exact form of floor(v + u): v + u would round in floating point and push large integers up.
 */
export function quantize(
  values: Float32Array | Float64Array,
  from: number,
  noise: Uint32Array,
  quantizer: Quantizer,
  vector: RingVector,
  tally: QuantizationTally,
): void {
  const { clip, prescale, gain, steps } = quantizer
  const { words, lanes } = vector
  let { clipped, maxError, squaredError } = tally
  for (let j = 0, i = from; j < noise.length; j++, i++) {
    let x = values[i]!
    if (x > clip || x < -clip) {
      x = x > 0 ? clip : -clip
      clipped++
    }
    // Beyond the grid by a rounding of the last bit at most, since x is clipped.
    const v = Math.min(steps, Math.max(-steps, x * prescale * gain))
    const floor = Math.floor(v)
    const fraction = v - floor
    const up = noise[j]! < fraction * 0x1_0000_0000 ? 1 : 0
    const error = Math.abs(up - fraction)
    if (error > maxError) maxError = error
    squaredError += error * error
    const rounded = (floor + up) | 0
    words[i * lanes] = rounded
    if (lanes === 2) words[i * 2 + 1] = rounded >> 31
  }
  tally.clipped = clipped
  tally.maxError = maxError
  tally.squaredError = squaredError
}

/**
 * The sum of the squares of the first `dimension` entries, as signed 32-bit integers. Exact up to 2^53, and above that
 * where it is more.
 */
export function squaredNorm({ words, lanes }: RingVector, dimension: number): number {
  let total = 0
  for (let i = 0; i < dimension; i++) {
    const entry = words[i * lanes]! | 0
    total += entry * entry
  }
  return total
}

/** The Euclidean norm of a vector, as `scaled / prescale`: the squares of `scaled` cannot overflow. */
export interface SafeNorm {
  readonly scaled: number
  readonly prescale: number
}

/** Above this, squares summed over any vector that fits in memory could overflow. */
const HUGE = 2 ** 480
const SHRINK = 2 ** -600

/** Squares are summed in blocks, so that the rounding error grows with the block and the number of blocks only. */
export const NORM_BLOCK = 4096

/** The L2 norm of `values`, which are finite and at most `largest` in size. */
export function l2Norm(values: Float32Array | Float64Array, largest: number): SafeNorm {
  const prescale = largest > HUGE ? SHRINK : 1
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
