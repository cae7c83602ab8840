import { decodeAdvertiseKeys, encodeAdvertiseKeys } from './advertise-keys.ts'
import { Reader, unencodable } from './codec.ts'
import { decodeConsistencyCheck, encodeConsistencyCheck } from './consistency-check.ts'
import type { MessageLimits } from './limits.ts'
import { decodeMaskedInput, encodeMaskedInput } from './masked-input.ts'
import { type ClientMessage, type Message, type MessageType, PROTOCOL_VERSION, type ServerMessage } from './message.ts'
import type { EncodedParts } from './parts.ts'
import { decodeRoster, encodeRoster } from './roster.ts'
import { decodeShareDelivery, encodeShareDelivery } from './share-delivery.ts'
import { decodeShareKeys, encodeShareKeys } from './share-keys.ts'
import { decodeSurvivors, encodeSurvivors } from './survivors.ts'
import { decodeUnmasking, encodeUnmasking } from './unmasking.ts'
import { decodeUnmaskingRequest, encodeUnmaskingRequest } from './unmasking-request.ts'

/** The byte that names a message's type; the server's have the highest bit. */
export const TYPE_CODES: Readonly<Record<MessageType, number>> = {
  AdvertiseKeys: 0x01,
  ShareKeys: 0x02,
  MaskedInput: 0x03,
  ConsistencyCheck: 0x04,
  Unmasking: 0x05,
  Roster: 0x81,
  ShareDelivery: 0x82,
  Survivors: 0x83,
  UnmaskingRequest: 0x84,
}

const SERVER_BIT = 0x80
const TYPES = new Map(Object.entries(TYPE_CODES).map(([type, code]) => [code, type as MessageType]))

/** Bytes before the header: version, type, reserved, header length, body length. */
const PREFIX_BYTES = 16

/** The body starts at a multiple of this, so that its words can be viewed in place. */
const BODY_ALIGNMENT = 8

/**
 * The one encoding of `message`, as docs/wire-format.md specifies it.
 *
 * @throws UsageError `bad-field` when a field cannot be encoded: the message was put together wrong.
 */
export function encodeMessage(message: Message): Uint8Array {
  const { header, bodyLength, writeBody } = encodeParts(message)
  const bodyStart = bodyStartAfter(header.length)
  const frame = new Uint8Array(bodyStart + bodyLength)
  const view = new DataView(frame.buffer)
  view.setUint16(0, PROTOCOL_VERSION)
  view.setUint8(2, TYPE_CODES[message.type])
  view.setUint32(4, header.length)
  view.setBigUint64(8, BigInt(bodyLength))
  frame.set(header, PREFIX_BYTES)
  writeBody(frame.subarray(bodyStart))
  return frame
}

/** Bytes that {@link encodeMessage} would make, without packing the bulk. @throws UsageError `bad-field`. */
export function encodedLength(message: Message): number {
  const { header, bodyLength } = encodeParts(message)
  return bodyStartAfter(header.length) + bodyLength
}

/**
 * The message in `bytes`, which must be its one canonical encoding and within `limits`.
 *
 * Small fields are copied; bulk (shares, ciphertexts, commitments, an aligned 32-bit range) is a view on `bytes`, which must
 * therefore not be written to as long as the message is in use.
 *
 * @throws DecodeError whatever is wrong with `bytes`; its `code` is a `DecodeCode`.
 */
export function decodeMessage(bytes: Uint8Array, limits: MessageLimits): Message {
  return decodeFrame(readFrame(bytes), limits)
}

/** As {@link decodeMessage}. @throws DecodeError also `wrong-direction` when it is a server's message. */
export function decodeClientMessage(bytes: Uint8Array, limits: MessageLimits): ClientMessage {
  const frame = readFrame(bytes)
  if (isServerType(frame.type)) throw wrongDirection(frame, 'server')
  return decodeFrame(frame, limits) as ClientMessage
}

/** As {@link decodeMessage}. @throws DecodeError also `wrong-direction` when it is a client's message. */
export function decodeServerMessage(bytes: Uint8Array, limits: MessageLimits): ServerMessage {
  const frame = readFrame(bytes)
  if (!isServerType(frame.type)) throw wrongDirection(frame, 'client')
  return decodeFrame(frame, limits) as ServerMessage
}

