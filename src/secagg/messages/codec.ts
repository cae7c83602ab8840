import { DecodeError, UsageError } from '../errors.ts'

/** Every reason to refuse bytes. Stable: the server maps them to rejections, and test vectors name them. */
export const DECODE_CODES = [
  'unsupported-version',
  'unknown-type',
  'wrong-direction',
  'non-zero-reserved',
  'non-zero-padding',
  'truncated',
  'trailing-bytes',
  'unexpected-body',
  'bad-body-length',
  'beyond-limit',
  'integer-out-of-range',
  'bad-flag',
  'empty-id',
  'id-too-long',
  'bad-utf8',
  'position-out-of-range',
  'duplicate-position',
  'positions-not-ascending',
  'bad-modulus',
  'empty-range',
  'range-out-of-bounds',
  'bad-share-kind',
  'non-zero-absent-share',
] as const

/** Why bytes were refused. */
export type DecodeCode = (typeof DECODE_CODES)[number]

const UNPAIRED_SURROGATE = /\p{Surrogate}/u
const TWO_32 = 2 ** 32
const encoder = new TextEncoder()
/** A byte order mark is kept: dropping it would give two encodings of one string. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The caller's field cannot go on the wire. */
export function unencodable(field: string, problem: string): UsageError {
  return new UsageError('bad-field', `${field} cannot be encoded: ${problem}`)
}

/**
 * Appends fields in TLS presentation style (RFC 8446, section 3): big-endian integers, fixed-length bytes, and
 * variable-length ones behind their length. The same values always give the same bytes, so they can be signed and hashed.
 *
 * Every method throws UsageError `bad-field` for a value that its field cannot hold.
 */
export class Writer {
  #bytes: Uint8Array<ArrayBuffer>
  #view: DataView
  #length = 0

  /** @param room bytes that are expected; it grows when there are more. */
  constructor(room = 256) {
    this.#bytes = new Uint8Array(room)
    this.#view = new DataView(this.#bytes.buffer)
  }

  u8(value: number, field = 'integer'): void {
    // Before the view is looked up: growing replaces it.
    const at = this.#integer(value, 1, 2 ** 8, field)
    this.#view.setUint8(at, value)
  }

  u16(value: number, field = 'integer'): void {
    const at = this.#integer(value, 2, 2 ** 16, field)
    this.#view.setUint16(at, value)
  }

  u32(value: number, field = 'integer'): void {
    const at = this.#integer(value, 4, TWO_32, field)
    this.#view.setUint32(at, value)
  }

  /** Eight bytes, of which JavaScript's exact integers reach 2^53 - 1. */
  u64(value: number, field = 'integer'): void {
    const at = this.#integer(value, 8, 2 ** 53, field)
    this.#view.setUint32(at, Math.floor(value / TWO_32))
    this.#view.setUint32(at + 4, value % TWO_32)
  }

  /** Bytes whose number both sides know. */
  fixed(bytes: Uint8Array, length: number = bytes.length, field = 'bytes'): void {
    if (bytes.length !== length) throw unencodable(field, `it takes ${length} bytes, not ${bytes.length}`)
    const at = this.#grow(length)
    this.#bytes.set(bytes, at)
  }

  /** Up to 65,535 bytes behind a u16 length. */
  opaque16(bytes: Uint8Array, field = 'bytes'): void {
    this.u16(bytes.length, `the length of ${field}`)
    this.fixed(bytes, bytes.length, field)
  }

  /** `least` to `most` bytes of UTF-8 behind a u8 length. */
  text8(text: string, field = 'text', least = 0, most = 255): void {
    if (UNPAIRED_SURROGATE.test(text)) throw unencodable(field, 'it has an unpaired surrogate, which is no UTF-8')
    const bytes = encoder.encode(text)
    if (bytes.length < least || bytes.length > most) {
      throw unencodable(field, `it takes ${least} to ${most} bytes of UTF-8, not ${bytes.length}`)
    }
    this.u8(bytes.length)
    this.fixed(bytes)
  }

  /** A byte 0 for nothing, or a byte 1 and the value. */
  optional<T>(value: T | undefined, write: (value: T) => void): void {
    this.u8(value === undefined ? 0 : 1)
    if (value !== undefined) write(value)
  }

  /** The items one after the other, behind the u32 number of bytes that they take together. */
  list32<T>(items: readonly T[], write: (item: T, index: number) => void): void {
    const at = this.#grow(4)
    for (const [index, item] of items.entries()) write(item, index)
    this.#view.setUint32(at, this.#length - at - 4)
  }

