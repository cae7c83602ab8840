import { UsageError } from '../errors.ts'

/** What bounds one client's influence: the size of each coordinate, or the Euclidean norm of the whole vector. */
export interface ClipSpec {
  readonly kind: 'coordinate' | 'l2'
  /** In the units of the values; from 1e-30 to 1e30. */
  readonly bound: number
}

/** A whole number from `min` to `max`, e.g. a count of correct answers. Exact; up to 128 bits wide. */
export interface IntegerMetricSpec {
  readonly name: string
  readonly kind: 'integer'
  readonly min: number | bigint
  readonly max: number | bigint
}

/** A real number from `min` to `max` in 2^bits - 1 steps, e.g. a summed loss. Rounded stochastically; 1 to 32 bits. */
export interface RealMetricSpec {
  readonly name: string
  readonly kind: 'real'
  readonly min: number
  readonly max: number
  readonly bits: number
}

export type MetricSpec = IntegerMetricSpec | RealMetricSpec

/**
 * Noise for distributed differential privacy: every client adds a share of it to every coordinate and every metric, so
 * that only the sum carries all of it. Whatever could not be noised is left out of the vector: see {@link EncodingPlan}.
 */
export interface NoiseSpec {
  readonly kind: 'discrete-gaussian' | 'skellam'
  /** The variance of one client's share, in ring units squared; at least 1/2. `perClientVariance` computes it. */
  readonly perClientVariance: number
  /** The fewest clients whose sum may be unmasked: with fewer, there would be less noise than was agreed. */
  readonly minimumSurvivors: number
  /** Survivors whose share may be known to the server, or missing. */
  readonly assumedCorrupted: number
}

/**
 * A randomized Hadamard rotation of the clipped vector before it is rounded: it spreads every large coordinate over all
 * of them, so the grid need not reach to the bound of the norm (Suresh et al., ICML 2017; Kairouz, Liu, Steinke, ICML 2021).
 */
export interface RotationSpec {
  /** Public, the same for all clients of a round: a whole number from 0. */
  readonly seed: number
  /**
   * The grid reaches to `spread` times bound / sqrt(dimension), the root mean square of the longest vector: what lies
   * beyond is clipped, and counted. 1 to 1,000; a rotated coordinate exceeds 8 at most twice in ten million, whatever the
   * vector.
   */
  readonly spread: number
}

interface CommonSpec {
  /** The largest cohort: the modulus is derived so that the sum over this many clients cannot wrap. */
  readonly clients: number
  /** Coordinates of a vector; 0 is allowed, for a sum of metrics alone. */
  readonly dimension: number
  /** Scalars that are summed beside the vector, each declaring its own range. */
  readonly metrics: readonly MetricSpec[]
  /** Kinds `sum` and `integers`; none by default. */
  readonly noise?: NoiseSpec
}

interface RealVectorSpec extends CommonSpec {
  /** Bits per quantized coordinate, sign included: 2 to 32. The grid has Q = 2^(bits-1) - 1 steps on either side of 0. */
  readonly bits: number
  readonly clip: ClipSpec
  /** With an L2 clip only; none by default. */
  readonly rotation?: RotationSpec
}

/** The mean of real vectors weighted by whole numbers, as in federated averaging (McMahan et al., AISTATS 2017). */
export interface MeanSpec extends RealVectorSpec {
  readonly kind: 'mean'
  /** The largest weight: a positive integer. A weight is a non-negative integer, usually an example count. */
  readonly weightBound: number
}

/** The plain sum of real vectors. */
export interface SumSpec extends RealVectorSpec {
  readonly kind: 'sum'
}

/** The exact sum of integer vectors. A value out of its range is refused, never clipped. */
export interface IntegersSpec extends CommonSpec {
  readonly kind: 'integers'
  readonly min: number | bigint
  readonly max: number | bigint
}

/** What is summed, how finely, and within which ranges. */
export type EncodingSpec = MeanSpec | SumSpec | IntegersSpec

interface SpecByKind {
  readonly mean: MeanSpec
  readonly sum: SumSpec
  readonly integers: IntegersSpec
}

export type EncodingKind = keyof SpecByKind

/** The spec of one kind. */
export type SpecOf<K extends EncodingKind> = SpecByKind[K]

export const MAX_CLIENTS: number = 2 ** 20
export const MAX_LENGTH: number = 2 ** 31
export const MAX_METRICS = 256
const MIN_BOUND = 1e-30
const MAX_BOUND = 1e30
const MAX_REAL_METRIC = 1e100
const MAX_INTEGER_BITS = 128
const MAX_SPREAD = 1000
/** The bound on sums of discrete Gaussians is proven from here on. */
const LEAST_VARIANCE = 0.5
/** As far as the samplers go. */
const MAX_VARIANCE = { 'discrete-gaussian': 2 ** 64, skellam: 2 ** 30 } as const
const METRIC_NAME = /^[A-Za-z][A-Za-z0-9_.:/-]{0,63}$/

/** Checks a spec and returns a frozen copy of it. @throws UsageError `encoding-spec` that names the field and its range. */
export function checkSpec<S extends EncodingSpec>(spec: S): S {
  checkCount('clients', spec.clients, 1, MAX_CLIENTS)
  checkCount('dimension', spec.dimension, 0, MAX_LENGTH)
  const metrics = checkMetrics(spec.metrics)
  const { kind, clients, dimension } = spec
  const common = { clients, dimension, metrics, ...checkNoise(spec) }
  switch (kind) {
    case 'mean': {
      checkCount('weightBound', spec.weightBound, 1, Number.MAX_SAFE_INTEGER)
      return Object.freeze({ kind, ...common, ...checkReals(spec), weightBound: spec.weightBound }) as S
    }
    case 'sum':
      return Object.freeze({ kind, ...common, ...checkReals(spec) }) as S
    case 'integers': {
      const { min, max } = spec
      checkIntegerRange('the values', min, max)
      return Object.freeze({ kind, ...common, min, max }) as S
    }
    default:
      throw bad(`kind must be 'mean', 'sum' or 'integers', not '${String(kind)}'`)
  }
}

