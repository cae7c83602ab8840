import type { AdvertiseKeys } from './advertise-keys.ts'

/** One client of U1 as the roster's Merkle tree has it. */
export interface RosterEntry extends Pick<AdvertiseKeys, 'encryptionKey' | 'maskKey' | 'credential'> {
  /** 0 … n - 1 on the graph's circle. */
  readonly position: number
  readonly id: string
}

/** Server to client, opens round ShareKeys: the recipient and its neighbours, proven against the root over all of U1. */
export interface Roster {
  readonly type: 'Roster'
  readonly session: Uint8Array
  /** n = |U1|. */
  readonly size: number
  /** 32 bytes, RFC 9162 hashing over all n leaves. */
  readonly root: Uint8Array
  /** The recipient's own position. */
  readonly position: number
  /** The recipient and its neighbours, by ascending position. */
  readonly entries: readonly RosterEntry[]
  /** Merkle multiproof of `entries`: 32 bytes each; empty when all n leaves are here. */
  readonly proof: readonly Uint8Array[]
}
