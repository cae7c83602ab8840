import { sha256 } from '#native'
import type { RingVector } from './encoding/ring.ts'
import type { GraphSpec } from './graph/index.ts'
import { effectiveDegree } from './graph/index.ts'
import type { AdvertiseKeys } from './messages/advertise-keys.ts'
import { Writer } from './messages/codec.ts'
import { PROTOCOL_VERSION } from './messages/message.ts'
import type { PositionSet } from './messages/position-set.ts'
import type { ShareKind } from './messages/unmasking.ts'
import { type ResolvedParameters, THREAT_MODELS, thresholdFor } from './parameters.ts'

/** Starts a hashed structure: a label that no other structure has, and the protocol's version. */
function start(label: string): Writer {
  const writer = new Writer()
  writer.text8(`secagg ${label}`)
  writer.u16(PROTOCOL_VERSION)
  return writer
}

function writeGraph(writer: Writer, graph: GraphSpec): void {
  writer.u8(graph.kind === 'complete' ? 0 : 1)
  writer.u32(graph.kind === 'complete' ? 0 : graph.degree)
}

function parameterBytes(parameters: ResolvedParameters): Uint8Array {
  const writer = new Writer()
  writer.u8(THREAT_MODELS.indexOf(parameters.threatModel))
  writer.u32(parameters.clients)
  writeGraph(writer, parameters.graph)
  writer.u32(parameters.threshold ?? 0)
  writer.u32(parameters.corrupted)
  writer.u64(parameters.vectorLength)
  writer.u8(parameters.modulusBits)
  writer.u64(parameters.rangeLength)
  return writer.finish()
}

/** What a client signs in AdvertiseKeys: nobody can use its keys in another session, for another model, or later. */
export function advertisementToSign(
  advertisement: Pick<AdvertiseKeys, 'session' | 'encryptionKey' | 'maskKey'>,
  id: string,
  expiry: number,
  parameters: ResolvedParameters,
  context: Uint8Array,
): Uint8Array {
  const writer = start('advertise-keys')
  writer.fixed(advertisement.session)
  writer.opaque16(parameterBytes(parameters))
  writer.fixed(context)
  writer.text8(id)
  writer.fixed(advertisement.encryptionKey)
  writer.fixed(advertisement.maskKey)
  writer.u64(expiry)
  return writer.finish()
}

/**
 * T1: everything that was settled when the roster was, 32 bytes. All share and mask keys derive under it, so clients
 * who were shown different models, rosters or parameters have masks that do not cancel.
 */
export function rosterTranscript(
  session: Uint8Array,
  parameters: ResolvedParameters,
  context: Uint8Array,
  size: number,
  root: Uint8Array,
): Uint8Array {
  const degree = effectiveDegree(parameters.graph, size)
  const writer = start('T1')
  writer.fixed(session)
  writer.opaque16(parameterBytes(parameters))
  writer.fixed(context)
  writer.u32(size)
  writer.u32(degree)
  writer.u32(thresholdFor(parameters, degree))
  writer.fixed(root)
  return sha256(writer.finish())
}

/**
 * The digest of a masked input, 32 bytes. It covers what the input was masked under (T1) and with whom (U2): masks made
 * for another roster or another set of sharers do not cancel, and a sum that takes them in is wrong without a sign of it.
 */
export function maskedInputDigest(t1: Uint8Array, sharers: PositionSet, vector: RingVector): Uint8Array {
  const writer = start('masked-input')
  writer.fixed(t1)
  writer.u32(sharers.size)
  writer.fixed(sharers.bytes)
  return sha256(writer.finish(), vector.bytes())
}

/** T3: who shared and who survived, 32 bytes; what ConsistencyCheck signs. */
export function survivorTranscript(t1: Uint8Array, sharers: PositionSet, survivors: PositionSet): Uint8Array {
  const writer = start('T3')
  writer.fixed(t1)
  writer.u32(sharers.size)
  writer.fixed(sharers.bytes)
  writer.fixed(survivors.bytes)
  return sha256(writer.finish())
}

/** The bytes under the signature of ConsistencyCheck. */
export function consistencyToSign(t3: Uint8Array): Uint8Array {
  const writer = start('consistency-check')
  writer.fixed(t3)
  return writer.finish()
}

/** Commitment to one share, 32 bytes: a share is 32 uniform bytes, so its hash hides it. */
export function shareCommitment(
  session: Uint8Array,
  dealer: string,
  holder: string,
  kind: ShareKind,
  share: Uint8Array,
): Uint8Array {
  const writer = start('share-commitment')
  writer.fixed(session)
  writer.text8(dealer)
  writer.text8(holder)
  writer.u8(kind)
  writer.fixed(share)
  return sha256(writer.finish())
}

/** Commitment to a self-mask seed (b), 32 bytes: the seed is 32 uniform bytes, so its hash hides it. */
export function seedCommitment(session: Uint8Array, dealer: string, seed: Uint8Array): Uint8Array {
  const writer = start('seed-commitment')
  writer.fixed(session)
  writer.text8(dealer)
  writer.fixed(seed)
  return sha256(writer.finish())
}

/** Additional data of a share's ciphertext: from whom, to whom, in which aggregation. */
export function shareAssociatedData(t1: Uint8Array, from: string, to: string): Uint8Array {
  const writer = start('share')
  writer.fixed(t1)
  writer.text8(from)
  writer.text8(to)
  return writer.finish()
}
