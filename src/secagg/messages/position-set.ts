import { UsageError } from '../errors.ts'
import { type Reader, unencodable, type Writer } from './codec.ts'

/**
 * A subset of the roster's positions, one bit each: how the protocol names the sets U2 ⊇ U3 ⊇ … on the wire. Ten
 * thousand clients take 1,250 bytes, so every client can be told the whole set and check it against its own view.
 */
export class PositionSet implements Iterable<number> {
  /** Number of positions in the roster (n = |U1|), not of members. */
  readonly size: number
  /** ceil(size / 8) bytes; position p is bit p % 8 (least significant first) of byte floor(p / 8); padding is zero. */
  readonly bytes: Uint8Array

  constructor(size: number, bytes: Uint8Array = new Uint8Array(Math.ceil(size / 8))) {
    if (!Number.isSafeInteger(size) || size < 0) throw new UsageError('bad-position-set', `size ${size} is not a count`)
    if (bytes.length !== Math.ceil(size / 8)) {
      throw new UsageError(
        'bad-position-set',
        `${size} positions take ${Math.ceil(size / 8)} bytes, got ${bytes.length}`,
      )
    }
    this.size = size
    this.bytes = bytes
  }

  static of(size: number, positions: Iterable<number>): PositionSet {
    const set = new PositionSet(size)
    for (const position of positions) set.add(position)
    return set
  }

  /** Bits beyond `size` are zero: there is one encoding of each set. */
  get isCanonical(): boolean {
    const used = this.size % 8
    return used === 0 || this.bytes[this.bytes.length - 1]! >>> used === 0
  }

  add(position: number): void {
    if (!Number.isInteger(position) || position < 0 || position >= this.size) {
      throw new UsageError('bad-position', `position ${position} is outside of a roster of ${this.size}`)
    }
    this.bytes[position >>> 3]! |= 1 << (position & 7)
  }

  has(position: number): boolean {
    return position >= 0 && position < this.size && ((this.bytes[position >>> 3]! >>> (position & 7)) & 1) === 1
  }

  get count(): number {
    let count = 0
    for (let byte of this.bytes) for (; byte !== 0; byte &= byte - 1) count++
    return count
  }

  *[Symbol.iterator](): Generator<number> {
    for (let position = 0; position < this.size; position++) if (this.has(position)) yield position
  }

  equals(other: PositionSet): boolean {
    return this.size === other.size && this.bytes.every((byte, i) => byte === other.bytes[i])
  }

  isSubsetOf(other: PositionSet): boolean {
    return this.size === other.size && this.bytes.every((byte, i) => (byte & ~other.bytes[i]!) === 0)
  }

  /** The members of this set that are not in `other`. */
  minus(other: PositionSet): PositionSet {
    return new PositionSet(
      this.size,
      this.bytes.map((byte, i) => byte & ~other.bytes[i]!),
    )
  }

  intersects(other: PositionSet): boolean {
    return this.bytes.some((byte, i) => (byte & (other.bytes[i] ?? 0)) !== 0)
  }

  clone(): PositionSet {
    return new PositionSet(this.size, this.bytes.slice())
  }
}

/** Only the bits: a message says the roster's size once for all its sets. @throws UsageError `bad-field`. */
export function writePositionBits(writer: Writer, set: PositionSet, field: string): void {
  if (!set.isCanonical) throw unencodable(field, `bits beyond its ${set.size} positions are set`)
  writer.fixed(set.bytes)
}

/** The subset of `size` positions that comes next. @throws DecodeError `truncated` or `non-zero-padding`. */
export function readPositionBits(reader: Reader, field: string, size: number): PositionSet {
  const at = reader.offset
  const set = new PositionSet(size, reader.fixed(field, Math.ceil(size / 8)))
  if (!set.isCanonical) throw reader.error('non-zero-padding', field, `bits beyond its ${size} positions are set`, at)
  return set
}
