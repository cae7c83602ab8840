/** An input must be done with in this time. One that takes longer is tried again: the machine may have been busy. */
const MILLISECONDS = 100
const RETRIES = 3
const MOST_FINDINGS = 10

/** What a target says of an input that breaks a promise. */
export class Broken extends Error {}

/**
 * Throws inputs at targets. A target has a `name`, a `weight`, `make(choice)`, which gives the bytes of an input, and
 * `run(bytes, choice, allocations)`, which gives the verdict ("accepted", or the code of a refusal) and throws when a
 * promise is broken; `choice` is a random word for what both have to choose.
 *
 * Every input follows from the seed and its index alone, so that a finding can be repeated.
 */
export class Fuzzer {
  /** By target: how often each verdict came. */
  counts = new Map()
  findings = []
  slowest = 0
  #random
  #targets
  #seed
  #allocations
  #announce

  /** `announce(bytes)` is told of an input before it runs: should it never end, that is how it is known. */
  constructor({ targets, random, seed, allocations, announce = () => {} }) {
    this.#random = random
    this.#seed = seed
    this.#allocations = allocations
    this.#announce = announce
    this.#targets = targets.flatMap(target => Array(target.weight).fill(target))
    for (const { name } of targets) this.counts.set(name, new Map())
  }

  get isDone() {
    return this.findings.length >= MOST_FINDINGS
  }

  /** Input number `index`. */
  step(index) {
    const random = this.#random
    random.seed(this.#seed, index)
    const target = random.pick(this.#targets)
    const choice = random.word()
    const bytes = target.make(choice)
    this.#announce(bytes)
    const verdict = this.#try(target, bytes, choice, index)
    const counts = this.counts.get(target.name)
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
  }

  #try(target, bytes, choice, index) {
    let verdict = 'broken'
    const start = performance.now()
    try {
      verdict = target.run(bytes, choice, this.#allocations)
    } catch (error) {
      this.#found(target, bytes, index, error instanceof Broken ? error.message : `it threw ${describe(error)}`)
    }
    const took = performance.now() - start
    if (took > MILLISECONDS) this.#judgeSlow(target, bytes, choice, index, took)
    else if (took > this.slowest) this.slowest = took
    return verdict
  }

  #judgeSlow(target, bytes, choice, index, took) {
    let least = took
    for (let i = 0; i < RETRIES; i++) {
      const start = performance.now()
      try {
        target.run(bytes, choice, this.#allocations)
      } catch {
        // Found already.
      }
      least = Math.min(least, performance.now() - start)
    }
    if (least > MILLISECONDS) this.#found(target, bytes, index, `it took ${least.toFixed(0)} ms`)
  }

  #found(target, bytes, index, problem) {
    this.findings.push({ target: target.name, index, problem, hex: Buffer.from(bytes).toString('hex') })
  }
}

export function describe(error) {
  return error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ''}` : String(error)
}
