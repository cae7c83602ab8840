import { type Reader, Writer } from './codec.ts'
import type { MessageLimits } from './limits.ts'
import { type EncodedParts, headerOnly, readSession, writeSession } from './parts.ts'
import { type PositionSet, readPositionBits, writePositionBits } from './position-set.ts'

/** Server to client, opens round ConsistencyCheck (only where the server may lie): whose masked inputs arrived (U3). */
export interface Survivors {
  readonly type: 'Survivors'
  readonly session: Uint8Array
  readonly survivors: PositionSet
}

/** @throws UsageError `bad-field`. */
export function encodeSurvivors(message: Survivors): EncodedParts {
  const writer = new Writer()
  writeSession(writer, message.session)
  writer.u32(message.survivors.size, 'size')
  writePositionBits(writer, message.survivors, 'survivors')
  return headerOnly(writer)
}

/** @throws DecodeError */
export function decodeSurvivors(header: Reader, limits: MessageLimits): Survivors {
  const session = readSession(header)
  const size = header.u32('size', limits.clients)
  return { type: 'Survivors', session, survivors: readPositionBits(header, 'survivors', size) }
}
