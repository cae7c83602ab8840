import type { AggregationPlan } from './plan.ts'

/**
 * The work of an aggregation in units that can be measured alone. Not counted: what is left of JSON, timers and transport,
 * and what grows with the cohort but by a few nanoseconds a client (permuting it, looking through sets of positions).
 */
export const OPERATIONS = [
  /** An X25519 key pair, or a public key from a secret one. */
  'keyPairs',
  /** An X25519 agreement with an imported secret key. */
  'agreements',
  /** A key by HKDF. */
  'derivations',
  /** A secret split into k shares of which t open it. */
  'splits',
  /** A secret from t shares. */
  'combines',
  /** A pair of shares encrypted. */
  'seals',
  /** A pair of shares decrypted. */
  'opens',
  /** A hash over a share or a seed. */
  'commitments',
  /** An Ed25519 key pair. */
  'identities',
  /** An Ed25519 signature. */
  'signatures',
  /** An Ed25519 signature verified. */
  'verifications',
  /** A small message put on the wire or taken off it. */
  'messages',
  /** A roster entry proven and put on the wire. */
  'entriesSent',
  /** A roster entry taken off the wire, its keys checked and its leaf hashed. */
  'entriesChecked',
  /** The neighbours of a place on the graph listed. */
  'neighbourLists',
  /** A coordinate clipped, scaled and rounded. */
  'coordinatesEncoded',
  /** A sample of the noise that a client adds for differential privacy. */
  'noiseSamples',
  /** A 32-bit word of mask expanded and added. */
  'wordsMasked',
  /** A 32-bit word hashed. */
  'wordsDigested',
  /** A ring entry put on the wire. */
  'entriesPacked',
  /** A ring entry taken off the wire and added to the sum. */
  'entriesAdded',
] as const

export type Operation = (typeof OPERATIONS)[number]

/** How often each operation is done. */
export type OperationCounts = Readonly<Record<Operation, number>>

const NONE = Object.fromEntries(OPERATIONS.map(operation => [operation, 0])) as OperationCounts

/** What the work depends on. */
type Planned = Pick<
  AggregationPlan,
  | 'noise'
  | 'noise'
  | 'rangeLength'
  | 'threatModel'
  | 'clients'
  | 'dropped'
  | 'degree'
  | 'threshold'
  | 'vectorLength'
  | 'lanes'
  | 'dimension'
>

/** To a client and from it: keys, roster, shares, delivery, ranges, request and answer; survivors and confirmation. */
function messagesOf({ threatModel, vectorLength, rangeLength }: Planned): number {
  return 6 + Math.ceil(vectorLength / rangeLength) + (threatModel === 'semi-honest' ? 0 : 2)
}

/** The work of one client that stays to the end while nobody has left. */
export function clientOperations(plan: Planned): OperationCounts {
  const { threatModel, degree: k, vectorLength, lanes, dimension } = plan
  const words = vectorLength * lanes
  return {
    ...NONE,
    ...(threatModel !== 'semi-honest' && {
      // Its advertisement and the survivors; its neighbours' advertisements and what they say of the survivors.
      identities: threatModel === 'semi-malicious' ? 1 : 0,
      signatures: 2,
      verifications: 2 * k,
    }),
    keyPairs: 2,
    agreements: 2 * k,
    // For each neighbour one key to seal with, one to open with, one to mask with; and its own mask.
    derivations: 3 * k + 1,
    splits: 2,
    seals: k,
    opens: k,
    commitments: 2 * k + 1,
    messages: messagesOf(plan),
    entriesChecked: k + 1,
    neighbourLists: 1,
    coordinatesEncoded: dimension,
    noiseSamples: plan.noise === undefined ? 0 : dimension,
    wordsMasked: (k + 1) * words,
    wordsDigested: words,
    entriesPacked: vectorLength,
  }
}

/**
 * The work of the server when all `dropped` clients leave after sharing their keys and before their masked input arrives:
 * the costliest moment, since the masks that others share with them must then be taken off one by one.
 */
export function serverOperations(plan: Planned): OperationCounts {
  const { threatModel, clients: n, dropped, degree: k, threshold: t, vectorLength, lanes } = plan
  const survivors = n - dropped
  const words = vectorLength * lanes
  // Of the n - 1 others, whom the neighbours of a dropped client are drawn from, all survivors are there.
  const orphanedMasks = dropped * k * (survivors / (n - 1))
  return {
    ...NONE,
    ...(threatModel !== 'semi-honest' && { verifications: n + survivors }),
    keyPairs: dropped,
    agreements: orphanedMasks,
    derivations: orphanedMasks + survivors,
    combines: n,
    // Of every secret as many shares as open it, and the seed of every survivor.
    commitments: n * t + survivors,
    messages: n * messagesOf(plan),
    entriesSent: n * (k + 1),
    entriesChecked: n,
    neighbourLists: n,
    wordsMasked: (survivors + orphanedMasks) * words,
    wordsDigested: survivors * words,
    entriesAdded: survivors * vectorLength,
  }
}
