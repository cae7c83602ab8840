import { SecAggClient, type SecAggClientOptions } from '../../secagg/client/index.ts'
import { type EncodingPlan, encodeInput } from '../../secagg/encoding/index.ts'
import { SecAggError, UsageError } from '../../secagg/errors.ts'
import { decodeServerMessage, encodeMessage } from '../../secagg/messages/frame.ts'
import { limitsFor, type MessageLimits } from '../../secagg/messages/limits.ts'
import type { ClientMessage } from '../../secagg/messages/message.ts'
import { contextOf, planOf, type RoundAnnouncement } from './announcement.ts'
import { type Contribute, roundingKey } from './contribution.ts'

/** What a participant brings besides its input. */
export type Credentials = Pick<SecAggClientOptions, 'policy' | 'identity' | 'knownKeys' | 'sessions'>

export interface ParticipantOptions extends Credentials {
  readonly id: string
  readonly contribute: Contribute
  /** Seed of the stochastic rounding; fresh randomness when absent. */
  readonly roundingSeed?: number
  readonly signal?: AbortSignal
}

/** A failure of the contribution itself, on the participant's own side. */
export class ContributionError extends SecAggError {
  override readonly name = 'ContributionError'
}

/**
 * A worker's side of one aggregation: bytes in, bytes out. The same whether the bytes cross a network or not. It trains
 * when its shares are dealt, so that at most one update per process is held in clear.
 */
export class Participant {
  readonly id: string
  /** Seconds spent on the contribution itself: training, for a worker. */
  contributionSeconds = 0
  readonly #options: ParticipantOptions
  readonly #announcement: RoundAnnouncement
  readonly #plan: EncodingPlan
  readonly #limits: MessageLimits
  readonly #client: SecAggClient

  /** @throws RefusalError when the policy does not allow what is announced. */
  constructor(announcement: RoundAnnouncement, options: ParticipantOptions) {
    const { id, policy, identity, knownKeys, sessions } = options
    this.id = id
    this.#options = options
    this.#announcement = announcement
    this.#plan = planOf(announcement, id)
    this.#limits = limitsFor(announcement.parameters)
    this.#client = new SecAggClient({
      id,
      session: announcement.session,
      parameters: announcement.parameters,
      context: contextOf(announcement),
      ...(policy && { policy }),
      ...(identity && { identity }),
      ...(knownKeys && { knownKeys }),
      ...(sessions && { sessions }),
    })
  }

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
   * @throws ContributionError when its own input could not be computed or encoded.
   */
  async answer(bytes: Uint8Array): Promise<Uint8Array[]> {
    const message = decodeServerMessage(bytes, this.#limits)
    const answers = async (): Promise<ClientMessage[]> => {
      switch (message.type) {
        case 'Roster':
          return [await this.#client.shareKeys(message)]
        case 'ShareDelivery':
          return this.#client.maskInput(message, await this.#input())
        case 'Survivors':
          return [this.#client.confirmSurvivors(message)]
        case 'UnmaskingRequest':
          return [this.#client.unmask(message)]
      }
    }
    return (await answers()).map(encodeMessage)
  }

  /** Leaves without a word: a dropout. */
  leave(): void {
    this.#client.abandon('it has left')
  }

  async #input() {
    const { id, contribute, roundingSeed, signal } = this.#options
    const started = performance.now()
    try {
      const input = await contribute(this.#announcement, signal)
      this.contributionSeconds = (performance.now() - started) / 1000
      const key = roundingKey(roundingSeed, this.#announcement.federatedRound, id)
      return (await encodeInput(this.#plan, input, key)).vector
    } catch (error) {
      this.leave()
      signal?.throwIfAborted()
      const code = error instanceof UsageError ? error.code : 'contribution-failed'
      const why = error instanceof Error ? error.message : String(error)
      throw new ContributionError(code, `"${id}" has no input to give: ${why}`, { clientId: id, cause: error })
    }
  }
}
