import { integerOption, shown } from '../check.ts'
import { FederatedError } from '../errors.ts'
import { validateWorkerId } from '../worker.ts'
import { isCombination, smallestAtom, smallestIsolated } from './analysis.ts'
import { type BareFinding, type LeakageCriterion, type LeakageFinding, withMessage } from './finding.ts'

/** What {@link RoundLeakageGuard} is told. */
export interface RoundLeakageOptions {
  /**
   * T: no combination of released sums may contain the inputs of fewer clients than this. At least 2. The server can
   * subtract the inputs of clients that it has corrupted, so with c of them T + c hides among T honest ones.
   */
  readonly minimumIsolated: number
  /** What a round does that finds too little: end without a sum (`refuse`, the default), or say so in an event (`warn`). */
  readonly onViolation?: 'refuse' | 'warn'
  /** `isolation` by default. */
  readonly criterion?: LeakageCriterion
  /**
   * Steps after which the search for a small group is given up and its absence counts as not shown. 1,000,000 by default,
   * which takes about a second.
   */
  readonly maximumSteps?: number
}

/** A guard's options and history as plain JSON. */
export interface RoundLeakageState {
  readonly version: 1
  readonly minimumIsolated: number
  readonly onViolation: 'refuse' | 'warn'
  readonly criterion: LeakageCriterion
  readonly maximumSteps: number
  /** The survivors of each released round, oldest first. */
  readonly rounds: readonly (readonly string[])[]
}

const VERSION = 1
const DEFAULT_STEPS = 1_000_000

/**
 * Watches the survivor sets of several rounds: sums over different sets can be subtracted from each other, down to single
 * clients (So, Ali, Güler, Jiao, Avestimehr, "Securing Secure Aggregation: Mitigating Multi-Round Privacy Leakage in Federated
 * Learning", AAAI 2023, arXiv 2106.03328; T is their multi-round privacy).
 *
 * It reasons about inputs that stay the same from round to round; one guard belongs to one kind of input. Pass it as
 * `leakageGuard` to every round over that input: the round asks {@link check} before anything is unmasked, and calls
 * {@link record} when unmasking begins. It protects from who reads the sums, not from a server that does not ask it.
 *
 * Of weighted means, the released sum is that of the weighted inputs: these are what is isolated.
 *
 * ```ts
 * const leakageGuard = new RoundLeakageGuard({ minimumIsolated: 3 })
 * await secureSum(monday, { kind: 'integers', min: 0, max: 9, leakageGuard })
 * await secureSum(tuesday, { kind: 'integers', min: 0, max: 9, leakageGuard })
 * ```
 */
export class RoundLeakageGuard {
  readonly minimumIsolated: number
  readonly onViolation: 'refuse' | 'warn'
  readonly criterion: LeakageCriterion
  readonly #maximumSteps: number
  readonly #history: (readonly string[])[] = []
  /** The rounds of which all others are combinations: they tell all there is to tell. */
  readonly #independent: { readonly round: number; readonly clients: ReadonlySet<string> }[] = []

  /** @throws {FederatedError} `invalid-option` */
  constructor(options: RoundLeakageOptions) {
    const { minimumIsolated, onViolation = 'refuse', criterion = 'isolation', maximumSteps } = options
    this.minimumIsolated = integerOption('minimumIsolated', minimumIsolated, 2)
    this.onViolation = oneOf('onViolation', onViolation, ['refuse', 'warn'])
    this.criterion = oneOf('criterion', criterion, ['isolation', 'batches'])
    this.#maximumSteps = integerOption('maximumSteps', maximumSteps ?? DEFAULT_STEPS, 1)
  }

  /** The survivors of each released round, oldest first. */
  get history(): readonly (readonly string[])[] {
    return this.#history.slice()
  }

