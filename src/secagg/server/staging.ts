import { RingVector } from '../encoding/ring.ts'
import type { MaskedInput } from '../messages/masked-input.ts'
import type { ResolvedParameters } from '../parameters.ts'
import { equalBytes } from '../primitives/bytes.ts'
import { ACCEPTED, type Receipt, rejected } from './reasons.ts'

interface StagedInput {
  readonly vector: RingVector
  readonly digest: Uint8Array
  readonly ranges: Set<number>
}

/**
 * Puts ranges of masked inputs together. An input reaches the running sum only when it is complete and its digest is
 * right, so a client that stops half-way leaves no trace; and only so many are held at once.
 */
export class Staging {
  readonly #parameters: ResolvedParameters
  readonly #most: number
  readonly #digestOf: (vector: RingVector) => Uint8Array
  readonly #staged = new Map<string, StagedInput>()

  /** @param digestOf - what the digest of a complete input must be */
  constructor(parameters: ResolvedParameters, most: number, digestOf: (vector: RingVector) => Uint8Array) {
    this.#parameters = parameters
    this.#most = most
    this.#digestOf = digestOf
  }

  /** Takes one range; `complete` is called with the whole vector when this was the last one missing. */
  receive(message: MaskedInput, complete: (vector: RingVector) => void): Receipt {
    const problem = this.#shapeProblem(message)
    if (problem !== undefined) return problem
    const { sender, digest, firstEntry, range } = message
    if (range.length === this.#parameters.vectorLength) return this.#finish(sender, range, digest, complete)

    const staged = this.#staged.get(sender) ?? this.#open(message)
    if (staged === undefined) {
      return rejected('staging-full', `${this.#most} inputs are incomplete already: send this range again later`)
    }
    if (!equalBytes(staged.digest, digest))
      return rejected('malformed', `the ranges of "${sender}" name different digests`)
    if (staged.ranges.has(firstEntry))
      return rejected('duplicate', `"${sender}" has sent the range at ${firstEntry} already`)
    staged.vector.words.set(range.words, firstEntry * range.lanes)
    staged.ranges.add(firstEntry)
    const ranges = Math.ceil(this.#parameters.vectorLength / this.#parameters.rangeLength)
    return staged.ranges.size === ranges ? this.#finish(sender, staged.vector, digest, complete) : ACCEPTED
  }

  discard(sender: string): void {
    this.#staged.delete(sender)
  }

  clear(): void {
    this.#staged.clear()
  }

  #shapeProblem({ sender, vectorLength, firstEntry, range, digest }: MaskedInput): Receipt | undefined {
    const { vectorLength: length, modulusBits, rangeLength } = this.#parameters
    if (vectorLength !== length || range.modulusBits !== modulusBits || digest.length !== 32) {
      return rejected(
        'malformed',
        `"${sender}" sent ${vectorLength} entries modulo 2^${range.modulusBits}; this sum has ${length} modulo 2^${modulusBits}`,
      )
    }
    const onGrid = Number.isInteger(firstEntry) && firstEntry >= 0 && firstEntry % rangeLength === 0
    if (
      !onGrid ||
      (firstEntry > 0 && firstEntry >= length) ||
      range.length !== Math.min(rangeLength, length - firstEntry)
    ) {
      return rejected(
        'malformed',
        `"${sender}" sent a range of ${range.length} at ${firstEntry}, which is none of this vector's`,
      )
    }
    return undefined
  }

  #open({ sender, digest }: MaskedInput): StagedInput | undefined {
    if (this.#staged.size >= this.#most) return undefined
    const { vectorLength, modulusBits } = this.#parameters
    const staged = { vector: RingVector.zeros(vectorLength, modulusBits), digest, ranges: new Set<number>() }
    this.#staged.set(sender, staged)
    return staged
  }

  #finish(sender: string, vector: RingVector, digest: Uint8Array, complete: (vector: RingVector) => void): Receipt {
    this.#staged.delete(sender)
    if (!equalBytes(this.#digestOf(vector), digest)) {
      return rejected(
        'digest-mismatch',
        `the masked input of "${sender}" did not arrive as it was sent, or was masked for another cohort`,
      )
    }
    complete(vector)
    return ACCEPTED
  }
}
