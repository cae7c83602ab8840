import { SIGNATURE_BYTES } from './advertise-keys.ts'
import { type Reader, unencodable, Writer } from './codec.ts'
import type { MessageLimits } from './limits.ts'
import { type EncodedParts, headerOnly, readPosition, readSession, writePosition, writeSession } from './parts.ts'
import { type PositionSet, readPositionBits, writePositionBits } from './position-set.ts'

/** Server to client, opens round Unmasking: of whom the self-mask share is wanted, and of whom the mask-key share. */
export interface UnmaskingRequest {
  readonly type: 'UnmaskingRequest'
  readonly session: Uint8Array
  /** U3: their self-mask seeds come out. */
  readonly survivors: PositionSet
  /** U2 \ U3: their mask keys come out. */
  readonly dropped: PositionSet
  /** Signatures over T3 by the recipient's neighbours, by ascending position; empty in the semi-honest model. */
  readonly signatures: readonly SurvivorSignature[]
}

export interface SurvivorSignature {
  readonly position: number
  /** Ed25519, 64 bytes. */
  readonly signature: Uint8Array
}

/** @throws UsageError `bad-field`. */
export function encodeUnmaskingRequest(message: UnmaskingRequest): EncodedParts {
  const { survivors, dropped, signatures } = message
  const { size } = survivors
  if (dropped.size !== size) {
    throw unencodable('dropped', `it is over a roster of ${dropped.size}, the survivors over one of ${size}`)
  }
  const writer = new Writer()
  writeSession(writer, message.session)
  writer.u32(size, 'size')
  writePositionBits(writer, survivors, 'survivors')
  writePositionBits(writer, dropped, 'dropped')
  writer.list32(signatures, ({ position, signature }, i) => {
    writePosition(writer, 'signatures.position', position, size, signatures[i - 1]?.position)
    writer.fixed(signature, SIGNATURE_BYTES, 'signatures.signature')
  })
  return headerOnly(writer)
}

/** Whether the two sets fit together is for the client to judge. @throws DecodeError */
export function decodeUnmaskingRequest(header: Reader, limits: MessageLimits): UnmaskingRequest {
  const session = readSession(header)
  const size = header.u32('size', limits.clients)
  const survivors = readPositionBits(header, 'survivors', size)
  const dropped = readPositionBits(header, 'dropped', size)
  let previous = -1
  const signatures = header.list32('signatures', limits.neighbours, items => {
    previous = readPosition(items, 'signatures.position', size, previous)
    return { position: previous, signature: items.fixed('signatures.signature', SIGNATURE_BYTES) }
  })
  return { type: 'UnmaskingRequest', session, survivors, dropped, signatures }
}
