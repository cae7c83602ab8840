import type { RingVector } from '../../secagg/encoding/index.ts'
import { AggregationAbortedError, DecodeError, type ProtocolRound, SecAggError } from '../../secagg/errors.ts'
import { decodeClientMessage, encodeMessage } from '../../secagg/messages/frame.ts'
import { limitsFor } from '../../secagg/messages/limits.ts'
import type { AggregationParameters } from '../../secagg/parameters.ts'
import type { RoundOutcome, SecAggServer } from '../../secagg/server/index.ts'
import { inOrder } from '../in-order.ts'
import { admitSum, checkGuard, warnOfCohort } from '../leakage/admission.ts'
import type { RoundLeakageGuard } from '../leakage/guard.ts'
import { ContributionError } from './contribution.ts'
import type { DroppedWorker, MessageListener, PhaseReport, RoundListener } from './events.ts'
import type { Participant } from './participant.ts'

const PROTOCOL_ROUNDS: readonly ProtocolRound[] = [
  'AdvertiseKeys',
  'ShareKeys',
  'MaskedInputCollection',
  'ConsistencyCheck',
  'Unmasking',
]

/** How the coordinator reaches one participant. */
export type Peer = Pick<Participant, 'id' | 'join' | 'answer' | 'takeComputation' | 'leave'>

/** A participant, or why there is none: a client may refuse a round before it says a word. */
export interface Seat {
  readonly id: string
  readonly participant: Peer | undefined
  readonly refusal?: SecAggError
  /** From this protocol round on the participant is silent: a simulated dropout. */
  readonly silentFrom: ProtocolRound | undefined
}

export interface CoordinatorOptions {
  readonly server: SecAggServer
  readonly parameters: AggregationParameters
  readonly seats: readonly Seat[]
  readonly onEvent: RoundListener
  /** Sees what the server gets. */
  readonly onMessage?: MessageListener | undefined
  readonly signal: AbortSignal | undefined
  /** What the participants compute before they mask, to be timed apart; nothing when the inputs are there already. */
  readonly computation: 'Training' | 'Evaluation' | undefined
  /** Bytes of what opens the round, per participant: the model. */
  readonly announcementBytes: number
  /** A participant whose own input fails ends the aggregation at once, instead of being a dropout. */
  readonly failFast: boolean
  /** How many participants compute at the same time. */
  readonly concurrency: number
  /** Has a say before the sum is unmasked. */
  readonly leakageGuard?: RoundLeakageGuard | undefined
}

/** What one aggregation over participants came to. */
export interface CoordinatedSum {
  readonly sum: RingVector
  readonly survivors: readonly string[]
  readonly dropped: readonly DroppedWorker[]
  readonly phases: readonly PhaseReport[]
}

/** The messages that open a round, encoded; nobody has anything to answer in AdvertiseKeys. */
type Inbox = ReadonlyMap<string, Uint8Array | undefined>

/**
 * Drives a {@link SecAggServer} over participants, one at a time but where several compute at once: everything that passes between them is bytes, encoded
 * and decoded as on a network, so nothing else can.
 */
export class Coordinator {
  readonly #options: CoordinatorOptions
  readonly #phases: PhaseReport[] = []
  /** Why a participant stopped answering, as far as it said so itself. */
  readonly #failures = new Map<string, SecAggError>()
  readonly #computed = { clients: 0, seconds: 0 }
  #computedUntil = 0
  #unmasking = false

  constructor(options: CoordinatorOptions) {
    checkGuard(options.leakageGuard)
    this.#options = options
    for (const { id, refusal } of options.seats) if (refusal !== undefined) this.#failures.set(id, refusal)
  }

  /** Whether shares were asked for that unmask the sum: from then on it may be known, however the aggregation ends. */
  get unmasking(): boolean {
    return this.#unmasking
  }

  /**
   * Runs the aggregation, once. However it ends, all participants have left.
   *
   * @throws AggregationAbortedError when no sum comes out; the abort reason of `signal` when it was aborted.
   */
  async run(): Promise<CoordinatedSum> {
    const { server, seats } = this.#options
    try {
      return await this.#run()
    } finally {
      server.abort()
      for (const { participant } of seats) participant?.leave()
    }
  }

