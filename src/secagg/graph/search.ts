import { type CheckedBeliefs, type CohortCounts, countCohort } from './beliefs.ts'
import {
  type FailureProbabilities,
  hararyProbabilities,
  hararyThresholds,
  leastThreshold,
  leastWhere,
  logDisconnected,
} from './conditions.ts'
import type { GraphSpec } from './graph.ts'

/** A graph and a threshold that meet the beliefs, and how well. */
export interface GraphParameters {
  /** Neighbours of each client (k). */
  readonly degree: number
  /** Shares that reconstruct a secret (t). */
  readonly threshold: number
  /** The graph to hand to the protocol. */
  readonly graph: GraphSpec
  /** True when no sparse graph meets the beliefs and everyone is everyone's neighbour. */
  readonly complete: boolean
  /** What is actually reached: at least as good as was asked for. */
  readonly probabilities: FailureProbabilities
}

const NEVER = Number.NEGATIVE_INFINITY

/** The sparsest Harary graph that meets the beliefs, else the complete graph, else nothing. */
export function searchParameters(beliefs: CheckedBeliefs): GraphParameters | undefined {
  const counts = countCohort(beliefs)
  return searchHarary(counts, beliefs) ?? completeParameters(counts, beliefs)
}

function searchHarary(counts: CohortCounts, beliefs: CheckedBeliefs): GraphParameters | undefined {
  const most = 2 * Math.floor(Math.min(beliefs.maxDegree, counts.clients - 2) / 2)
  for (let degree = firstConnected(counts, beliefs.security, most); degree <= most; ) {
    const { least, greatest } = hararyThresholds(counts, beliefs, degree)
    if (least <= greatest) {
      const probabilities = hararyProbabilities(counts, beliefs.semiMalicious, degree, least)
      return { degree, threshold: least, graph: { kind: 'harary', degree }, complete: false, probabilities }
    }
    // One more neighbour is one more draw: `greatest` rises by at most 1 and `least` never falls. So a gap of g is not
    // closed before g more neighbours, and the degrees between cannot be the answer.
    const gap = least - greatest
    degree += Math.max(2, gap + (gap % 2))
  }
  return undefined
}

/** The least even degree that keeps the honest survivors connected; above `most` when there is none. */
function firstConnected(counts: CohortCounts, security: number, most: number): number {
  const level = -(security + 1) * Math.LN2
  return 2 * leastWhere(1, most / 2 + 1, half => 2 * half > most || logDisconnected(counts, 2 * half) < level)
}

/**
 * In the complete graph nothing is left to chance: all A corrupted clients are neighbours of everyone, and so are the
 * S - 1 other survivors.
 */
export function completeParameters(counts: CohortCounts, beliefs: CheckedBeliefs): GraphParameters | undefined {
  const degree = counts.clients - 1
  const threshold = leastThreshold(degree, counts.corrupted, beliefs.semiMalicious)
  if (degree > beliefs.maxDegree || threshold > counts.survivors - 1) return undefined
  const probabilities = { disconnected: NEVER, privacyFailure: NEVER, correctnessFailure: NEVER }
  return { degree, threshold, graph: { kind: 'complete' }, complete: true, probabilities }
}
