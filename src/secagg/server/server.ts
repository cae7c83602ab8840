import type { RingVector } from '../encoding/ring.ts'
import { AggregationAbortedError, type ProtocolRound, UsageError } from '../errors.ts'
import type { ClientMessage, ServerMessage } from '../messages/message.ts'
import { equalBytes } from '../primitives/bytes.ts'
import { AdvertiseKeysRound } from './advertise-keys.ts'
import {
  type AbortReason,
  type Dropout,
  type Receipt,
  type RejectionReason,
  rejected,
  type SetAsideShare,
} from './reasons.ts'
import { resolveServerSetup, type SecAggServerOptions, type ServerSetup } from './setup.ts'
import type { RoundClosing, ServerResult, ServerRound } from './step.ts'
import { UnmaskingRound } from './unmasking.ts'

/** What closing a round came to. */
export type RoundOutcome =
  | { readonly kind: 'next'; readonly round: ProtocolRound; readonly messages: ReadonlyMap<string, ServerMessage> }
  | { readonly kind: 'finished' }
  | { readonly kind: 'aborted'; readonly round: ProtocolRound; readonly reason: AbortReason; readonly detail: string }

/** The sum, and whose inputs it is of. */
export interface AggregationResult {
  /** Σ x over the survivors, modulo 2^b. */
  readonly sum: RingVector
  /** U3, in the order of their places on the graph. */
  readonly survivors: readonly string[]
  /** Who took part and is not in the sum, or is but did not help to unmask it. */
  readonly dropped: readonly Dropout[]
  /** Wrong shares that did no harm. */
  readonly setAside: readonly SetAsideShare[]
}

type ServerState =
  | { readonly name: 'collecting'; readonly step: ServerRound }
  | { readonly name: 'closing'; readonly step: ServerRound }
  | { readonly name: 'finished'; readonly result: ServerResult }
  | { readonly name: 'aborted'; readonly round: ProtocolRound; readonly reason: AbortReason; readonly detail: string }

/**
 * The server's part in one aggregation: messages in, messages out; no I/O, no timers, no globals. It holds one running
 * sum whatever the number of clients. A bad message is rejected with a reason and changes nothing; a dropout is a
 * message that did not arrive before the round was closed.
 */
export class SecAggServer {
  readonly #setup: ServerSetup
  #state: ServerState
  readonly #dropped = new Map<string, Dropout>()
  /** Why the last message of a client in the running round was not taken. */
  readonly #rejections = new Map<string, RejectionReason>()
  #setAside: readonly SetAsideShare[] = []

  /** @throws UsageError when the parameters do not fit together. */
  constructor(options: SecAggServerOptions) {
    this.#setup = resolveServerSetup(options)
    this.#state = { name: 'collecting', step: new AdvertiseKeysRound(this.#setup) }
  }

  /** 32 bytes; every message of this aggregation carries it. */
  get session(): Uint8Array {
    return this.#setup.session.slice()
  }

  /** The round whose messages are being collected, or how the aggregation ended. */
  get round(): ProtocolRound | 'finished' | 'aborted' {
    return 'step' in this.#state ? this.#state.step.round : this.#state.name
  }

