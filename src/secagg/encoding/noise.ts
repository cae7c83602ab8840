import type { RandomSource } from '../primitives/random.ts'
import { fillNoise } from '../privacy/noise.ts'
import { logTail, tailBound } from '../privacy/tails.ts'
import type { RingVector } from './ring.ts'
import { type Sensitivity, sensitivityOf } from './sensitivity.ts'
import type { EncodingSpec, NoiseSpec } from './spec.ts'

/** What follows from the noise of an encoding. Ring units throughout. */
export interface NoisePlan {
  readonly sensitivity: Sensitivity
  /**
   * Standard deviation of the noise that protects in the worst case, over the L2 sensitivity: the fewest survivors, and
   * the corrupted among them not counted.
   */
  readonly noiseMultiplier: number
  /** What the noise of the whole cohort stays below in every entry, but for a probability of 2^-40. */
  readonly bound: bigint
  /**
   * Bound on the probability that any entry of a sum over the whole cohort wraps around. It concerns the result, not its
   * privacy: wrapping is post-processing of the noised sum.
   */
  readonly wrapProbability: number
}

/** The probability, as ln, with which any entry may wrap. */
const LOG_WRAP = -40 * Math.LN2

/** The noise bound that the modulus has to leave room for. */
export function noiseBoundOf(spec: EncodingSpec, noise: NoiseSpec): bigint {
  const entries = Math.max(1, spec.dimension + spec.metrics.length)
  return BigInt(Math.ceil(tailBound({ ...noise, shares: spec.clients }, LOG_WRAP - Math.log(entries))))
}

export function planNoise(spec: EncodingSpec, noise: NoiseSpec, modulusBits: number, largestSum: bigint): NoisePlan {
  const sensitivity = sensitivityOf(spec)
  const { perClientVariance, minimumSurvivors, assumedCorrupted } = noise
  const deviation = Math.sqrt(perClientVariance * (minimumSurvivors - assumedCorrupted))
  const room = Number((1n << BigInt(modulusBits - 1)) - largestSum)
  const entries = Math.max(1, sensitivity.dimension)
  return Object.freeze({
    sensitivity,
    noiseMultiplier: deviation / sensitivity.l2,
    bound: noiseBoundOf(spec, noise),
    wrapProbability: Math.min(1, entries * Math.exp(logTail({ ...noise, shares: spec.clients }, room))),
  })
}

/** Entries noised at a time. */
const CHUNK = 16_384
/** Above this spread a sample may not fit 32 bits. */
const MOST_NARROW_VARIANCE = 2 ** 48

/** Adds one client's share of the noise to the first `entries` entries. */
export function addNoise(vector: RingVector, entries: number, noise: NoiseSpec, random: RandomSource): void {
  const distribution = { kind: noise.kind, variance: noise.perClientVariance }
  const size = Math.min(CHUNK, entries)
  const narrow = noise.perClientVariance <= MOST_NARROW_VARIANCE
  const chunk = narrow ? new Int32Array(size) : new BigInt64Array(size)
  try {
    for (let from = 0; from < entries; from += CHUNK) {
      const part = chunk.subarray(0, Math.min(CHUNK, entries - from))
      fillNoise(part, distribution, random)
      if (part instanceof Int32Array) addNarrow(vector, from, part)
      else for (let j = 0; j < part.length; j++) vector.set(from + j, vector.get(from + j) + part[j]!)
    }
  } finally {
    if (chunk instanceof Int32Array) chunk.fill(0)
    else chunk.fill(0n)
  }
}

function addNarrow({ words, lanes }: RingVector, from: number, noise: Int32Array): void {
  if (lanes === 1) {
    for (let j = 0; j < noise.length; j++) words[from + j]! += noise[j]!
    return
  }
  for (let j = 0; j < noise.length; j++) {
    const low = (from + j) * 2
    const sum = words[low]! + (noise[j]! >>> 0)
    words[low] = sum
    words[low + 1]! += (noise[j]! >> 31) + (sum > 0xffffffff ? 1 : 0)
  }
}
