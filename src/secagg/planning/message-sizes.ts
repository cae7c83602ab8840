import { packedLength } from '../encoding/pack.ts'
import { KEY_BYTES, SIGNATURE_BYTES } from '../messages/advertise-keys.ts'
import { SESSION_BYTES } from '../messages/message.ts'
import { HASH_BYTES } from '../messages/roster.ts'
import { CIPHERTEXT_BYTES, COMMITMENT_BYTES, COMMITMENT_PAIR_BYTES } from '../messages/share-keys.ts'
import { UNMASKING_ENTRY_BYTES } from '../messages/unmasking.ts'

/**
 * Bytes of every message as docs/wire-format.md has it, without making one: a plan may be for more clients than fit into
 * memory. Tests hold each of these against the encoder.
 */

/** Version, type, lengths of header and body; then the header, padded to where the body may start. */
const PREFIX_BYTES = 16
const BODY_ALIGNMENT = 8

const U8 = 1
const U32 = 4
const U64 = 8
/** Of a list, and of whether an optional field is there. */
const LENGTH_BYTES = U32
const FLAG_BYTES = U8
const DIGEST_BYTES = 32

/** What the sizes of a client's messages depend on. */
export interface MessageShape {
  /** Clients of the roster (n). */
  readonly clients: number
  /** Neighbours (k). */
  readonly degree: number
  /** UTF-8 bytes of a client's id. */
  readonly idBytes: number
  /** Whether keys and survivors are signed: in every threat model but the semi-honest one. */
  readonly signed: boolean
}

function frame(headerBytes: number, bodyBytes = 0): number {
  return Math.ceil((PREFIX_BYTES + headerBytes) / BODY_ALIGNMENT) * BODY_ALIGNMENT + bodyBytes
}

function id({ idBytes }: MessageShape): number {
  return U8 + idBytes
}

function origin(shape: MessageShape): number {
  return SESSION_BYTES + id(shape)
}

function keys({ signed }: MessageShape): number {
  const credential = signed ? KEY_BYTES + U64 + SIGNATURE_BYTES : 0
  return 2 * KEY_BYTES + FLAG_BYTES + credential
}

function positionSet({ clients }: MessageShape): number {
  return Math.ceil(clients / 8)
}

export function advertiseKeysBytes(shape: MessageShape): number {
  return frame(origin(shape) + keys(shape))
}

export function shareKeysBytes(shape: MessageShape): number {
  return frame(origin(shape) + COMMITMENT_BYTES, shape.degree * (COMMITMENT_PAIR_BYTES + CIPHERTEXT_BYTES))
}

/** One range of a masked input. */
export function maskedInputBytes(shape: MessageShape, rangeEntries: number, modulusBits: number): number {
  return frame(origin(shape) + 3 * U64 + U8 + DIGEST_BYTES, packedLength(rangeEntries, modulusBits))
}

/** All ranges of a masked input. */
export function maskedVectorBytes(
  shape: MessageShape,
  vector: { readonly vectorLength: number; readonly modulusBits: number; readonly rangeLength: number },
): number {
  const { vectorLength, modulusBits, rangeLength } = vector
  const whole = Math.floor(vectorLength / rangeLength)
  const rest = vectorLength % rangeLength
  const last = rest > 0 || whole === 0 ? maskedInputBytes(shape, rest, modulusBits) : 0
  return last + (whole === 0 ? 0 : whole * maskedInputBytes(shape, rangeLength, modulusBits))
}

export function consistencyCheckBytes(shape: MessageShape): number {
  return frame(origin(shape) + SIGNATURE_BYTES)
}

/** @param sharers neighbours in U2 */
export function unmaskingBytes(shape: MessageShape, sharers: number): number {
  return frame(origin(shape), sharers * UNMASKING_ENTRY_BYTES)
}

/** @param proofHashes hashes in the Merkle proof, see `proofHashes` */
export function rosterBytes(shape: MessageShape, proofHashes: number): number {
  const entry = U32 + id(shape) + keys(shape)
  const fixed = SESSION_BYTES + U32 + HASH_BYTES + U32
  return frame(fixed + LENGTH_BYTES + (shape.degree + 1) * entry + LENGTH_BYTES + proofHashes * HASH_BYTES)
}

/** @param sharers neighbours in U2 */
export function shareDeliveryBytes(shape: MessageShape, sharers: number): number {
  return frame(SESSION_BYTES + U32 + positionSet(shape), sharers * CIPHERTEXT_BYTES)
}

export function survivorsBytes(shape: MessageShape): number {
  return frame(SESSION_BYTES + U32 + positionSet(shape))
}

/** @param signatures neighbours that confirmed the survivors */
export function unmaskingRequestBytes(shape: MessageShape, signatures: number): number {
  const sets = 2 * positionSet(shape)
  return frame(SESSION_BYTES + U32 + sets + LENGTH_BYTES + signatures * (U32 + SIGNATURE_BYTES))
}
