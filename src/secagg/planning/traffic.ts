import type { ProtocolRound } from '../errors.ts'
import type { GraphSpec } from '../graph/index.ts'
import {
  advertiseKeysBytes,
  consistencyCheckBytes,
  type MessageShape,
  maskedVectorBytes,
  rosterBytes,
  shareDeliveryBytes,
  shareKeysBytes,
  survivorsBytes,
  unmaskingBytes,
  unmaskingRequestBytes,
} from './message-sizes.ts'
import { rosterProofHashes } from './proof-size.ts'
import type { RingShape } from './ring.ts'

/** Bytes of one client: `up` to the server, `down` from it. */
export interface PlannedFlow {
  readonly up: number
  readonly down: number
}

/** By protocol round; where there is none, as ConsistencyCheck in the semi-honest model, both are 0. */
export type PlannedTraffic = Readonly<Record<ProtocolRound, PlannedFlow>>

/** Merkle proofs differ from place to place: of larger cohorts so many places are looked at, evenly spread. */
const PLACES = 256

/**
 * Bytes of every encoded message of a client that stays to the end of an aggregation in which everybody does: the most
 * that there can be. Messages from the server that differ with the client's place on the graph count by their mean.
 */
export function trafficOf(
  shape: MessageShape,
  graph: GraphSpec,
  ring: RingShape & { readonly rangeLength: number },
): PlannedTraffic {
  const { degree, signed } = shape
  const none = { up: 0, down: 0 }
  return {
    AdvertiseKeys: { up: advertiseKeysBytes(shape), down: 0 },
    ShareKeys: { up: shareKeysBytes(shape), down: meanRosterBytes(shape, graph) },
    MaskedInputCollection: { up: maskedVectorBytes(shape, ring), down: shareDeliveryBytes(shape, degree) },
    ConsistencyCheck: signed ? { up: consistencyCheckBytes(shape), down: survivorsBytes(shape) } : none,
    Unmasking: { up: unmaskingBytes(shape, degree), down: unmaskingRequestBytes(shape, signed ? degree : 0) },
  }
}

function meanRosterBytes(shape: MessageShape, graph: GraphSpec): number {
  const { clients } = shape
  const places = Math.min(clients, PLACES)
  let total = 0
  for (let i = 0; i < places; i++) {
    const position = Math.floor((i * clients) / places)
    total += rosterBytes(shape, rosterProofHashes(position, clients, graph))
  }
  return total / places
}