  async #run(): Promise<CoordinatedSum> {
    const { server, seats, signal, leakageGuard, onEvent } = this.#options
    const invited = seats.map(({ id }) => id)
    warnOfCohort(leakageGuard, invited, onEvent)
    let summed: readonly string[] = invited
    let round: ProtocolRound = 'AdvertiseKeys'
    let inbox: Inbox = new Map(seats.map(({ id }) => [id, undefined]))
    for (;;) {
      const outcome = await this.#runRound(round, inbox)
      if (outcome.kind === 'aborted') throw this.#abortError(outcome)
      if (outcome.kind === 'finished') break
      // What follows MaskedInputCollection goes to every survivor, in all threat models.
      if (round === 'MaskedInputCollection') summed = this.#inOrder(outcome.messages.keys())
      if (outcome.round === 'Unmasking') admitSum(leakageGuard, summed, onEvent)
      round = outcome.round
      inbox = new Map(Array.from(outcome.messages, ([id, message]) => [id, encodeMessage(message)]))
    }
    signal?.throwIfAborted()
    const { sum, survivors, setAside } = await server.sum()
    for (const { dealer, holder } of setAside) {
      const message = `a wrong share of "${dealer}", held by "${holder}", was set aside`
      this.#options.onEvent({ type: 'warning', code: 'share-set-aside', message })
    }
    return { sum, survivors: this.#inOrder(survivors), dropped: this.#dropped(), phases: this.#phases }
  }