  /**
   * What releasing the sum over these clients would give away, with all sums recorded so far. It records nothing. A sum that is
   * a combination of recorded ones tells nothing new and is never found fault with.
   *
   * @returns undefined when nothing speaks against it
   * @throws {FederatedError} when the survivors are not distinct worker ids, at least one
   */
  check(survivors: Iterable<string>): LeakageFinding | undefined {
    const clients = clientSet(survivors)
    if (this.#isKnown(clients)) return undefined
    const finding = this.#findingFor([...this.#independent, { round: this.#history.length, clients }])
    return finding && withMessage(finding, this.minimumIsolated)
  }

  /**
   * Notes that the sum over these clients is, or may be, known: also one whose round failed while unmasking.
   *
   * @throws {FederatedError} when the survivors are not distinct worker ids, at least one
   */
  record(survivors: Iterable<string>): void {
    const clients = clientSet(survivors)
    const round = this.#history.length
    if (!this.#isKnown(clients)) this.#independent.push({ round, clients })
    this.#history.push(Object.freeze([...clients]))
  }

  /** For `JSON.stringify`; {@link RoundLeakageGuard.from} takes it back. It holds worker ids, and nothing else of theirs. */
  toJSON(): RoundLeakageState {
    return {
      version: VERSION,
      minimumIsolated: this.minimumIsolated,
      onViolation: this.onViolation,
      criterion: this.criterion,
      maximumSteps: this.#maximumSteps,
      rounds: this.history,
    }
  }

  /**
   * A guard with the history of another one, from its parsed JSON.
   *
   * @throws {FederatedError} `invalid-option` and others, when it is not the state of a guard
   */
  static from(state: RoundLeakageState): RoundLeakageGuard {
    if (typeof state !== 'object' || state === null || state.version !== VERSION || !Array.isArray(state.rounds)) {
      throw invalid(`The state of a leakage guard has version: ${VERSION} and an array of rounds; this has not.`)
    }
    const guard = new RoundLeakageGuard(state)
    for (const survivors of state.rounds) guard.record(survivors)
    return guard
  }

  #isKnown(clients: ReadonlySet<string>): boolean {
    return isCombination(
      this.#independent.map(known => known.clients),
      clients,
    )
  }

  #findingFor(rounds: readonly { readonly round: number; readonly clients: ReadonlySet<string> }[]) {
    const sums = rounds.map(({ clients }) => clients)
    const leakage = smallestIsolated(sums, this.minimumIsolated, { maximumSteps: this.#maximumSteps })
    if (leakage?.kind === 'isolated') {
      const { clients, coefficients } = leakage
      const combination = rounds
        .map(({ round }, i) => ({ round, coefficient: coefficients[i]! }))
        .filter(({ coefficient }) => coefficient !== 0n)
      const alreadyReleased = coefficients.at(-1) === 0n
      return { reason: 'isolated', clients, combination, alreadyReleased } satisfies BareFinding
    }
    const none = { combination: [], alreadyReleased: false }
    const atom = this.criterion === 'batches' ? smallestAtom(sums, this.minimumIsolated) : undefined
    if (atom !== undefined) return { reason: 'split-batch', clients: atom, ...none } satisfies BareFinding
    if (leakage === undefined) return undefined
    return { reason: 'undecided', clients: leakage.clients, ...none } satisfies BareFinding
  }
}

function clientSet(survivors: Iterable<string>): ReadonlySet<string> {
  if (typeof survivors !== 'object' || survivors === null || !(Symbol.iterator in survivors)) {
    throw invalid(`Survivors must be an array or another iterable of worker ids, not ${shown(survivors)}.`)
  }
  const ids = [...survivors]
  for (const [index, id] of ids.entries()) validateWorkerId(id, `Survivor ${index}`)
  const clients = new Set(ids)
  if (clients.size === 0) throw new FederatedError('no-workers', 'A sum is over at least one survivor.')
  if (clients.size < ids.length) throw new FederatedError('duplicate-worker', 'The survivors name a worker twice.')
  return clients
}

function oneOf<T extends string>(where: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value
  throw invalid(`${where} must be ${allowed.map(one => `'${one}'`).join(' or ')}.`)
}

function invalid(message: string): FederatedError {
  return new FederatedError('invalid-option', message)
}
