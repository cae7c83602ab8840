import type { RingVector } from '../../secagg/encoding/index.ts'
import { AggregationAbortedError, type ProtocolRound, SecAggError } from '../../secagg/errors.ts'
import { decodeClientMessage, encodeMessage } from '../../secagg/messages/frame.ts'
import { limitsFor } from '../../secagg/messages/limits.ts'
import type { AggregationParameters } from '../../secagg/parameters.ts'
import type { SecAggServer } from '../../secagg/server/index.ts'
import type { DroppedWorker, PhaseReport, RoundListener } from './events.ts'
import { ContributionError, type Participant } from './participant.ts'

const PROTOCOL_ROUNDS: readonly ProtocolRound[] = [
  'AdvertiseKeys',
  'ShareKeys',
  'MaskedInputCollection',
  'ConsistencyCheck',
  'Unmasking',
]

/** A participant, or why there is none: a client may refuse a round before it says a word. */
export interface Seat {
  readonly id: string
  readonly participant: Participant | undefined
  readonly refusal?: SecAggError
  /** From this protocol round on the participant is silent: a simulated dropout. */
  readonly silentFrom: ProtocolRound | undefined
}

export interface CoordinatorOptions {
  readonly server: SecAggServer
  readonly parameters: AggregationParameters
  readonly seats: readonly Seat[]
  readonly onEvent: RoundListener
  readonly signal: AbortSignal | undefined
  /** Bytes of what opens the round, per participant: the model. */
  readonly announcementBytes: number
  /** A participant whose own input fails ends the aggregation at once, instead of being a dropout. */
  readonly failFast: boolean
}

/** What one aggregation over participants came to. */
export interface CoordinatedSum {
  readonly sum: RingVector
  readonly survivors: readonly string[]
  readonly dropped: readonly DroppedWorker[]
  readonly phases: readonly PhaseReport[]
}

/**
 * Drives a {@link SecAggServer} over participants, one at a time: everything that passes between them is bytes, encoded
 * and decoded as on a network, so nothing else can.
 */
export class Coordinator {
  readonly #options: CoordinatorOptions
  readonly #phases: PhaseReport[] = []
  /** Why a participant stopped answering, as far as it said so itself. */
  readonly #failures = new Map<string, SecAggError>()
  #trained = 0
  #trainingSeconds = 0

  constructor(options: CoordinatorOptions) {
    this.#options = options
    for (const { id, refusal } of options.seats) if (refusal !== undefined) this.#failures.set(id, refusal)
  }

  /** @throws AggregationAbortedError when no sum comes out; the abort reason of `signal` when it was aborted. */
  async run(): Promise<CoordinatedSum> {
    const { server, seats, signal } = this.#options
    try {
      return await this.#run()
    } catch (error) {
      server.abort()
      if (signal?.aborted) throw signal.reason
      if (error instanceof SecAggError) {
        this.#options.onEvent({ type: 'aborted', code: error.code, message: error.message })
      }
      throw error
    } finally {
      for (const { participant } of seats) participant?.leave()
    }
  }

  async #run(): Promise<CoordinatedSum> {
    const { server, seats } = this.#options
    let round: ProtocolRound = 'AdvertiseKeys'
    let inbox: ReadonlyMap<string, Uint8Array | undefined> = new Map(seats.map(({ id }) => [id, undefined]))
    for (;;) {
      const outcome = await this.#collect(round, inbox)
      if (outcome.kind === 'aborted') throw this.#abortError(outcome.round, outcome.reason, outcome.detail)
      if (outcome.kind === 'finished') break
      round = outcome.round
      inbox = new Map(Array.from(outcome.messages, ([id, message]) => [id, encodeMessage(message)]))
    }
    const { sum, survivors, setAside } = await server.sum()
    for (const { dealer, holder } of setAside) {
      const message = `a wrong share of "${dealer}", held by "${holder}", was set aside`
      this.#options.onEvent({ type: 'warning', code: 'share-set-aside', message })
    }
    return { sum, survivors, dropped: this.#dropped(), phases: this.#phases }
  }