  /** Clients whose message of the running round has not arrived; `undefined` while anybody may still join. */
  get awaited(): readonly string[] | undefined {
    if (!('step' in this.#state)) return []
    const { expected, answered } = this.#state.step
    return expected && [...expected].filter(id => !answered.has(id))
  }

  /** Takes a client's message. Never throws: what does not fit is rejected, with the reason. */
  receive(message: ClientMessage): Receipt {
    const receipt = this.#receive(message)
    if (receipt.accepted) this.#rejections.delete(message.sender)
    // A repeated message is no reason to call its sender a dropout.
    else if (receipt.reason !== 'duplicate') this.#noteRejection(message.sender, receipt.reason)
    return receipt
  }

  #receive(message: ClientMessage): Receipt {
    if (!equalBytes(message.session, this.#setup.session)) {
      return rejected('wrong-session', `this ${message.type} belongs to another session`)
    }
    if (this.#state.name !== 'collecting') {
      return rejected('wrong-round', `${message.type} arrived when no round was collecting`)
    }
    return this.#state.step.receive(message)
  }

  /** Gives up waiting for the rest of a client's message, for a caller that keeps deadlines. */
  discard(id: string): void {
    if (this.#state.name !== 'collecting') return
    this.#state.step.discard?.(id)
    this.#noteRejection(id, 'dropped')
  }

  /** Of the clients that are waited for: anybody else could fill the memory with made-up names. */
  #noteRejection(id: string, reason: RejectionReason): void {
    if ('step' in this.#state && this.#state.step.expected?.has(id)) this.#rejections.set(id, reason)
  }

  /**
   * Ends the running round with what has arrived.
   *
   * @returns The messages that open the next round, by client; or that the sum is ready; or why there will be none.
   * @throws UsageError `out-of-round` when the aggregation is over, or a round is being closed already.
   */
  async closeRound(): Promise<RoundOutcome> {
    if (this.#state.name !== 'collecting') {
      throw new UsageError('out-of-round', `no round can be closed: the aggregation is ${this.#state.name}`)
    }
    const { step } = this.#state
    this.#state = { name: 'closing', step }
    this.#recordDropouts(step)
    const closing = await this.#close(step)
    // Aborted by the caller meanwhile: that stands.
    if (this.#state.name !== 'closing') return this.#abortedOutcome()
    if (step instanceof UnmaskingRound) this.#setAside = step.setAside
    switch (closing.kind) {
      case 'next':
        this.#state = { name: 'collecting', step: closing.next }
        return { kind: 'next', round: closing.next.round, messages: closing.messages }
      case 'finished':
        this.#state = { name: 'finished', result: closing.result }
        return { kind: 'finished' }
      case 'aborted':
        this.#state = { name: 'aborted', round: step.round, reason: closing.reason, detail: closing.detail }
        return this.#abortedOutcome()
    }
  }

  /** A round that fails to close (a bug, or a platform that lacks something) leaves an aggregation that is over. */
  async #close(step: ServerRound): Promise<RoundClosing> {
    try {
      return await step.close()
    } catch (error) {
      this.abort('closing the round failed')
      throw error
    }
  }

  /** Ends the aggregation without a sum. Harmless when it is over. */
  abort(detail = 'the caller cancelled it'): void {
    if (!('step' in this.#state)) return
    this.#state.step.wipe?.()
    this.#state = { name: 'aborted', round: this.#state.step.round, reason: 'cancelled', detail }
  }

  /**
   * The sum over the survivors.
   *
   * @throws AggregationAbortedError when there is none, with the reason as its code.
   * @throws UsageError `out-of-round` while rounds are open.
   */
  async sum(): Promise<AggregationResult> {
    const state = this.#state
    if (state.name === 'aborted') throw new AggregationAbortedError(state.reason, state.detail, { round: state.round })
    if (state.name !== 'finished') {
      throw new UsageError('out-of-round', `there is no sum yet: ${state.step.round} is open`, {
        round: state.step.round,
      })
    }
    const { survivors, sum } = state.result
    return { sum: sum.clone(), survivors, dropped: this.dropped, setAside: this.#setAside }
  }

  /** Who has dropped out so far, in which round, and why. */
  get dropped(): readonly Dropout[] {
    return [...this.#dropped.values()]
  }

  #recordDropouts(step: ServerRound): void {
    for (const id of step.expected ?? []) {
      if (step.answered.has(id) || this.#dropped.has(id)) continue
      this.#dropped.set(id, { id, round: step.round, reason: this.#rejections.get(id) ?? 'silent' })
    }
    this.#rejections.clear()
  }

  #abortedOutcome(): RoundOutcome {
    if (this.#state.name !== 'aborted') throw new UsageError('out-of-round', 'the aggregation was not aborted')
    const { round, reason, detail } = this.#state
    return { kind: 'aborted', round, reason, detail }
  }
}
