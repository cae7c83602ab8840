import { SIGNATURE_BYTES } from './advertise-keys.ts'
import { type Reader, Writer } from './codec.ts'
import { type EncodedParts, headerOnly, readOrigin, writeOrigin } from './parts.ts'

/** Client to server, round ConsistencyCheck: "this is the U3 that I was shown". */
export interface ConsistencyCheck {
  readonly type: 'ConsistencyCheck'
  readonly session: Uint8Array
  readonly sender: string
  /** Ed25519, 64 bytes, over the transcript T3. */
  readonly signature: Uint8Array
}

/** @throws UsageError `bad-field`. */
export function encodeConsistencyCheck(message: ConsistencyCheck): EncodedParts {
  const writer = new Writer()
  writeOrigin(writer, message)
  writer.fixed(message.signature, SIGNATURE_BYTES, 'signature')
  return headerOnly(writer)
}

/** @throws DecodeError */
export function decodeConsistencyCheck(header: Reader): ConsistencyCheck {
  const origin = readOrigin(header)
  return { type: 'ConsistencyCheck', ...origin, signature: header.fixed('signature', SIGNATURE_BYTES) }
}