  /** One protocol round: delivers what opens it, takes the answers, closes it. */
  async #collect(round: ProtocolRound, inbox: ReadonlyMap<string, Uint8Array | undefined>) {
    const { server, seats, onEvent, signal } = this.#options
    onEvent({ type: 'phase-started', phase: round, expected: inbox.size })
    const started = performance.now()
    const trainingBefore = this.#trainingSeconds
    const droppedBefore = new Set(server.dropped.map(({ id }) => id))
    const traffic = { up: 0, down: 0, clients: 0 }
    for (const seat of seats) {
      if (!inbox.has(seat.id)) continue
      signal?.throwIfAborted()
      const message = inbox.get(seat.id)
      traffic.down += message?.length ?? 0
      const answers = isSilent(seat, round) ? [] : await this.#ask(seat.participant, message)
      for (const answer of answers) {
        traffic.up += answer.length
        this.#receive(answer)
      }
      if (answers.length > 0) traffic.clients++
    }
    const outcome = await server.closeRound()
    const training = this.#trainingSeconds - trainingBefore
    if (round === 'MaskedInputCollection') this.#reportTraining()
    const seconds = (performance.now() - started) / 1000 - training
    this.#report({ phase: round, seconds, bytesUp: traffic.up, bytesDown: traffic.down, clients: traffic.clients })
    for (const dropped of this.#dropped()) {
      if (!droppedBefore.has(dropped.id)) onEvent({ type: 'worker-dropped', dropped })
    }
    return outcome
  }

  async #ask(participant: Participant | undefined, message: Uint8Array | undefined): Promise<Uint8Array[]> {
    if (participant === undefined) return []
    try {
      const answers = message === undefined ? participant.join() : await participant.answer(message)
      this.#recordTraining(participant)
      return answers
    } catch (error) {
      this.#options.signal?.throwIfAborted()
      if (!(error instanceof SecAggError)) throw error
      if (error instanceof ContributionError && this.#options.failFast) throw error
      this.#failures.set(participant.id, error)
      return []
    }
  }

  #receive(bytes: Uint8Array): void {
    const { server, parameters, onEvent } = this.#options
    const receipt = server.receive(decodeClientMessage(bytes, limitsFor(parameters)))
    if (!receipt.accepted) onEvent({ type: 'warning', code: receipt.reason, message: receipt.detail })
  }

  #recordTraining(participant: Participant): void {
    const { id, contributionSeconds } = participant
    if (contributionSeconds === 0) return
    participant.contributionSeconds = 0
    this.#trained++
    this.#trainingSeconds += contributionSeconds
    this.#options.onEvent({ type: 'worker-trained', worker: id, seconds: contributionSeconds })
  }

  #reportTraining(): void {
    const bytesDown = this.#options.seats.length * this.#options.announcementBytes
    const { onEvent } = this.#options
    const report = {
      phase: 'Training',
      seconds: this.#trainingSeconds,
      bytesUp: 0,
      bytesDown,
      clients: this.#trained,
    } as const
    this.#phases.unshift(report)
    onEvent({ type: 'phase-finished', report })
  }

  #report(report: PhaseReport): void {
    this.#phases.push(report)
    this.#options.onEvent({ type: 'phase-finished', report })
  }

  #dropped(): DroppedWorker[] {
    return this.#options.server.dropped.map(({ id, round, reason }) => {
      const failure = this.#failures.get(id)
      if (failure === undefined) return { id, round, reason }
      const code = failure instanceof ContributionError ? 'failed' : failure.code
      return { id, round, reason: code, detail: failure.message }
    })
  }

  #abortError(round: ProtocolRound, reason: string, detail: string): AggregationAbortedError {
    const failures = Array.from(this.#failures.values(), failure => failure.message)
    const because = failures.length === 0 ? '' : `. ${failures.slice(0, 3).join(' ')}`
    const cause = this.#failures.values().next().value
    return new AggregationAbortedError(reason, `${round}: ${detail}${because}`, { round, ...(cause && { cause }) })
  }
}

function isSilent({ silentFrom }: Seat, round: ProtocolRound): boolean {
  return silentFrom !== undefined && PROTOCOL_ROUNDS.indexOf(round) >= PROTOCOL_ROUNDS.indexOf(silentFrom)
}
