import { UsageError } from '../errors.ts'

/** What a user believes about a cohort, from which {@link findGraphParameters} derives degree and threshold. */
export interface GraphBeliefs {
  /** Clients in the cohort (n), 3 to 1,000,000,000: on paper, since one aggregation takes at most 2^20. */
  readonly clients: number
  /** The largest fraction of clients that collude with the server (gamma), in [0, 1). */
  readonly corruptFraction: number
  /** The largest fraction of clients that drop out along the way (delta), in [0, 1). */
  readonly dropoutFraction: number
  /** Statistical security (sigma): the graph fails to protect somebody with probability at most 2^-security. Default 40. */
  readonly security?: number
  /** Correctness (eta): more dropouts than the shares bear with probability at most 2^-correctness. Default 30. */
  readonly correctness?: number
  /** Against a server that may lie after ShareKeys: thresholds with 2t > k + corrupted. Default false. */
  readonly semiMalicious?: boolean
  /** The most neighbours a client may have. Default 255, the shares that GF(256) can give. */
  readonly maxDegree?: number
}

/** Beliefs with every default filled in, checked. */
export type CheckedBeliefs = Required<GraphBeliefs>

/** Beliefs as whole numbers of clients (A, D and S in the formulas). */
export interface CohortCounts {
  /** n */
  readonly clients: number
  /** A = floor(gamma n) */
  readonly corrupted: number
  /** D = floor(delta n) */
  readonly dropped: number
  /** S = ceil((1 - delta) n) = n - D */
  readonly survivors: number
}

export const DEFAULT_SECURITY = 40
export const DEFAULT_CORRECTNESS = 30
/** Shamir over GF(2^8) has 255 non-zero points, hence at most 255 holders. */
export const MAX_SHARE_HOLDERS = 255

/** With fewer, no client has two neighbours, and a threshold is at least 2. */
const MIN_CLIENTS = 3
/** As far as the tails are tested against exact integers. */
const MAX_CLIENTS = 1_000_000_000
/** Far beyond what secrets can be shared among, for those who want to see by how much they miss. */
const MAX_DEGREE = 999_999
/** More bits than any key in the protocol has would promise what the cryptography does not. */
const MAX_BITS = 128

/**
 * Fills in the defaults and checks every field.
 *
 * @throws {@link UsageError} `invalid-belief`, naming the field
 */
export function checkBeliefs(beliefs: GraphBeliefs): CheckedBeliefs {
  const checked = {
    clients: beliefs.clients,
    corruptFraction: beliefs.corruptFraction,
    dropoutFraction: beliefs.dropoutFraction,
    security: beliefs.security ?? DEFAULT_SECURITY,
    correctness: beliefs.correctness ?? DEFAULT_CORRECTNESS,
    semiMalicious: beliefs.semiMalicious ?? false,
    maxDegree: beliefs.maxDegree ?? MAX_SHARE_HOLDERS,
  }
  checkWhole('clients', checked.clients, MIN_CLIENTS, MAX_CLIENTS)
  checkFraction('corruptFraction', checked.corruptFraction)
  checkFraction('dropoutFraction', checked.dropoutFraction)
  checkWhole('security', checked.security, 1, MAX_BITS)
  checkWhole('correctness', checked.correctness, 1, MAX_BITS)
  checkWhole('maxDegree', checked.maxDegree, 2, MAX_DEGREE)
  if (typeof checked.semiMalicious !== 'boolean') {
    throw new UsageError('invalid-belief', `semiMalicious is true or false, not ${String(checked.semiMalicious)}.`)
  }
  return checked
}

function checkWhole(field: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return
  throw new UsageError('invalid-belief', `${field} is a whole number from ${least} to ${most}, not ${String(value)}.`)
}

function checkFraction(field: string, value: number): void {
  if (typeof value === 'number' && value >= 0 && value < 1) return
  throw new UsageError(
    'invalid-belief',
    `${field} is a fraction of the clients, at least 0 and below 1, not ${String(value)}.`,
  )
}

/** The whole numbers that the conditions work on. */
export function countCohort({ clients, corruptFraction, dropoutFraction }: CheckedBeliefs): CohortCounts {
  const dropped = floorOf(dropoutFraction, clients)
  return { clients, corrupted: floorOf(corruptFraction, clients), dropped, survivors: clients - dropped }
}

/**
 * floor(fraction * clients) for the decimal that the caller wrote: 0.29 * 100 is 28.999999999999996 in doubles, and must
 * not become 28. The product is off by at most 2^-52 relative, so what this rounds up was meant to be whole.
 */
function floorOf(fraction: number, clients: number): number {
  return Math.min(clients, Math.floor(fraction * clients * (1 + 2 ** -50)))
}