function checkReals(spec: RealVectorSpec): Pick<RealVectorSpec, 'bits' | 'clip'> {
  checkCount('bits', spec.bits, 2, 32)
  const { kind, bound } = spec.clip ?? {}
  if (kind !== 'coordinate' && kind !== 'l2') throw bad(`clip.kind must be 'coordinate' or 'l2'`)
  if (typeof bound !== 'number' || !(bound >= MIN_BOUND && bound <= MAX_BOUND)) {
    throw bad(`clip.bound must be a number from ${MIN_BOUND} to ${MAX_BOUND}, not ${bound}`)
  }
  return { bits: spec.bits, clip: Object.freeze({ kind, bound }), ...checkRotation(spec) }
}

function checkRotation({ rotation, clip }: RealVectorSpec): Pick<RealVectorSpec, 'rotation'> {
  if (rotation === undefined) return {}
  if (clip.kind !== 'l2') throw bad("a rotation keeps norms, not coordinates: it needs clip.kind 'l2'")
  checkCount('rotation.seed', rotation.seed, 0, Number.MAX_SAFE_INTEGER)
  const { seed, spread } = rotation
  if (typeof spread !== 'number' || !(spread >= 1 && spread <= MAX_SPREAD)) {
    throw bad(`rotation.spread must be a number from 1 to ${MAX_SPREAD}, not ${spread}`)
  }
  return { rotation: Object.freeze({ seed, spread }) }
}

function checkNoise({ kind: encoding, noise, clients, dimension, metrics }: EncodingSpec): Pick<CommonSpec, 'noise'> {
  if (noise === undefined) return {}
  if (encoding === 'mean') {
    throw bad("a weighted mean would release the weights: under noise use kind 'sum', and divide by the survivors")
  }
  if (dimension + metrics.length === 0) throw bad('there is nothing to add noise to: no coordinates, no metrics')
  const { kind, perClientVariance, minimumSurvivors, assumedCorrupted } = noise
  if (kind !== 'discrete-gaussian' && kind !== 'skellam')
    throw bad("noise.kind must be 'discrete-gaussian' or 'skellam'")
  checkCount('noise.minimumSurvivors', minimumSurvivors, 1, clients)
  checkCount('noise.assumedCorrupted', assumedCorrupted, 0, minimumSurvivors - 1)
  const most = MAX_VARIANCE[kind]
  if (typeof perClientVariance !== 'number' || !(perClientVariance >= LEAST_VARIANCE && perClientVariance <= most)) {
    throw bad(
      `noise.perClientVariance must be a number from ${LEAST_VARIANCE} to ${most} in ring units squared, not ` +
        `${perClientVariance}: raise bits for a finer grid if it is too small, lower them if it is too large`,
    )
  }
  return { noise: Object.freeze({ kind, perClientVariance, minimumSurvivors, assumedCorrupted }) }
}

function checkMetrics(metrics: readonly MetricSpec[]): readonly MetricSpec[] {
  if (!Array.isArray(metrics)) throw bad('metrics must be an array; an empty one will do')
  if (metrics.length > MAX_METRICS) throw bad(`at most ${MAX_METRICS} metrics, not ${metrics.length}`)
  const names = new Set<string>()
  return Object.freeze(
    metrics.map((metric: MetricSpec) => {
      if (typeof metric?.name !== 'string' || !METRIC_NAME.test(metric.name)) {
        throw bad("a metric's name is 1 to 64 letters, digits or _.:/- and starts with a letter")
      }
      if (names.has(metric.name)) throw bad(`two metrics are named "${metric.name}"`)
      names.add(metric.name)
      return checkMetric(metric)
    }),
  )
}

function checkMetric(metric: MetricSpec): MetricSpec {
  const { name, kind, min, max } = metric
  const what = `metric "${name}"`
  if (kind === 'integer') {
    checkIntegerRange(what, min, max)
    return Object.freeze({ name, kind, min, max })
  }
  if (kind !== 'real') throw bad(`${what}: kind must be 'integer' or 'real'`)
  checkCount(`${what}: bits`, metric.bits, 1, 32)
  if (!isModerate(min) || !isModerate(max) || min >= max) {
    throw bad(`${what}: min and max must be finite, at most ${MAX_REAL_METRIC} in size, and min below max`)
  }
  return Object.freeze({ name, kind, min, max, bits: metric.bits })
}

function isModerate(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) <= MAX_REAL_METRIC
}

function checkIntegerRange(what: string, min: number | bigint, max: number | bigint): void {
  if (!isWhole(min) || !isWhole(max)) throw bad(`${what}: min and max must be safe integers or BigInts`)
  if (min > max) throw bad(`${what}: min must not exceed max`)
  const limit = 1n << BigInt(MAX_INTEGER_BITS)
  if (BigInt(min) <= -limit || BigInt(max) >= limit)
    throw bad(`${what}: min and max have at most ${MAX_INTEGER_BITS} bits`)
}

function isWhole(value: unknown): boolean {
  return typeof value === 'bigint' || Number.isSafeInteger(value)
}

function checkCount(name: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return
  throw bad(`${name} must be an integer from ${least} to ${most}, not ${value}`)
}

function bad(message: string): UsageError {
  return new UsageError('encoding-spec', message)
}
