import type { RandomSource } from '../primitives/random.ts'

const CHUNK_BITS = 16
const CHUNK_RANGE = 2 ** CHUNK_BITS
/** Bytes asked of the source at a time: few calls for a vector, little waste for one number. */
const FIRST_BYTES = 64
const MOST_BYTES = 8192
/** Above this, n * 2^16 no longer fits the 53 bits of a double, and BigInt takes over. */
const MOST_SAFE = 2 ** (53 - CHUNK_BITS)

/**
 * Random bits, and the two coins that everything else here is made of. All arithmetic is on whole numbers: no
 * probability is ever rounded.
 */
export class RandomBits {
  readonly #random: RandomSource
  #bytes: Uint8Array = new Uint8Array(0)
  #used = 0
  #next = FIRST_BYTES
  #bits = 0
  #bitsLeft = 0

  constructor(random: RandomSource) {
    this.#random = random
  }

  /** A uniform integer from 0 to 65,535. */
  chunk(): number {
    if (this.#used === this.#bytes.length) this.#refill()
    const low = this.#bytes[this.#used++]!
    return low | (this.#bytes[this.#used++]! << 8)
  }

  /** A fair coin. */
  bit(): boolean {
    if (this.#bitsLeft === 0) {
      this.#bits = this.chunk()
      this.#bitsLeft = CHUNK_BITS
    }
    const bit = (this.#bits & 1) === 1
    this.#bits >>>= 1
    this.#bitsLeft--
    return bit
  }

  /** A uniform integer from 0 to `bound` - 1, for whole bounds from 1 to 2^48: drawn again where it would be biased. */
  below(bound: number): number {
    let range = 1
    for (;;) {
      range = 1
      let value = 0
      while (range < bound) {
        value = value * CHUNK_RANGE + this.chunk()
        range *= CHUNK_RANGE
      }
      // The largest multiple of `bound` in the range: beyond it, the small residues would come once too often.
      if (value < range - (range % bound)) return value % bound
    }
  }

  /**
   * True with probability exactly `numerator` / `denominator` (whole numbers, 0 <= numerator <= denominator): compares a
   * uniform real with the fraction, 16 binary places at a time, until they differ; that takes 1.00002 steps on average.
   */
  coin(numerator: number, denominator: number): boolean {
    if (denominator > MOST_SAFE) return this.bigCoin(BigInt(numerator), BigInt(denominator))
    if (numerator === denominator) return true
    for (;;) {
      const scaled = numerator * CHUNK_RANGE
      const rest = scaled % denominator
      const place = (scaled - rest) / denominator
      const drawn = this.chunk()
      if (drawn !== place) return drawn < place
      if (rest === 0) return false
      numerator = rest
    }
  }

  /** The same for numbers of any size. */
  bigCoin(numerator: bigint, denominator: bigint): boolean {
    if (denominator <= BigInt(MOST_SAFE)) return this.coin(Number(numerator), Number(denominator))
    if (numerator === denominator) return true
    for (;;) {
      const scaled = numerator << BigInt(CHUNK_BITS)
      const place = Number(scaled / denominator)
      const drawn = this.chunk()
      if (drawn !== place) return drawn < place
      numerator = scaled % denominator
      if (numerator === 0n) return false
    }
  }

  /** Overwrites what is left of the bits, and what was used of them. */
  wipe(): void {
    this.#bytes.fill(0)
    this.#used = this.#bytes.length
    this.#bits = 0
    this.#bitsLeft = 0
  }

  #refill(): void {
    this.#bytes.fill(0)
    this.#bytes = this.#random(this.#next)
    this.#used = 0
    this.#next = Math.min(2 * this.#next, MOST_BYTES)
  }
}