  /** What was written so far, as a copy. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #integer(value: number, bytes: number, end: number, field: string): number {
    if (!Number.isInteger(value) || value < 0 || value >= end) {
      throw unencodable(field, `it takes a whole number from 0 to ${end - 1}, not ${value}`)
    }
    return this.#grow(bytes)
  }

  /** Makes room and returns where it starts. May replace the buffer and its view: call it before looking at either. */
  #grow(count: number): number {
    const at = this.#length
    this.#length += count
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length))
      larger.set(this.#bytes.subarray(0, at))
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return at
  }
}

/**
 * Reads what {@link Writer} wrote, from a window of a peer's bytes and never past its end.
 *
 * Every method throws {@link DecodeError} whose message names the field and its offset in the frame, and never quotes the
 * bytes: some of them are shares.
 */
export class Reader {
  /** What is being read, for error messages. */
  readonly #name: string
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #end: number
  #offset: number

  constructor(bytes: Uint8Array, name: string, start = 0, end: number = bytes.length) {
    this.#name = name
    // A plain view: the `slice` of a subclass such as Node's Buffer shares memory where ours must copy.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#offset = start
    this.#end = end
  }

  /** Where the next field starts, in bytes from the start of the frame. */
  get offset(): number {
    return this.#offset
  }

  get remaining(): number {
    return this.#end - this.#offset
  }

  u8(field: string): number {
    return this.#view.getUint8(this.#take(field, 1))
  }

  u16(field: string): number {
    return this.#view.getUint16(this.#take(field, 2))
  }

  /** @throws DecodeError `beyond-limit` above `most`. */
  u32(field: string, most: number = TWO_32): number {
    const at = this.#take(field, 4)
    return this.#atMost(field, this.#view.getUint32(at), most, at)
  }

  /** @throws DecodeError `integer-out-of-range` from 2^53 on, `beyond-limit` above `most`. */
  u64(field: string, most: number = Number.MAX_SAFE_INTEGER): number {
    const at = this.#take(field, 8)
    const high = this.#view.getUint32(at)
    if (high >= 2 ** 21) throw this.error('integer-out-of-range', field, 'it is 2^53 or more', at)
    return this.#atMost(field, high * TWO_32 + this.#view.getUint32(at + 4), most, at)
  }

  /** `length` bytes, as a copy: what a receiver keeps must not keep a frame of many megabytes alive. */
  fixed(field: string, length: number): Uint8Array {
    const at = this.#take(field, length)
    return this.#bytes.slice(at, at + length)
  }

  /** `length` bytes, as a view on the frame: for bulk. */
  view(field: string, length: number): Uint8Array {
    const at = this.#take(field, length)
    return this.#bytes.subarray(at, at + length)
  }

  /** One to `most` bytes of UTF-8 behind a u8 length. */
  id8(field: string, most: number): string {
    const at = this.#offset
    const length = this.u8(field)
    if (length === 0) throw this.error('empty-id', field, 'it is empty', at)
    if (length > most) throw this.error('id-too-long', field, `it has ${length} bytes, at most ${most} are allowed`, at)
    const bytes = this.view(field, length)
    try {
      return decoder.decode(bytes)
    } catch {
      throw this.error('bad-utf8', field, 'it is not valid UTF-8', at)
    }
  }

  /** @throws DecodeError `bad-flag` unless the leading byte is 0 or 1. */
  optional<T>(field: string, read: () => T): T | undefined {
    const at = this.#offset
    const flag = this.u8(field)
    if (flag > 1) throw this.error('bad-flag', field, `whether it is present is 0 or 1, not ${flag}`, at)
    return flag === 1 ? read() : undefined
  }

  /** At most `most` items, which fill a u32 number of bytes exactly. `read` gets a reader confined to those bytes. */
  list32<T>(field: string, most: number, read: (items: Reader) => T): T[] {
    const at = this.#offset
    const length = this.u32(field)
    const start = this.#take(field, length)
    const items = new Reader(this.#bytes, this.#name, start, start + length)
    const result: T[] = []
    while (items.remaining > 0) {
      if (result.length === most) throw this.error('beyond-limit', field, `it has more than ${most} items`, at)
      result.push(read(items))
    }
    return result
  }

  /** @throws DecodeError with `code` unless everything was read. */
  finish(code: DecodeCode, part: string): void {
    if (this.remaining > 0) throw this.error(code, part, `${this.remaining} bytes are left over`)
  }

  error(code: DecodeCode, field: string, problem: string, offset: number = this.#offset): DecodeError {
    return new DecodeError(code, `${this.#name}: ${field} at byte ${offset}: ${problem}`)
  }

  #take(field: string, count: number): number {
    if (count > this.remaining) {
      throw this.error('truncated', field, `${count} bytes are wanted, ${this.remaining} are left`)
    }
    const at = this.#offset
    this.#offset += count
    return at
  }

  #atMost(field: string, value: number, most: number, at: number): number {
    if (value > most) throw this.error('beyond-limit', field, `${value} is above this session's limit of ${most}`, at)
    return value
  }
}
