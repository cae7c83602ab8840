import { type Reader, Writer } from './codec.ts'
import type { MessageLimits } from './limits.ts'
import { bodyEntries, countEntries, type EncodedParts, readSession, withBody, writeSession } from './parts.ts'
import { type PositionSet, readPositionBits, writePositionBits } from './position-set.ts'
import { CIPHERTEXT_BYTES } from './share-keys.ts'

/** Server to client, opens round MaskedInputCollection: who shared (U2), and what the recipient's neighbours sent it. */
export interface ShareDelivery {
  readonly type: 'ShareDelivery'
  readonly session: Uint8Array
  /** U2. */
  readonly sharers: PositionSet
  /** One ciphertext for each neighbour in U2, by ascending position. */
  readonly ciphertexts: Uint8Array
}

/** @throws UsageError `bad-field`. */
export function encodeShareDelivery(message: ShareDelivery): EncodedParts {
  countEntries(message.ciphertexts, CIPHERTEXT_BYTES, 'ciphertexts')
  const writer = new Writer()
  writeSession(writer, message.session)
  writer.u32(message.sharers.size, 'size')
  writePositionBits(writer, message.sharers, 'sharers')
  return withBody(writer, [message.ciphertexts])
}

/** The bulk is a view on the frame. @throws DecodeError */
export function decodeShareDelivery(header: Reader, body: Reader, limits: MessageLimits): ShareDelivery {
  const session = readSession(header)
  const sharers = readPositionBits(header, 'sharers', header.u32('size', limits.clients))
  const count = bodyEntries(body, CIPHERTEXT_BYTES, limits.neighbours)
  return { type: 'ShareDelivery', session, sharers, ciphertexts: body.view('ciphertexts', count * CIPHERTEXT_BYTES) }
}
