import { type Reader, unencodable, type Writer } from './codec.ts'
import { MAX_ID_BYTES, SESSION_BYTES } from './message.ts'

/** A message between its type and its frame. */
export interface EncodedParts {
  readonly header: Uint8Array
  readonly bodyLength: number
  /** Fills `bodyLength` bytes: bulk goes straight to its place in the frame. */
  writeBody(target: Uint8Array): void
}

/** A message that is all header. */
export function headerOnly(writer: Writer): EncodedParts {
  return withBody(writer, [])
}

/** A header, then these bytes one after the other. */
export function withBody(writer: Writer, blocks: readonly Uint8Array[]): EncodedParts {
  return {
    header: writer.finish(),
    bodyLength: blocks.reduce((sum, block) => sum + block.length, 0),
    writeBody(target) {
      let at = 0
      for (const block of blocks) {
        target.set(block, at)
        at += block.length
      }
    },
  }
}

export function writeSession(writer: Writer, session: Uint8Array): void {
  writer.fixed(session, SESSION_BYTES, 'session')
}

export function readSession(header: Reader): Uint8Array {
  return header.fixed('session', SESSION_BYTES)
}

export function writeId(writer: Writer, id: string, field: string): void {
  writer.text8(id, field, 1, MAX_ID_BYTES)
}

export function readId(header: Reader, field: string): string {
  return header.id8(field, MAX_ID_BYTES)
}

/** How every client message starts. */
export interface Origin {
  readonly session: Uint8Array
  readonly sender: string
}

export function writeOrigin(writer: Writer, { session, sender }: Origin): void {
  writeSession(writer, session)
  writeId(writer, sender, 'sender')
}

export function readOrigin(header: Reader): Origin {
  return { session: readSession(header), sender: readId(header, 'sender') }
}

/** A position below `size` and above `previous`, the one before it in its list. */
export function writePosition(writer: Writer, field: string, position: number, size: number, previous = -1): void {
  if (!(position < size)) throw unencodable(field, `${position} is outside of a roster of ${size}`)
  if (position <= previous) throw unencodable(field, `${position} follows ${previous}, positions ascend`)
  writer.u32(position, field)
}

/** @throws DecodeError `position-out-of-range`, `duplicate-position` or `positions-not-ascending`. */
export function readPosition(reader: Reader, field: string, size: number, previous = -1): number {
  const at = reader.offset
  const position = reader.u32(field)
  if (position >= size) {
    throw reader.error('position-out-of-range', field, `${position} is outside of a roster of ${size}`, at)
  }
  if (position === previous) throw reader.error('duplicate-position', field, `${position} is listed twice`, at)
  if (position < previous) {
    throw reader.error('positions-not-ascending', field, `${position} follows ${previous}`, at)
  }
  return position
}

/** Checks that bulk is a whole number of entries; `UsageError` when it is not. */
export function countEntries(bytes: Uint8Array, entryBytes: number, field: string): number {
  if (bytes.length % entryBytes === 0) return bytes.length / entryBytes
  throw unencodable(field, `${bytes.length} bytes are not a multiple of ${entryBytes}, which one entry takes`)
}

/**
 * How many entries fill the rest of the body, at most `most`.
 *
 * @throws DecodeError `bad-body-length` or `beyond-limit`.
 */
export function bodyEntries(body: Reader, entryBytes: number, most: number): number {
  const length = body.remaining
  if (length % entryBytes !== 0) {
    throw body.error('bad-body-length', 'body', `${length} bytes are not a multiple of ${entryBytes}`)
  }
  const count = length / entryBytes
  if (count > most)
    throw body.error('beyond-limit', 'body', `${count} entries are above this session's limit of ${most}`)
  return count
}