  /** One protocol round: delivers what opens it, takes the answers, closes it, reports. */
  async #runRound(round: ProtocolRound, inbox: Inbox): Promise<RoundOutcome> {
    const { server, onEvent, computation } = this.#options
    const computing = round === 'MaskedInputCollection' ? computation : undefined
    const started = performance.now()
    const droppedBefore = new Set(server.dropped.map(({ id }) => id))
    if (round === 'Unmasking') this.#unmasking = true
    onEvent({ type: 'phase-started', phase: round, expected: inbox.size })
    if (computing !== undefined) onEvent({ type: 'phase-started', phase: computing, expected: inbox.size })
    const traffic = await this.#collect(round, inbox)
    const outcome = await server.closeRound()
    if (computing !== undefined) this.#reportComputation(computing)
    const apart = round === 'MaskedInputCollection' ? this.#computed.seconds : 0
    const seconds = Math.max(0, (performance.now() - started) / 1000 - apart)
    const report = { phase: round, seconds, ...traffic }
    this.#phases.push(report)
    onEvent({ type: 'phase-finished', report })
    for (const dropped of this.#dropped()) {
      if (!droppedBefore.has(dropped.id)) onEvent({ type: 'worker-dropped', dropped })
    }
    return outcome
  }

  async #collect(round: ProtocolRound, inbox: Inbox): Promise<Pick<PhaseReport, 'bytesUp' | 'bytesDown' | 'clients'>> {
    const { seats, signal, computation, concurrency, onMessage } = this.#options
    const traffic = { bytesUp: 0, bytesDown: 0, clients: 0 }
    const asked = seats.filter(({ id }) => inbox.has(id))
    // Only where participants compute is there anything to be gained: the protocol's own work is this thread's.
    const limit = round === 'MaskedInputCollection' && computation !== undefined ? concurrency : 1
    const exchange = async (seat: Seat) => {
      signal?.throwIfAborted()
      const message = inbox.get(seat.id)
      traffic.bytesDown += message?.length ?? 0
      if (seat.participant === undefined || isSilent(seat, round)) return { seat, answers: [] }
      return { seat, answers: await this.#ask(seat.participant, message) }
    }
    for await (const { seat, answers } of inOrder(asked, limit, exchange)) {
      if (seat.participant !== undefined) this.#recordComputation(seat.participant)
      for (const answer of answers) {
        traffic.bytesUp += answer.length
        onMessage?.({ worker: seat.id, round, bytes: answer.slice() })
        this.#receive(answer)
      }
      if (answers.length > 0) traffic.clients++
    }
    signal?.throwIfAborted()
    return traffic
  }

  async #ask(participant: Peer, message: Uint8Array | undefined): Promise<Uint8Array[]> {
    const { failFast, signal } = this.#options
    try {
      return message === undefined ? participant.join() : await participant.answer(message)
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof SecAggError)) throw error
      if (error instanceof ContributionError && failFast) throw error
      this.#failures.set(participant.id, error)
      return []
    }
  }

  /** One client's bad bytes do not stop the rest. */
  #receive(bytes: Uint8Array): void {
    const { server, parameters, onEvent } = this.#options
    try {
      const receipt = server.receive(decodeClientMessage(bytes, limitsFor(parameters)))
      if (!receipt.accepted) onEvent({ type: 'warning', code: receipt.reason, message: receipt.detail })
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      onEvent({ type: 'warning', code: error.code, message: error.message })
    }
  }

  #recordComputation(participant: Peer): void {
    const { computation, onEvent } = this.#options
    const done = participant.takeComputation()
    if (done === undefined || computation === undefined) return
    // Those that overlap are counted once: the phase is measured by the clock.
    const from = Math.max(done.started, this.#computedUntil)
    const until = done.started + 1000 * done.seconds
    if (until > from) this.#computed.seconds += (until - from) / 1000
    this.#computedUntil = Math.max(until, from)
    if (!done.succeeded) return
    this.#computed.clients++
    const type = computation === 'Training' ? 'worker-trained' : 'worker-evaluated'
    onEvent({ type, worker: participant.id, seconds: done.seconds })
  }

  /** First among the phases: the workers got the model before anything else. */
  #reportComputation(phase: 'Training' | 'Evaluation'): void {
    const { seats, announcementBytes, onEvent } = this.#options
    const report = { phase, bytesUp: 0, bytesDown: seats.length * announcementBytes, ...this.#computed }
    this.#phases.unshift(report)
    onEvent({ type: 'phase-finished', report })
  }

  /** By round, and within one in the order of the seats. */
  #dropped(): DroppedWorker[] {
    const dropouts = new Map(this.#options.server.dropped.map(dropout => [dropout.id, dropout]))
    const inOrder = this.#inOrder(dropouts.keys()).map(id => dropouts.get(id)!)
    inOrder.sort((a, b) => PROTOCOL_ROUNDS.indexOf(a.round) - PROTOCOL_ROUNDS.indexOf(b.round))
    return inOrder.map(({ id, round, reason }) => {
      const failure = this.#failures.get(id)
      if (failure === undefined) return { id, round, reason }
      const code = failure instanceof ContributionError ? 'failed' : failure.code
      return { id, round, reason: code, detail: failure.message }
    })
  }

  /** In the order of the seats: the server's is that of the graph, which is drawn at random. */
  #inOrder(ids: Iterable<string>): string[] {
    const wanted = new Set(ids)
    return this.#options.seats.map(({ id }) => id).filter(id => wanted.has(id))
  }

  #abortError({ round, reason, detail }: Extract<RoundOutcome, { kind: 'aborted' }>): AggregationAbortedError {
    const { server, seats } = this.#options
    const failures = [...this.#failures.values()]
    const message = [
      `${round}: ${detail}.`,
      `${server.dropped.length} of ${seats.length} workers had dropped out.`,
      ...failures.slice(0, 3).map(({ message }) => (message.endsWith('.') ? message : `${message}.`)),
      'No sum came out: run the round again, with more workers or a lower threshold if this keeps happening.',
    ].join(' ')
    return new AggregationAbortedError(reason, message, { round, ...(failures[0] && { cause: failures[0] }) })
  }
}

function isSilent({ silentFrom }: Seat, round: ProtocolRound): boolean {
  return silentFrom !== undefined && PROTOCOL_ROUNDS.indexOf(round) >= PROTOCOL_ROUNDS.indexOf(silentFrom)
}
