import {
  copyIn,
  ENCODING_BLOCK,
  type EncodingKernel,
  encodingKernel,
  INPUT,
  OUTPUT,
  SUMS,
} from './kernels/encoding-kernel.ts'
import { largestMagnitude, notFinite } from './measure.ts'
import { type RingVector, topMask } from './ring.ts'

/** How one client's coordinates become ring units: v = clamp(x, +-clip) * prescale * gain, and |v| <= steps. */
export interface Quantizer {
  /** Coordinates beyond +-clip are set to it; Infinity when the vector is clipped by its norm. */
  readonly clip: number
  /** A power of two that keeps huge values in range; almost always 1. */
  readonly prescale: number
  /** Not negative. */
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
 * Quantizes values[from .. from + noise.length) into the same entries of `vector`, reduced, one random word each.
 *
 * Stochastic rounding: v goes up with probability v - floor(v), so that the expectation is v (to 2^-32). The comparison
 * with the fraction is the exact form of floor(v + u): v + u would round in floating point and push large integers up.
 *
 * Done by the kernel where there is one, which leaves values and noise in its memory: see {@link EncodingKernel.wipe}.
 *
 * @throws UsageError `input-value` naming the first index that is NaN or infinite.
 */
export function quantize(
  values: Float32Array | Float64Array,
  from: number,
  noise: Uint32Array,
  quantizer: Quantizer,
  vector: RingVector,
  tally: QuantizationTally,
): void {
  const kernel = encodingKernel()
  for (let done = 0; done < noise.length; done += ENCODING_BLOCK) {
    const words = noise.subarray(done, done + ENCODING_BLOCK)
    if (kernel !== undefined && quantizer.prescale === 1 && Number.isFinite(quantizer.gain)) {
      quantizeByKernel(kernel, values, from + done, words, quantizer, vector, tally)
    } else {
      largestMagnitude(values, from + done, from + done + words.length)
      quantizePlainly(values, from + done, words, quantizer, vector, tally)
    }
  }
}

/** What the kernel computes too, to the bit: the sum of squares included, of every fourth value each and then of these. */
function quantizePlainly(
  values: Float32Array | Float64Array,
  from: number,
  noise: Uint32Array,
  quantizer: Quantizer,
  vector: RingVector,
  tally: QuantizationTally,
): void {
  const { clip, prescale, gain, steps } = quantizer
  const { words, lanes } = vector
  const mask = topMask(vector.modulusBits)
  let { clipped, maxError } = tally
  const squares = new Float64Array(4)
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
    squares[j & 3]! += error * error
    const rounded = (floor + up) | 0
    words[i * lanes] = lanes === 1 ? rounded & mask : rounded
    if (lanes === 2) words[i * 2 + 1] = (rounded >> 31) & mask
  }
  tally.clipped = clipped
  tally.maxError = maxError
  tally.squaredError += squares[0]! + squares[2]! + (squares[1]! + squares[3]!)
}

/** At most a block. The noise is not copied if it is in the kernel's memory already. */
function quantizeByKernel(
  kernel: EncodingKernel,
  values: Float32Array | Float64Array,
  from: number,
  noise: Uint32Array,
  { clip, gain, steps }: Quantizer,
  { words, lanes, modulusBits }: RingVector,
  tally: QuantizationTally,
): void {
  const { sums } = kernel
  const single = values instanceof Float32Array
  const count = noise.length
  const whole = copyIn(kernel, values, from, count)
  const largest = single
    ? kernel.largest32(INPUT, whole, singleUpTo(clip), SUMS)
    : kernel.largest64(INPUT, whole, clip, SUMS)
  if (largest === Number.POSITIVE_INFINITY) throw notFinite(values, from)
  tally.clipped += sums[0]!
  if (noise.buffer !== kernel.memory.buffer) kernel.noise.set(noise)
  const at = noise.buffer === kernel.memory.buffer ? noise.byteOffset : kernel.noise.byteOffset
  sums[0] = tally.maxError
  sums[1] = tally.squaredError
  const limit = clip === Number.POSITIVE_INFINITY ? steps : Math.min(steps, clip * gain)
  const to32 = single ? kernel.quantize32to32 : kernel.quantize64to32
  const to64 = single ? kernel.quantize32to64 : kernel.quantize64to64
  const run = lanes === 1 ? to32 : to64
  run(INPUT, at, OUTPUT, whole, SUMS, gain, limit, topMask(modulusBits), !(largest * gain <= limit))
  tally.maxError = sums[0]!
  tally.squaredError = sums[1]!
  words.set(kernel.outputWords.subarray(0, count * lanes), from * lanes)
}

/** The largest single up to a bound >= 0: a single is beyond the one if and only if it is beyond the other. */
function singleUpTo(bound: number): number {
  const nearest = Float32Array.of(bound)
  if (nearest[0]! > bound) new Uint32Array(nearest.buffer)[0]! -= 1
  return nearest[0]!
}
