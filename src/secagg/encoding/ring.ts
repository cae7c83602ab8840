import { UsageError } from '../errors.ts'
import { addVector } from '../primitives/kernels/ring-block.ts'

/** The widest ring: a 64-bit lane keeps two bits to spare, so a decoded value always fits a signed 64-bit integer. */
export const MAX_MODULUS_BITS = 62

/**
 * A vector over the ring Z_2^b, b = `modulusBits` from 1 to 62.
 *
 * Up to 32 bits an entry is one 32-bit word (a *lane*), beyond that two words, low word first. Arithmetic is lazy: it
 * runs modulo 2^32 or 2^64, of which 2^b is a divisor, so the bits above b carry no meaning until {@link reduce}
 * clears them. {@link get} and {@link equals} look at the meaningful bits only.
 */
export class RingVector {
  /** b: the ring is Z_2^b. */
  readonly modulusBits: number
  /** Entries, not words. */
  readonly length: number
  /** 32-bit words per entry. */
  readonly lanes: 1 | 2
  /** `lanes * length` words; with two lanes, entry i is `words[2i] + 2^32 words[2i + 1]`. */
  readonly words: Uint32Array

  private constructor(words: Uint32Array, length: number, modulusBits: number) {
    this.words = words
    this.length = length
    this.modulusBits = modulusBits
    this.lanes = lanesOf(modulusBits)
  }

  /** The zero vector of `length` entries. @throws UsageError on a bad length or modulus. */
  static zeros(length: number, modulusBits: number): RingVector {
    checkRingShape(length, modulusBits)
    return new RingVector(new Uint32Array(length * lanesOf(modulusBits)), length, modulusBits)
  }

  /** Wraps `words` without a copy. @throws UsageError unless there are exactly `lanes * length` of them. */
  static fromWords(words: Uint32Array, length: number, modulusBits: number): RingVector {
    checkRingShape(length, modulusBits)
    const expected = length * lanesOf(modulusBits)
    if (words.length !== expected) {
      throw new UsageError(
        'ring-word-count',
        `${length} entries of ${modulusBits} bits take ${expected} words, not ${words.length}`,
      )
    }
    return new RingVector(words, length, modulusBits)
  }

  /** Adds `other` in place. @throws UsageError when length or modulus differ. */
  add(other: RingVector): this {
    this.#checkSame(other)
    addVector(this.words, other.words, 1, this.lanes)
    return this
  }

  /** Subtracts `other` in place. @throws UsageError when length or modulus differ. */
  subtract(other: RingVector): this {
    this.#checkSame(other)
    addVector(this.words, other.words, -1, this.lanes)
    return this
  }

  /** Brings every entry into [0, 2^b), in place: the canonical form, the one that goes on the wire. */
  reduce(): this {
    const { words, lanes } = this
    const mask = topMask(this.modulusBits)
    if (mask === 0xffffffff) return this
    for (let i = lanes - 1; i < words.length; i += lanes) words[i] = words[i]! & mask
    return this
  }

  /** Entry i in [0, 2^b). @throws UsageError when there is no such entry. */
  get(i: number): bigint {
    this.#checkIndex(i)
    if (this.lanes === 1) return BigInt.asUintN(this.modulusBits, BigInt(this.words[i]!))
    const value = (BigInt(this.words[2 * i + 1]!) << 32n) | BigInt(this.words[2 * i]!)
    return BigInt.asUintN(this.modulusBits, value)
  }

  /** Sets entry i to `value` mod 2^b; a negative value stands for its two's complement. @throws UsageError */
  set(i: number, value: bigint): void {
    this.#checkIndex(i)
    const reduced = BigInt.asUintN(this.modulusBits, value)
    this.words[this.lanes * i] = Number(reduced & 0xffffffffn)
    if (this.lanes === 2) this.words[2 * i + 1] = Number(reduced >> 32n)
  }

  /** A deep copy. */
  clone(): RingVector {
    return new RingVector(this.words.slice(), this.length, this.modulusBits)
  }

  /** Whether both are the same vector over the same ring. Not constant-time: for sums, not for secrets. */
  equals(other: RingVector): boolean {
    if (other.length !== this.length || other.modulusBits !== this.modulusBits) return false
    const top = topMask(this.modulusBits)
    const low = this.lanes === 1 ? top : 0xffffffff
    for (let i = 0; i < this.words.length; i++) {
      const mask = (i & 1) === 1 ? top : low
      if (((this.words[i]! ^ other.words[i]!) & mask) !== 0) return false
    }
    return true
  }

  /** The words as bytes, a view on the same memory (little-endian, as on every platform JavaScript runs on). */
  bytes(): Uint8Array {
    return new Uint8Array(this.words.buffer, this.words.byteOffset, this.words.byteLength)
  }

  #checkIndex(i: number): void {
    if (Number.isInteger(i) && i >= 0 && i < this.length) return
    throw new UsageError('ring-index', `no entry ${i} in a ring vector of length ${this.length}`)
  }

  #checkSame(other: RingVector): void {
    if (other.length !== this.length) {
      throw new UsageError(
        'ring-length-mismatch',
        `ring vectors of length ${this.length} and ${other.length} do not add`,
      )
    }
    if (other.modulusBits !== this.modulusBits) {
      throw new UsageError(
        'ring-modulus-mismatch',
        `ring vectors modulo 2^${this.modulusBits} and 2^${other.modulusBits} do not add`,
      )
    }
  }
}

/** 32-bit words per entry of a ring of `modulusBits` bits. */
export function lanesOf(modulusBits: number): 1 | 2 {
  return modulusBits <= 32 ? 1 : 2
}

/** The meaningful bits of an entry's highest word, as an unsigned 32-bit mask. */
export function topMask(modulusBits: number): number {
  const bits = modulusBits <= 32 ? modulusBits : modulusBits - 32
  return bits === 32 ? 0xffffffff : 2 ** bits - 1
}

/** @throws UsageError unless a ring vector of this shape can exist. */
export function checkRingShape(length: number, modulusBits: number): void {
  if (!Number.isInteger(modulusBits) || modulusBits < 1 || modulusBits > MAX_MODULUS_BITS) {
    throw new UsageError(
      'ring-modulus-bits',
      `modulusBits must be an integer from 1 to ${MAX_MODULUS_BITS}, not ${modulusBits}`,
    )
  }
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new UsageError('ring-length', `a ring vector's length must be a non-negative integer, not ${length}`)
  }
}