interface Frame {
  readonly type: MessageType
  readonly header: Reader
  readonly body: Reader
}

function readFrame(bytes: Uint8Array): Frame {
  const prefix = new Reader(bytes, 'frame')
  const type = readType(prefix)
  const headerLength = prefix.u32('headerLength')
  const bodyLength = prefix.u64('bodyLength')
  const headerEnd = PREFIX_BYTES + headerLength
  const bodyStart = bodyStartAfter(headerLength)
  const end = bodyStart + bodyLength
  if (bytes.length < end) {
    throw prefix.error('truncated', 'frame', `it takes ${end} bytes, ${bytes.length} are here`, bytes.length)
  }
  if (bytes.length > end) {
    throw prefix.error('trailing-bytes', 'frame', `it ends here, ${bytes.length - end} bytes follow`, end)
  }
  for (let at = headerEnd; at < bodyStart; at++) {
    if (bytes[at] !== 0) throw prefix.error('non-zero-padding', 'padding', 'it is not zero', at)
  }
  return {
    type,
    header: new Reader(bytes, type, PREFIX_BYTES, headerEnd),
    body: new Reader(bytes, type, bodyStart, end),
  }
}

function readType(prefix: Reader): MessageType {
  const version = prefix.u16('version')
  if (version !== PROTOCOL_VERSION) {
    const problem = `the message is of version ${version}, this implementation speaks version ${PROTOCOL_VERSION}`
    throw prefix.error('unsupported-version', 'version', problem, 0)
  }
  const code = prefix.u8('type')
  const type = TYPES.get(code)
  if (type === undefined) throw prefix.error('unknown-type', 'type', `there is no message type ${code}`, 2)
  if (prefix.u8('reserved') !== 0) throw prefix.error('non-zero-reserved', 'reserved', 'it is not zero', 3)
  return type
}

function decodeFrame({ type, header, body }: Frame, limits: MessageLimits): Message {
  const message = decodeParts(type, header, body, limits)
  header.finish('trailing-bytes', 'header')
  body.finish('unexpected-body', 'body')
  return message
}

function bodyStartAfter(headerLength: number): number {
  return Math.ceil((PREFIX_BYTES + headerLength) / BODY_ALIGNMENT) * BODY_ALIGNMENT
}

function isServerType(type: MessageType): boolean {
  return (TYPE_CODES[type] & SERVER_BIT) !== 0
}

function wrongDirection({ header }: Frame, from: 'client' | 'server'): Error {
  return header.error('wrong-direction', 'type', `this is what a ${from} sends, not what it receives`, 2)
}

function encodeParts(message: Message): EncodedParts {
  switch (message.type) {
    case 'AdvertiseKeys':
      return encodeAdvertiseKeys(message)
    case 'ShareKeys':
      return encodeShareKeys(message)
    case 'MaskedInput':
      return encodeMaskedInput(message)
    case 'ConsistencyCheck':
      return encodeConsistencyCheck(message)
    case 'Unmasking':
      return encodeUnmasking(message)
    case 'Roster':
      return encodeRoster(message)
    case 'ShareDelivery':
      return encodeShareDelivery(message)
    case 'Survivors':
      return encodeSurvivors(message)
    case 'UnmaskingRequest':
      return encodeUnmaskingRequest(message)
    default:
      throw unencodable('type', `there is no message type "${(message as Message).type}"`)
  }
}

function decodeParts(type: MessageType, header: Reader, body: Reader, limits: MessageLimits): Message {
  switch (type) {
    case 'AdvertiseKeys':
      return decodeAdvertiseKeys(header)
    case 'ShareKeys':
      return decodeShareKeys(header, body, limits)
    case 'MaskedInput':
      return decodeMaskedInput(header, body, limits)
    case 'ConsistencyCheck':
      return decodeConsistencyCheck(header)
    case 'Unmasking':
      return decodeUnmasking(header, body, limits)
    case 'Roster':
      return decodeRoster(header, limits)
    case 'ShareDelivery':
      return decodeShareDelivery(header, body, limits)
    case 'Survivors':
      return decodeSurvivors(header, limits)
    case 'UnmaskingRequest':
      return decodeUnmaskingRequest(header, limits)
  }
}
