import { UsageError } from './errors.ts'
import { defaultThreshold, effectiveDegree, type GraphSpec } from './graph/index.ts'
import { MAX_NEIGHBOURS } from './messages/message.ts'

/**
 * Whom the clients need not trust:
 * - `semi-honest`: the server follows the protocol but looks at everything it gets;
 * - `semi-malicious`: it is honest through ShareKeys and may lie afterwards;
 * - `malicious-server`: it may lie from the first message on; the clients know each other's identity keys beforehand.
 */
export type ThreatModel = 'semi-honest' | 'semi-malicious' | 'malicious-server'

/** From the weakest to the strongest. */
export const THREAT_MODELS: readonly ThreatModel[] = ['semi-honest', 'semi-malicious', 'malicious-server']

/** What all parties of one aggregation agree on. It is hashed into every key that they derive. */
export interface AggregationParameters {
  readonly threatModel: ThreatModel
  /** The largest cohort: more clients than this are not admitted, and the modulus is derived for it. */
  readonly clients: number
  readonly graph: GraphSpec
  /** Shares needed to reconstruct a secret (the paper's t). By default `defaultThreshold` of the degree that results. */
  readonly threshold?: number
  /**
   * How many clients the server may have corrupted; where it may lie, the complete graph needs 2t > k + corrupted (a
   * k-regular one 2t > k at the very least: `findGraphParameters` knows how much more). 0 by default.
   */
  readonly corrupted?: number
  /** Entries of the ring vector. */
  readonly vectorLength: number
  /** b: entries are integers modulo 2^b, 1 to 62. */
  readonly modulusBits: number
  /** Most entries that one MaskedInput message carries; 2^18 by default. */
  readonly rangeLength?: number
}

/** Largest cohort of the malicious-server model: the complete graph, every client with a share for every other. */
export const MAX_COMPLETE_COHORT: number = MAX_NEIGHBOURS + 1

/** Entries of one MaskedInput, where nothing else is asked for. */
export const DEFAULT_RANGE_LENGTH: number = 2 ** 18
const MAX_CLIENTS = 2 ** 20
const MAX_VECTOR_LENGTH = 2 ** 31

/** Checked {@link AggregationParameters} with every default filled in but the threshold, which needs the real cohort. */
export interface ResolvedParameters extends AggregationParameters {
  readonly corrupted: number
  readonly rangeLength: number
}

function requireCount(value: number, name: string, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new UsageError('bad-parameter', `${name} must be a whole number from ${least} to ${most}, got ${value}`)
  }
}

/**
 * Checks parameters and fills in their defaults.
 *
 * @throws UsageError `bad-parameter`, `too-many-sharers`, `threshold-above-cohort`, `threshold-too-low` or
 *   `graph-not-complete`: what is wrong, and what to change.
 */
export function resolveParameters(parameters: AggregationParameters): ResolvedParameters {
  const { threatModel, clients, graph, threshold, vectorLength, modulusBits } = parameters
  if (!THREAT_MODELS.includes(threatModel)) {
    throw new UsageError('bad-parameter', `unknown threat model "${threatModel}"`)
  }
  requireCount(clients, 'clients', 2, MAX_CLIENTS)
  requireCount(vectorLength, 'vectorLength', 0, MAX_VECTOR_LENGTH)
  requireCount(modulusBits, 'modulusBits', 1, 62)
  const rangeLength = parameters.rangeLength ?? DEFAULT_RANGE_LENGTH
  requireCount(rangeLength, 'rangeLength', 1, MAX_VECTOR_LENGTH)
  const corrupted = parameters.corrupted ?? 0
  requireCount(corrupted, 'corrupted', 0, clients)
  const degree = effectiveDegree(graph, clients)
  if (degree > MAX_NEIGHBOURS) {
    throw new UsageError(
      'too-many-sharers',
      `${clients} clients on this graph have ${degree} neighbours each, but a secret has at most ${MAX_NEIGHBOURS} ` +
        `shares: use at most ${MAX_COMPLETE_COHORT} clients, or a k-regular graph (findGraphParameters)`,
    )
  }
  if (threatModel === 'malicious-server' && degree !== clients - 1) {
    throw new UsageError(
      'graph-not-complete',
      `the malicious-server model needs the complete graph (at most ${MAX_COMPLETE_COHORT} clients); use semi-malicious for a k-regular one`,
    )
  }
  const resolved: ResolvedParameters = { ...parameters, corrupted, rangeLength }
  if (threshold !== undefined) requireCount(threshold, 'threshold', degree === 1 ? 1 : 2, Number.MAX_SAFE_INTEGER)
  const problem = thresholdProblem(resolved, clients)
  if (problem !== undefined) throw new UsageError(problem.code, problem.message)
  return resolved
}

/** t for clients that have `degree` neighbours: the one asked for, or the default of that degree. */
export function thresholdFor(parameters: AggregationParameters, degree: number): number {
  return parameters.threshold ?? (degree === 1 ? 1 : defaultThreshold(degree))
}

/** Why a cohort of `size` does not do under these parameters, or `undefined` when it does. */
export function thresholdProblem(
  parameters: ResolvedParameters,
  size: number,
): { code: 'threshold-above-cohort' | 'threshold-too-low'; message: string } | undefined {
  const degree = effectiveDegree(parameters.graph, size)
  const threshold = thresholdFor(parameters, degree)
  if (threshold > degree) {
    return {
      code: 'threshold-above-cohort',
      message: `a threshold of ${threshold} shares cannot be met by ${degree} neighbours: lower it, or enlarge the cohort`,
    }
  }
  // On the complete graph everybody corrupted is a neighbour; on a k-regular one chance decides, within bounds that
  // `findGraphParameters` knows. Even without any, a server that may lie must not find t neighbours to tell that a
  // client survived, and t others to tell that it did not.
  const corrupted = degree === size - 1 ? parameters.corrupted : 0
  if (parameters.threatModel !== 'semi-honest' && 2 * threshold <= degree + corrupted) {
    return {
      code: 'threshold-too-low',
      message:
        `with ${degree} neighbours, ${corrupted} of them corrupted, two disjoint groups could each reach a threshold of ` +
        `${threshold}: it must be at least ${Math.floor((degree + corrupted) / 2) + 1}`,
    }
  }
  return undefined
}
