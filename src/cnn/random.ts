/** 2^32, the number of values of a 32-bit word. */
const WORDS = 2 ** 32

/**
 * A small deterministic generator for initial weights and batch order: xoshiro128** 1.1 (Blackman and Vigna, "Scrambled
 * linear pseudorandom number generators", ACM TOMS 47, 2021), its state filled by splitmix32. Only integer arithmetic,
 * so a seed gives the same numbers in every JavaScript engine. Not for secrets: it can be predicted from its outputs.
 */
export class SeededRandom {
  readonly #state: Uint32Array = new Uint32Array(4)

  /** @param seed - a safe integer, at least 0; all its 53 bits count. */
  constructor(seed: number) {
    let counter = (seed ^ Math.imul(Math.floor(seed / WORDS), 0x9e3779b1)) >>> 0
    for (let i = 0; i < 4; i++) {
      counter = (counter + 0x9e3779b9) >>> 0
      this.#state[i] = mix(counter)
    }
  }

  /** The next 32 bits, as an integer from 0 to 2^32 - 1. */
  nextWord(): number {
    return xoshiro128StarStar(this.#state)
  }

  /** A number in [0, 1), a multiple of 2^-32. */
  nextUnit(): number {
    return this.nextWord() / WORDS
  }

  /** An integer from 0 to `bound` - 1, without bias: words in the last, incomplete run of `bound` are thrown away. */
  nextBelow(bound: number): number {
    const limit = WORDS - (WORDS % bound)
    let word = this.nextWord()
    while (word >= limit) word = this.nextWord()
    return word % bound
  }

  /** Permutes `values` in place, every permutation equally likely (Fisher-Yates). */
  shuffle(values: Uint32Array): void {
    for (let last = values.length - 1; last > 0; last--) {
      const other = this.nextBelow(last + 1)
      const held = values[last]!
      values[last] = values[other]!
      values[other] = held
    }
  }
}

/** Advances `state` (4 words, not all 0) and returns its output, an integer from 0 to 2^32 - 1. */
export function xoshiro128StarStar(state: Uint32Array): number {
  const s = state as unknown as [number, number, number, number]
  const result = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0
  const t = s[1] << 9
  s[2] ^= s[0]
  s[3] ^= s[1]
  s[1] ^= s[2]
  s[0] ^= s[3]
  s[2] ^= t
  s[3] = rotateLeft(s[3], 11)
  return result
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

/** The finalizer of splitmix32 (constants of MurmurHash3's 32-bit finalizer). */
function mix(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
  return (word ^ (word >>> 16)) >>> 0
}
