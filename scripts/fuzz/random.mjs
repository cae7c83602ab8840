/** A fast generator (xoshiro128**, Blackman and Vigna) that is seeded anew for every input. For fuzzing only. */
export class Random {
  #a = 1
  #b = 2
  #c = 3
  #d = 4

  /** The same two numbers give the same draws. */
  seed(seed, index) {
    let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index, 0x85ebca77)) >>> 0
    const next = () => {
      state = (state + 0x9e3779b9) >>> 0
      let z = state
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
      return (z ^ (z >>> 16)) >>> 0
    }
    this.#a = next()
    this.#b = next()
    this.#c = next()
    this.#d = next() | 1
  }

  /** 32 bits. */
  word() {
    const s = Math.imul(this.#b, 5)
    const result = Math.imul((s << 7) | (s >>> 25), 9) >>> 0
    const t = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= t
    this.#d = (this.#d << 11) | (this.#d >>> 21)
    return result
  }

  /** From 0 to `bound` - 1. */
  below(bound) {
    return Math.floor((this.word() / 2 ** 32) * bound)
  }

  chance(percent) {
    return this.below(100) < percent
  }

  pick(list) {
    return list[this.below(list.length)]
  }

  fill(bytes, start = 0, end = bytes.length) {
    let i = start
    for (; i + 4 <= end; i += 4) {
      const word = this.word()
      bytes[i] = word
      bytes[i + 1] = word >>> 8
      bytes[i + 2] = word >>> 16
      bytes[i + 3] = word >>> 24
    }
    for (; i < end; i++) bytes[i] = this.word() >>> 8
  }
}
