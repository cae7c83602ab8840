import type { CheckedBeliefs, CohortCounts } from './beliefs.ts'
import { hypergeometric, logCdf, logTailAbove } from './hypergeometric.ts'
import { logFalling } from './log-factorial.ts'

/**
 * What can go wrong in one aggregation, as log2 of a bound on its probability over the whole cohort (a union bound over
 * the clients). -Infinity: it cannot happen while the beliefs hold.
 */
export interface FailureProbabilities {
  /** The honest survivors fall into parts whose sums the server would learn one by one. */
  readonly disconnected: number
  /** Some honest client has so many corrupted neighbours that its secrets come out without it. */
  readonly privacyFailure: number
  /** Some client has so few surviving neighbours that a secret cannot be reconstructed: the aggregation aborts. */
  readonly correctnessFailure: number
}

/** The least and the greatest threshold that a degree admits; none when `least > greatest`. */
export interface ThresholdRange {
  readonly least: number
  readonly greatest: number
}

/** The library's secret sharing starts at two shares: a threshold of 1 would make each share the secret. */
export const MIN_THRESHOLD = 2

/**
 * ln of the bound on the probability that the honest survivors of a random Harary graph are not connected.
 *
 * A circulant of degree k falls apart only where two separate runs of k/2 neighbouring positions are all dead (corrupted
 * or dropped). There are n (n - k - 1) / 2 pairs of runs with somebody between them on both sides, and each is dead with
 * probability C(n - k, B - k) / C(n, B) for B dead clients: B! (n - k)! / (n! (B - k)!). Bell et al. (ePrint 2020/704)
 * bound the same event; this form is the one of Google's parameter finder. Decreases in k.
 */
export function logDisconnected({ clients, corrupted, dropped }: CohortCounts, degree: number): number {
  const dead = Math.min(clients, corrupted + dropped)
  if (degree > dead) return Number.NEGATIVE_INFINITY
  const pairs = Math.log(clients) + Math.log(clients - degree - 1) - Math.LN2
  return pairs + logFalling(dead, degree) - logFalling(clients, degree)
}

/** The thresholds that a Harary graph of this degree admits, leaving connectivity aside. */
export function hararyThresholds(counts: CohortCounts, beliefs: CheckedBeliefs, degree: number): ThresholdRange {
  const corrupted = corruptedNeighbours(counts, degree)
  const surviving = survivingNeighbours(counts, degree)
  // Half of the security goes to connectivity, half to privacy; each is spread over the n clients.
  const privacyLevel = -(beliefs.security + 1) * Math.LN2 - Math.log(counts.clients)
  const correctnessLevel = -beliefs.correctness * Math.LN2 - Math.log(counts.clients)
  const mostCorrupted = leastWhere(0, degree, x => logTailAbove(corrupted, x) <= privacyLevel)
  const greatest = leastWhere(0, degree, x => logCdf(surviving, x) >= correctnessLevel)
  return { least: leastThreshold(degree, mostCorrupted, beliefs.semiMalicious), greatest }
}

/**
 * The least threshold that `corrupted` colluding neighbours do not reach.
 *
 * Semi-honest: t > corrupted. Semi-malicious: each honest neighbour gives one share of a client, of one kind or the other
 * as the server claims, and each corrupted one gives both; both secrets need 2t shares of at most k + corrupted, so
 * 2t > k + corrupted. That is t1 + 1 with t1 = ceil((corrupted + k - 1.25) / 2), said in whole numbers.
 */
export function leastThreshold(degree: number, corrupted: number, semiMalicious: boolean): number {
  return Math.max(MIN_THRESHOLD, (semiMalicious ? Math.floor((degree + corrupted) / 2) : corrupted) + 1)
}

/** What is reached with this degree and threshold, by the same formulas as the conditions. */
export function hararyProbabilities(
  counts: CohortCounts,
  semiMalicious: boolean,
  degree: number,
  threshold: number,
): FailureProbabilities {
  const tolerated = semiMalicious ? 2 * threshold - degree - 1 : threshold - 1
  const overCohort = (logPerClient: number) => (logPerClient + Math.log(counts.clients)) / Math.LN2
  return {
    disconnected: logDisconnected(counts, degree) / Math.LN2,
    privacyFailure: overCohort(logTailAbove(corruptedNeighbours(counts, degree), tolerated)),
    correctnessFailure: overCohort(logCdf(survivingNeighbours(counts, degree), threshold - 1)),
  }
}

/** An honest client's neighbours are drawn from the n - 1 others, all A corrupted ones among them. */
function corruptedNeighbours({ clients, corrupted }: CohortCounts, degree: number) {
  return hypergeometric(clients - 1, Math.min(corrupted, clients - 1), degree)
}

/** A survivor's neighbours: S - 1 of the others survive. For a dropped client all S do, which is the better case. */
function survivingNeighbours({ clients, survivors }: CohortCounts, degree: number) {
  return hypergeometric(clients - 1, Math.max(survivors - 1, 0), degree)
}

/** The least whole number in [low, high] with the property, which holds from there on; `high` is known to have it. */
export function leastWhere(low: number, high: number, holds: (value: number) => boolean): number {
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
