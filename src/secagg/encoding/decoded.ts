import type { EncodingKind } from './spec.ts'

/** The sum of one metric over the survivors. */
export interface DecodedMetric {
  /** A bigint for an integer metric whose sum over the cohort can pass 2^53 - 1, else a number. Integers are exact. */
  readonly sum: number | bigint
  /** sum / survivors: every client counts the same. */
  readonly mean: number
  /** Bound on |sum - sum of the saturated values|, noise apart; 0 for integers. */
  readonly worstCaseError: number
  /** Clients whose value lay outside the declared range and was set to its end. Under noise it is not released. */
  readonly saturated: number | undefined
  /** Standard deviation of the noise in the sum. */
  readonly noiseDeviation?: number
}

/** How far the noise of differential privacy moves the numbers. */
export interface NoiseNumerics {
  /** Standard deviation of the noise in each coordinate of the sum: that of all survivors together. */
  readonly deviation: number
  /** Bound on the probability that any entry of the sum wrapped around. */
  readonly wrapProbability: number
}

/**
 * How far the numbers can be trusted. Errors are against the exact sum or mean of the *clipped* inputs, noise apart. What
 * is undefined depends on the inputs, and is not released under noise.
 */
export interface EncodingNumerics {
  readonly modulusBits: number
  /** Bits of one client's quantized coordinate. */
  readonly bits: number
  /** log2 of the ring's size over the range that the survivors' sum can take without its noise: bits to spare. */
  readonly headroomBits: number
  /** Coordinates that clipping changed, over all survivors; an L2 clip changes all of a client's, or none. */
  readonly clippedCoordinates: number | undefined
  /** The same as a fraction of all coordinates of all survivors. */
  readonly clippedFraction: number | undefined
  /** Bound on the error of any coordinate of the mean (kind `mean`) or sum, whatever the inputs; 0 for integers. */
  readonly worstCaseError: number
  /** From the errors that the clients measured, in the same units. */
  readonly roundingError:
    | {
        /** Bound on the error of any coordinate: the clients' largest errors, added up. */
        readonly max: number
        /** Root mean square of the L2 norm of the whole error vector: roundings are independent, so squares add up. */
        readonly l2: number
      }
    | undefined
  /** Saturated values over all metrics and survivors. */
  readonly metricsSaturated: number | undefined
  /** Present under noise. */
  readonly noise?: NoiseNumerics
}

/** What every decoded sum has. */
export interface DecodedVector {
  readonly survivors: number
  readonly metrics: Readonly<Record<string, DecodedMetric>>
  readonly numerics: EncodingNumerics
}

export interface DecodedMean extends DecodedVector {
  readonly kind: 'mean'
  /** The weighted sum; the bounds on its errors are those of the mean times totalWeight. */
  readonly sum: Float64Array
  /** sum / totalWeight. */
  readonly mean: Float64Array
  readonly totalWeight: number
}

export interface DecodedReals extends DecodedVector {
  readonly kind: 'sum'
  readonly sum: Float64Array
}

export interface DecodedIntegers extends DecodedVector {
  readonly kind: 'integers'
  /**
   * Exact. A Float64Array when clients times each of |min|, |max| and max - min is at most 2^53 - 1, else BigInts: the
   * plan decides, not the values.
   */
  readonly sum: Float64Array | bigint[]
}

/** By the plan's kind. */
interface DecodedByKind {
  readonly mean: DecodedMean
  readonly sum: DecodedReals
  readonly integers: DecodedIntegers
}

export type DecodedSum<K extends EncodingKind = EncodingKind> = DecodedByKind[K]
