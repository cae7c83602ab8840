const CAPACITY = 16_384

/** Bytes at which decoders turn: ends of ranges, flags, and what JSON and UTF-8 are made of. */
const BYTES = [0, 1, 2, 3, 0x3f, 0x40, 0x41, 0x7f, 0x80, 0xc0, 0xed, 0xf4, 0xfe, 0xff, ...Buffer.from('"{}[],:0e-\\')]
const WORDS = [0, 1, 2, 3, 7, 8, 63, 64, 65, 127, 128, 255, 256, 1000, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]
const LONGS = [0n, 1n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]

/** A buffer that is filled and damaged again and again; nothing is allocated for an input but the view on it. */
export class Scratch {
  #bytes = new Uint8Array(CAPACITY + 8)
  #view = new DataView(this.#bytes.buffer)
  #length = 0
  #random

  constructor(random) {
    this.#random = random
  }

  get length() {
    return this.#length
  }

  clear() {
    this.#length = 0
  }

  append(bytes) {
    const count = Math.min(bytes.length, CAPACITY - this.#length)
    this.#bytes.set(count === bytes.length ? bytes : bytes.subarray(0, count), this.#length)
    this.#length += count
  }

  appendNoise(count) {
    const end = Math.min(CAPACITY, this.#length + count)
    this.#random.fill(this.#bytes, this.#length, end)
    this.#length = end
  }

  appendZeros(count) {
    const end = Math.min(CAPACITY, this.#length + count)
    this.#bytes.fill(0, this.#length, end)
    this.#length = end
  }

  byte(at) {
    return at < this.#length ? this.#bytes[at] : 0
  }

  setByte(at, value) {
    if (at < this.#length) this.#bytes[at] = value
  }

  setWord(at, value) {
    if (at + 4 <= this.#length) this.#view.setUint32(at, value)
  }

  setLong(at, value) {
    if (at + 8 <= this.#length) this.#view.setBigUint64(at, value)
  }

  setLittleEndianLong(at, value) {
    if (at + 8 <= this.#length) this.#view.setBigUint64(at, value, true)
  }

  /** What is here, moved by 0 to 7 bytes: decoders see it at every alignment. */
  aligned(shift) {
    if (shift > 0) this.#bytes.copyWithin(shift, 0, this.#length)
    return this.#bytes.subarray(shift, shift + this.#length)
  }

  view() {
    return this.#bytes.subarray(0, this.#length)
  }

  /** One random piece of damage. `other` is material for splices. */
  damage(other) {
    const random = this.#random
    const length = this.#length
    const at = random.below(length + 1)
    switch (random.below(10)) {
      case 0:
      case 1:
        this.setByte(at, this.byte(at) ^ (1 << random.below(8)))
        break
      case 2:
        this.setByte(at, random.pick(BYTES))
        break
      case 3:
        this.editInteger(at)
        break
      case 4:
        this.#length = at
        break
      case 5:
        this.#replace(at, 0, random.chance(50) ? 1 : 1 + random.below(40), undefined)
        break
      case 6:
        this.#replace(at, 1 + random.below(40), 0, undefined)
        break
      case 7: {
        // Twice what stands here: a second entry, a second credential.
        const count = Math.min(length - at, 1 + random.below(100))
        this.#replace(at, 0, count, this.#bytes.slice(at, at + count))
        break
      }
      case 8: {
        const from = random.below(other.length + 1)
        const count = Math.min(other.length - from, random.below(200))
        this.#replace(at, random.chance(50) ? count : random.below(200), count, other.subarray(from, from + count))
        break
      }
      case 9:
        this.#length = at
        this.append(other.subarray(random.below(other.length + 1)))
        break
    }
  }

  /** Puts an integer of one to eight bytes, big-endian, that is likely to matter. */
  editInteger(at) {
    const random = this.#random
    switch (random.below(4)) {
      case 0:
        return this.setByte(at, random.pick(BYTES))
      case 1:
        return this.setWord(at, random.pick(WORDS))
      case 2:
        return this.setWord(at, Math.max(0, this.#length - 8 + random.below(16)))
      case 3:
        return this.setLong(at, random.pick(LONGS))
    }
  }

  /** Puts `content` in the place of `remove` bytes. */
  insert(at, remove, content) {
    this.#replace(at, remove, content.length, content)
  }

  /** `count` bytes of `content`, or noise, in the place of `remove`. */
  #replace(at, remove, count, content) {
    const end = Math.min(this.#length, at + remove)
    const added = Math.min(count, CAPACITY - (this.#length - (end - at)))
    this.#bytes.copyWithin(at + added, end, this.#length)
    this.#length += added - (end - at)
    if (content === undefined) this.#random.fill(this.#bytes, at, at + added)
    else this.#bytes.set(content.subarray(0, added), at)
  }
}
