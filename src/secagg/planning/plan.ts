import { checkBeliefs, countCohort } from '../graph/beliefs.ts'
import {
  type FailureProbabilities,
  findCompleteGraph,
  findGraphParameters,
  type GraphBeliefs,
  type GraphSpec,
} from '../graph/index.ts'
import type { ThreatModel } from '../parameters.ts'
import { describeNoise, type NoiseBeliefs, type PlannedNoise, withNoise } from './noise.ts'
import { type CheckedPlanOptions, checkOptions, encodingOf, type PlanOptions, privateEncodingOf } from './options.ts'
import { LARGEST_AGGREGATION, type RingShape, ringFor } from './ring.ts'
import { type PlannedFlow, type PlannedTraffic, trafficOf } from './traffic.ts'

/** What an aggregation will take, known before anything runs. */
export interface AggregationPlan extends RingShape {
  readonly threatModel: ThreatModel
  /** n */
  readonly clients: number
  /** How many of them the beliefs allow to collude with the server, and to drop out. */
  readonly corrupted: number
  readonly dropped: number
  /** Neighbours of each client (k). */
  readonly degree: number
  /** Shares that open a secret (t). */
  readonly threshold: number
  readonly graph: GraphSpec
  /** The noise for differential privacy, where a budget is planned. */
  readonly noise?: PlannedNoise
  /** As log2, over the whole cohort; -Infinity where it cannot happen while the beliefs hold. */
  readonly probabilities: FailureProbabilities
  readonly dimension: number
  readonly bits: number
  readonly idBytes: number
  readonly rangeLength: number
  /** Bytes of one client that stays to the end, by protocol round: every message, headers and all. */
  readonly traffic: PlannedTraffic
  /** All rounds together. */
  readonly uploadBytes: number
  readonly downloadBytes: number
  /** The update in clear: `bits` for each coordinate. */
  readonly clearBytes: number
  /** `uploadBytes` / `clearBytes`. */
  readonly uploadExpansion: number
  /** Into how many aggregations such a cohort must be split: one takes at most 2^20 clients. The plan is for a single one. */
  readonly aggregations: number
}

/**
 * Plans an aggregation: graph and threshold from beliefs, the modulus, every byte that a client sends and gets. Pure
 * arithmetic, in milliseconds, for up to a billion clients, which no single aggregation takes: see `aggregations`.
 *
 * @throws UsageError `invalid-belief`, `infeasible-parameters` (names the beliefs to relax), `bad-parameter`,
 *   `bad-privacy`,
 *   `encoding-spec`, `modulus-too-wide` or `vector-too-long`
 */
export function planAggregation(options: PlanOptions): AggregationPlan {
  const checked = checkOptions(options)
  const { threatModel, clients, dimension, bits, idBytes, rangeLength } = checked
  const beliefs = beliefsOf(checked)
  const { corrupted, dropped } = countCohort(checkBeliefs(beliefs))
  const find = checked.complete || threatModel === 'malicious-server' ? findCompleteGraph : findGraphParameters
  const { degree, threshold, graph, probabilities } = find(beliefs)
  const { noise, ...ring } = planRing(checked, { clients, corrupted, dropped })
  const shape = { clients, degree, idBytes, signed: threatModel !== 'semi-honest' }
  const traffic = trafficOf(shape, graph, { ...ring, rangeLength })
  const clearBytes = Math.ceil((dimension * bits) / 8)
  const uploadBytes = total(traffic, 'up')
  return {
    threatModel,
    clients,
    corrupted,
    dropped,
    degree,
    threshold,
    graph,
    probabilities,
    ...ring,
    ...(noise && { noise }),
    dimension,
    bits,
    idBytes,
    rangeLength,
    traffic,
    uploadBytes,
    downloadBytes: Math.ceil(total(traffic, 'down')),
    clearBytes,
    uploadExpansion: uploadBytes / clearBytes,
    aggregations: Math.ceil(clients / LARGEST_AGGREGATION),
  }
}

function planRing(options: CheckedPlanOptions, beliefs: NoiseBeliefs): RingShape & { readonly noise?: PlannedNoise } {
  const { privacy } = options
  if (privacy === undefined) {
    const { modulusBits, vectorLength, lanes } = ringFor(encodingOf(options))
    return { modulusBits, vectorLength, lanes }
  }
  const spec = withNoise(privateEncodingOf(options, privacy.clip), privacy, beliefs)
  const { noise, ...ring } = ringFor(spec)
  return { ...ring, noise: describeNoise(spec, noise!, privacy, beliefs) }
}

function beliefsOf({
  threatModel,
  clients,
  corruptFraction,
  dropoutFraction,
  ...bits
}: CheckedPlanOptions): GraphBeliefs {
  const { security, correctness } = bits
  return {
    clients,
    corruptFraction,
    dropoutFraction,
    semiMalicious: threatModel !== 'semi-honest',
    ...(security !== undefined && { security }),
    ...(correctness !== undefined && { correctness }),
  }
}

function total(traffic: PlannedTraffic, direction: keyof PlannedFlow): number {
  return Object.values(traffic).reduce((sum, flow: PlannedFlow) => sum + flow[direction], 0)
}
