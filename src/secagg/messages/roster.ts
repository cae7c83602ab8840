import { type AdvertiseKeys, readAdvertisedKeys, writeAdvertisedKeys } from './advertise-keys.ts'
import { type Reader, Writer } from './codec.ts'
import type { MessageLimits } from './limits.ts'
import {
  type EncodedParts,
  headerOnly,
  readId,
  readPosition,
  readSession,
  writeId,
  writePosition,
  writeSession,
} from './parts.ts'

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

/** Room for an entry and its part of the proof; where it is more, the writer grows. */
const ENTRY_ROOM = 256

/** Bytes of a SHA-256 node of the Merkle tree. */
export const HASH_BYTES = 32

/**
 * The canonical bytes of one leaf of the roster's Merkle tree: position, id, keys and credential, as in an entry of
 * {@link Roster}.
 *
 * @throws UsageError `bad-field`.
 */
export function leafBytes(entry: RosterEntry): Uint8Array {
  const writer = new Writer()
  writePosition(writer, 'entries.position', entry.position, Number.POSITIVE_INFINITY)
  writer.fixed(identityBytes(entry))
  return writer.finish()
}

/** Frozen entries are those of a server's cohort: each goes into the rosters of all its neighbours, the same every time. */
const known = new WeakMap<RosterEntry, Uint8Array>()

/** What follows the position. */
function identityBytes(entry: RosterEntry): Uint8Array {
  const before = known.get(entry)
  if (before !== undefined) return before
  const writer = new Writer()
  writeId(writer, entry.id, 'entries.id')
  writeAdvertisedKeys(writer, entry)
  const bytes = writer.finish()
  if (Object.isFrozen(entry)) known.set(entry, bytes)
  return bytes
}

/** @throws UsageError `bad-field`. */
export function encodeRoster(message: Roster): EncodedParts {
  const { size, entries } = message
  const writer = new Writer(ENTRY_ROOM * (entries.length + 1))
  writeSession(writer, message.session)
  writer.u32(size, 'size')
  writer.fixed(message.root, HASH_BYTES, 'root')
  writePosition(writer, 'position', message.position, size)
  writer.list32(entries, (entry, i) => {
    writePosition(writer, 'entries.position', entry.position, size, entries[i - 1]?.position)
    writer.fixed(identityBytes(entry))
  })
  writer.list32(message.proof, hash => writer.fixed(hash, HASH_BYTES, 'proof'))
  return headerOnly(writer)
}

/** Whether the proof holds and the neighbours are the right ones is for the client to judge. @throws DecodeError */
export function decodeRoster(header: Reader, limits: MessageLimits): Roster {
  const session = readSession(header)
  const size = header.u32('size', limits.clients)
  const root = header.fixed('root', HASH_BYTES)
  const position = readPosition(header, 'position', size)
  let previous = -1
  const entries = header.list32('entries', limits.neighbours + 1, items => {
    previous = readPosition(items, 'entries.position', size, previous)
    const keys = { id: readId(items, 'entries.id'), ...readAdvertisedKeys(items) }
    return { position: previous, ...keys }
  })
  const proof = header.list32('proof', mostProofHashes(size, limits), items => items.fixed('proof', HASH_BYTES))
  return { type: 'Roster', session, size, root, position, entries, proof }
}

/** No leaf needs more hashes than its tree has levels. */
function mostProofHashes(size: number, limits: MessageLimits): number {
  return (limits.neighbours + 1) * Math.ceil(Math.log2(size))
}
