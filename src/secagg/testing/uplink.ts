import { DecodeError, type ProtocolRound } from '../errors.ts'
import { decodeClientMessage, encodeMessage } from '../messages/frame.ts'
import type { MessageLimits } from '../messages/limits.ts'
import type { ClientMessage } from '../messages/message.ts'
import type { Receipt, SecAggServer } from '../server/index.ts'
import type { Fault, FaultKind } from './faults.ts'
import { flipBits } from './flip-bits.ts'
import { broken, type Journal } from './journal.ts'
import type { Meter } from './meter.ts'
import type { SimulationOptions } from './options.ts'
import { randomBelow, type SeededRandom } from './seeded-random.ts'
import type { TranscriptHash } from './transcript-hash.ts'

/** What both directions of the simulated network use. */
export interface Network {
  readonly limits: MessageLimits
  readonly throughWire: boolean
  readonly random: SeededRandom
  readonly journal: Journal
  readonly meter: Meter
  readonly transcript: TranscriptHash
  readonly observe: SimulationOptions['observe']
}

/** A message on the line of `client`, encoded unless it skips the wire. */
interface Parcel {
  readonly client: string
  readonly round: ProtocolRound
  readonly content: Uint8Array | ClientMessage
  readonly faults: readonly FaultKind[]
}

/** Brings the clients' messages to the server, or fails to. */
export class Uplink {
  readonly #network: Network
  readonly #server: SecAggServer
  /** By client: what waits for the end of the round. */
  readonly #held = new Map<string, Parcel[]>()
  #late: Parcel[] = []
  /** What the server took in the running round. */
  readonly #taken = new Set<string>()

  constructor(network: Network, server: SecAggServer) {
    this.#network = network
    this.#server = server
  }

  /** Sends a client's messages of one round, which suffer `faults`. */
  send(client: string, round: ProtocolRound, messages: readonly ClientMessage[], faults: readonly Fault[]): void {
    const { meter, transcript, observe, random } = this.#network
    const kinds = faults.filter(befallsUpward).map(fault => fault.kind)
    const spoiled = kinds.includes('corrupt')
      ? randomBelow(random.fork(`spoil/${client}/${round}`), messages.length)
      : -1
    messages.forEach((message, i) => {
      observe?.({ direction: 'up', round, client, message })
      meter.countBytes('up', round, client, transcript.absorb('up', client, message))
      const content = this.#pack(message, client, round, i === spoiled)
      const parcel = { client, round, content, faults: kinds }
      const copies = kinds.includes('duplicate') ? [parcel, parcel] : [parcel]
      if (kinds.includes('delay')) this.#late.push(...copies)
      else if (kinds.includes('reorder')) this.#hold(client, copies)
      else for (const copy of copies) this.#deliverOrHold(copy)
    })
  }

  /** Brings what waits for the end of the round, one message of each client in turn, the last ones first. */
  flush(round: ProtocolRound): void {
    for (let progress = true; this.#held.size > 0; ) {
      progress = false
      for (const [client, parcels] of [...this.#held]) {
        const receipt = this.#deliver(parcels.at(-1)!)
        if (isFull(receipt)) continue
        progress = true
        parcels.pop()
        if (parcels.length === 0) this.#held.delete(client)
      }
      if (!progress && !this.#giveUpIncomplete(round)) break
    }
    this.#held.clear()
    this.#taken.clear()
  }

  /** Brings what was delayed beyond the end of its round. */
  flushLate(): void {
    const late = this.#late
    this.#late = []
    for (const parcel of late) {
      if (this.#deliver(parcel)?.accepted) throw broken(`a message of ${parcel.client} was taken after its round`)
    }
  }

  #pack(message: ClientMessage, client: string, round: ProtocolRound, spoil: boolean): Uint8Array | ClientMessage {
    const { throughWire, meter, random } = this.#network
    if (!throughWire && !spoil) return message
    const bytes = meter.time('clients', round, () => encodeMessage(message))
    return spoil ? flipBits(bytes, random.fork(`corrupt/up/${client}/${round}`)) : bytes
  }

  #hold(client: string, parcels: readonly Parcel[]): void {
    this.#held.set(client, [...(this.#held.get(client) ?? []), ...parcels])
  }

  /** A client that is told that too much is staged sends again later, as its transport would. */
  #deliverOrHold(parcel: Parcel): void {
    if (isFull(this.#deliver(parcel))) this.#hold(parcel.client, [parcel])
  }

  #deliver({ client, round, content, faults }: Parcel): Receipt | undefined {
    const { journal, meter, limits } = this.#network
    return meter.time('server', round, () => {
      let message: ClientMessage
      try {
        message = content instanceof Uint8Array ? decodeClientMessage(content, limits) : content
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error
        journal.rejected({ id: client, round, reason: 'undecodable', detail: error.message, faults })
        return undefined
      }
      // A transport knows who is on the line; nobody can speak for another.
      if (message.sender !== client) {
        journal.rejected({ id: client, round, reason: 'wrong-sender', detail: 'it names another sender', faults })
        return undefined
      }
      const receipt = this.#server.receive(message)
      if (receipt.accepted) this.#requireFirst(client, message)
      else journal.rejected({ id: client, round, reason: receipt.reason, detail: receipt.detail, faults })
      return receipt
    })
  }

  #requireFirst(client: string, message: ClientMessage): void {
    const key = `${client}/${message.type === 'MaskedInput' ? message.firstEntry : 0}`
    if (this.#taken.has(key)) throw broken(`a message of ${client} was taken twice`)
    this.#taken.add(key)
  }

  /** Frees the places of inputs of which nothing more can come. Says whether there were any. */
  #giveUpIncomplete(round: ProtocolRound): boolean {
    if (round !== 'MaskedInputCollection') return false
    const stuck = (this.#server.awaited ?? []).filter(
      id => !this.#held.has(id) && [...this.#taken].some(key => key.startsWith(`${id}/`)),
    )
    for (const id of stuck) {
      this.#server.discard(id)
      for (const key of [...this.#taken]) if (key.startsWith(`${id}/`)) this.#taken.delete(key)
    }
    return stuck.length > 0
  }
}

/** Faults without a direction befall what the client sends, whatever direction a plan notes for them. */
function befallsUpward({ kind, direction }: Fault): boolean {
  return direction !== 'down' || !(kind === 'corrupt' || kind === 'duplicate')
}

function isFull(receipt: Receipt | undefined): boolean {
  return receipt !== undefined && !receipt.accepted && receipt.reason === 'staging-full'
}
