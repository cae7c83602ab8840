import {
  ENCODING_BLOCK,
  type EncodingKernel,
  encodingKernel,
  INPUT,
  OUTPUT,
  padded,
} from './kernels/encoding-kernel.ts'
import type { RingVector } from './ring.ts'

/**
 * Writes the first `out.length` entries, read as signed integers of b bits, times `unit`. With two lanes high * 2^32 + low
 * rounds once, from the exact integer, just as a conversion by way of BigInt would.
 *
 * @returns the largest magnitude of an entry.
 */
export function scaleSigned(vector: RingVector, unit: number, out: Float64Array): number {
  const kernel = encodingKernel()
  return kernel === undefined ? scalePlainly(vector, unit, out) : scaleByKernel(kernel, vector, unit, out)
}

/** What the kernel computes too, to the bit. */
function scalePlainly({ words, lanes, modulusBits }: RingVector, unit: number, out: Float64Array): number {
  const spare = 32 * lanes - modulusBits
  let largest = 0
  for (let i = 0; i < out.length; i++) {
    const top = (words[i * lanes + lanes - 1]! << spare) >> spare
    const value = lanes === 1 ? top : top * 0x1_0000_0000 + words[i * 2]!
    largest = Math.max(largest, Math.abs(value))
    out[i] = value * unit
  }
  return largest
}

function scaleByKernel(
  kernel: EncodingKernel,
  { words, lanes, modulusBits }: RingVector,
  unit: number,
  out: Float64Array,
): number {
  const spare = 32 * lanes - modulusBits
  const decode = lanes === 1 ? kernel.decode32 : kernel.decode64
  let largest = 0
  for (let from = 0; from < out.length; from += ENCODING_BLOCK) {
    const count = Math.min(ENCODING_BLOCK, out.length - from)
    kernel.inputWords.set(words.subarray(from * lanes, (from + count) * lanes))
    const whole = padded(kernel.inputWords, count * lanes, 4) / lanes
    largest = Math.max(largest, decode(INPUT, OUTPUT, whole, spare, unit))
    out.set(kernel.outputDoubles.subarray(0, count), from)
  }
  return largest
}
