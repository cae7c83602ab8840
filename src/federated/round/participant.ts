import { SecAggClient, type SecAggClientOptions } from '../../secagg/client/index.ts'
import { resolvePolicy } from '../../secagg/client/policy.ts'
import type { EncodingPlan, RingVector } from '../../secagg/encoding/index.ts'
import { RefusalError } from '../../secagg/errors.ts'
import { decodeServerMessage, encodeMessage } from '../../secagg/messages/frame.ts'
import { limitsFor, type MessageLimits } from '../../secagg/messages/limits.ts'
import type { ClientMessage, ServerMessage } from '../../secagg/messages/message.ts'
import { noisePolicy } from './agreement.ts'
import { contextOf, planOf, type RoundAnnouncement } from './announcement.ts'
import { type Contributor, encodedContribution } from './contribution.ts'

export { ContributionError } from './contribution.ts'

/** What a participant brings besides its input. */
export interface Credentials extends Pick<SecAggClientOptions, 'policy' | 'identity' | 'knownKeys' | 'sessions'> {
  /**
   * The least noise multiplier that will do in the worst case: a server must not talk a worker out of its noise. 0 by
   * default, which is no noise at all.
   */
  readonly leastNoiseMultiplier?: number
}

export interface ParticipantOptions extends Credentials, Contributor {}

/** When a participant computed, for how long, and whether an input came out. */
export interface Computation {
  /** By `performance.now()`. */
  readonly started: number
  readonly seconds: number
  readonly succeeded: boolean
}

/**
 * A worker's side of one aggregation: bytes in, bytes out. The same whether the bytes cross a network or not. It trains
 * when its shares are dealt, so that at most one update per process is held in clear.
 */
export class Participant {
  readonly id: string
  readonly #options: ParticipantOptions
  readonly #announcement: RoundAnnouncement
  readonly #plan: EncodingPlan
  readonly #limits: MessageLimits
  readonly #client: SecAggClient
  /** From the shares dealt until the input is asked for: it is computed once, whatever the server sends. */
  #awaitsDelivery = false
  #computation: Computation | undefined

  /**
   * @throws RefusalError when the policy does not allow what is announced, or it does not fit together.
   * @throws UsageError when the options do not.
   */
  constructor(announcement: RoundAnnouncement, options: ParticipantOptions) {
    const { id, identity, knownKeys, sessions, leastNoiseMultiplier = 0 } = options
    this.id = id
    this.#options = options
    this.#announcement = announcement
    this.#plan = planOf(announcement, id)
    checkNoise(this.#plan, leastNoiseMultiplier, id)
    const policy = noisePolicy(resolvePolicy(options.policy), this.#plan)
    this.#limits = limitsFor(announcement.parameters)
    this.#client = new SecAggClient({
      id,
      session: announcement.session,
      parameters: announcement.parameters,
      context: contextOf(announcement),
      policy,
      ...(identity && { identity }),
      ...(knownKeys && { knownKeys }),
      ...(sessions && { sessions }),
    })
  }

  /** What the policy in force deserves to be warned of. */
  get warnings(): readonly string[] {
    return this.#client.warnings
  }

  /** The message that joins the aggregation. */
  join(): Uint8Array[] {
    return [encodeMessage(this.#client.advertiseKeys())]
  }

  /**
   * Answers one message of the server.
   *
   * @throws DecodeError, RefusalError: this participant is out of the aggregation, and nothing of it was given away.
   * @throws ContributionError when its own input could not be computed or encoded; the reason of `signal` when it aborts.
   */
  async answer(bytes: Uint8Array): Promise<Uint8Array[]> {
    const answers = await this.#answer(decodeServerMessage(bytes, this.#limits))
    return answers.map(encodeMessage)
  }

  /** The computation of the input, once it has ended; it is told once. */
  takeComputation(): Computation | undefined {
    const computation = this.#computation
    this.#computation = undefined
    return computation
  }

  /** Leaves without a word: a dropout. */
  leave(): void {
    this.#client.abandon('it has left')
  }

  async #answer(message: ServerMessage): Promise<ClientMessage[]> {
    switch (message.type) {
      case 'Roster': {
        const shares = await this.#client.shareKeys(message)
        this.#awaitsDelivery = true
        return [shares]
      }
      case 'ShareDelivery':
        return this.#client.maskInput(message, await this.#input())
      case 'Survivors':
        return [this.#client.confirmSurvivors(message)]
      case 'UnmaskingRequest':
        return [this.#client.unmask(message)]
    }
  }

  async #input(): Promise<RingVector> {
    if (!this.#awaitsDelivery) {
      this.leave()
      const message = 'a ShareDelivery came when none was due'
      throw new RefusalError('out-of-round', message, { round: 'MaskedInputCollection', clientId: this.id })
    }
    this.#awaitsDelivery = false
    const started = performance.now()
    let succeeded = false
    try {
      const { vector } = await encodedContribution(this.#plan, this.#announcement, this.#options)
      succeeded = true
      return vector
    } catch (error) {
      this.leave()
      throw error
    } finally {
      this.#computation = { started, seconds: (performance.now() - started) / 1000, succeeded }
    }
  }
}

function checkNoise({ noise }: EncodingPlan, least: number, clientId: string): void {
  const multiplier = noise?.noiseMultiplier ?? 0
  if (multiplier >= least) return
  const message = `the announced noise multiplier is ${multiplier.toPrecision(4)}, where this worker asks for ${least}`
  throw new RefusalError('too-little-noise', message, { round: 'AdvertiseKeys', clientId })
}
