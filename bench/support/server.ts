import { createHash } from 'node:crypto'
import {
  type AggregationParameters,
  type AggregationResult,
  decodeClientMessage,
  encodeMessage,
  limitsFor,
  type MessageLimits,
  type ProtocolRound,
  type RingVector,
  SecAggServer,
  type ServerMessage,
} from 'secagg/secagg'
import { CostMeter, type RoundCosts } from './costs.ts'

/** What both sides of an aggregation agree on. */
export interface Agreement {
  readonly parameters: AggregationParameters
  /** 32 bytes each. */
  readonly context: Uint8Array
  readonly session: Uint8Array
}

/** A server that is spoken to in encoded messages, wherever it is. */
export interface ServerPort {
  /** @throws Error when the message is not accepted. */
  receive(frame: Uint8Array): Promise<void>
  /** Closes the running round. Whom the next one's messages are for; nobody when the sum is ready. */
  closeRound(): Promise<{ readonly round: ProtocolRound | 'finished'; readonly ids: readonly string[] }>
  messageFor(id: string): Promise<Uint8Array>
  result(): Promise<ServerResult>
}

export interface ServerResult {
  readonly sumDigest: string
  readonly survivors: number
  /** Decoding what arrives and encoding what goes out included. */
  readonly costs: RoundCosts
}

/** The real server in this process, its work booked by round. */
export class MeteredServer implements ServerPort {
  readonly #meter = new CostMeter()
  readonly #server: SecAggServer
  readonly #limits: MessageLimits
  #messages: ReadonlyMap<string, ServerMessage> = new Map()

  constructor(agreement: Agreement) {
    this.#server = new SecAggServer(agreement)
    this.#limits = limitsFor(agreement.parameters)
  }

  async receive(frame: Uint8Array): Promise<void> {
    const message = await this.#measure(() => {
      const decoded = decodeClientMessage(frame, this.#limits)
      return { type: decoded.type, sender: decoded.sender, receipt: this.#server.receive(decoded) }
    })
    const { type, sender, receipt } = message
    if (!receipt.accepted) throw new Error(`${type} of ${sender}: ${receipt.reason}, ${receipt.detail}`)
  }

  async closeRound(): Promise<{ round: ProtocolRound | 'finished'; ids: readonly string[] }> {
    const outcome = await this.#measure(() => this.#server.closeRound())
    if (outcome.kind === 'aborted') throw new Error(`aborted in ${outcome.round}: ${outcome.reason}, ${outcome.detail}`)
    if (outcome.kind === 'finished') return { round: 'finished', ids: [] }
    this.#messages = outcome.messages
    return { round: outcome.round, ids: [...outcome.messages.keys()] }
  }

  async messageFor(id: string): Promise<Uint8Array> {
    return this.#measure(() => encodeMessage(this.#messages.get(id)!))
  }

  async sum(): Promise<AggregationResult> {
    return this.#server.sum()
  }

  async result(): Promise<ServerResult> {
    const { sum, survivors } = await this.sum()
    return { sumDigest: digestOf(sum), survivors: survivors.length, costs: this.#meter.rounds }
  }

  /** Under the round that is collecting: what opens a round belongs to it, and what closes it too. */
  #measure<T>(work: () => T | Promise<T>): Promise<T> {
    return this.#meter.measure(this.#server.round as ProtocolRound, work)
  }
}

export function digestOf(vector: RingVector): string {
  return createHash('sha256').update(vector.bytes()).digest('hex')
}
