import type { SecAggClient } from '../client/index.ts'
import { type ProtocolRound, UsageError } from '../errors.ts'
import { decodeServerMessage, encodeMessage } from '../messages/frame.ts'
import type { ClientMessage, ServerMessage } from '../messages/message.ts'
import type { Fault } from './faults.ts'
import { flipBits } from './flip-bits.ts'
import { broken } from './journal.ts'
import type { SimulationOptions } from './options.ts'
import type { Network } from './uplink.ts'

type Inputs = NonNullable<SimulationOptions['inputs']>

/** Brings the server's messages to the clients, or fails to, and has the clients answer them. */
export class Downlink {
  readonly #network: Network
  readonly #inputs: Inputs

  constructor(network: Network, inputs: Inputs) {
    this.#network = network
    this.#inputs = inputs
  }

  /** What the client answers, or nothing when the message did not arrive or was not to its liking. */
  async ask(
    client: SecAggClient,
    round: ProtocolRound,
    message: ServerMessage,
    faults: readonly Fault[],
  ): Promise<readonly ClientMessage[]> {
    const { meter, transcript, observe, journal } = this.#network
    const { id } = client
    observe?.({ direction: 'down', round, client: id, message })
    meter.countBytes('down', round, id, transcript.absorb('down', id, message))
    const suffers = (kind: Fault['kind']) => faults.some(fault => fault.kind === kind && fault.direction === 'down')
    try {
      const received = this.#transmit(message, id, round, suffers('corrupt'))
      const messages = await meter.timeAsync('clients', round, () => answer(client, received, this.#inputs))
      if (suffers('duplicate')) await this.#repeat(client, round, received)
      return messages
    } catch (error) {
      // A flipped bit can make a message of one type into one of another, for which it is not the time.
      if (isOutOfRound(error) && suffers('corrupt')) journal.refused(id, round, error.code)
      else journal.declined(id, round, error)
      return []
    }
  }

  #transmit(message: ServerMessage, id: string, round: ProtocolRound, spoil: boolean): ServerMessage {
    const { throughWire, meter, limits, random } = this.#network
    if (!throughWire && !spoil) return message
    const bytes = meter.time('server', round, () => encodeMessage(message))
    const arriving = spoil ? flipBits(bytes, random.fork(`corrupt/down/${id}/${round}`)) : bytes
    return meter.time('clients', round, () => decodeServerMessage(arriving, limits))
  }

  async #repeat(client: SecAggClient, round: ProtocolRound, message: ServerMessage): Promise<void> {
    try {
      await answer(client, message, this.#inputs)
    } catch (error) {
      if (!isOutOfRound(error)) throw error
      this.#network.journal.refused(client.id, round, error.code)
      return
    }
    throw broken(`${client.id} answered one message twice`)
  }
}

/** What a driver of a client does with a message: the method that it is for. */
async function answer(client: SecAggClient, message: ServerMessage, inputs: Inputs): Promise<ClientMessage[]> {
  switch (message.type) {
    case 'Roster':
      return [await client.shareKeys(message)]
    case 'ShareDelivery':
      return client.maskInput(message, await inputs(client.id))
    case 'Survivors':
      return [client.confirmSurvivors(message)]
    case 'UnmaskingRequest':
      return [client.unmask(message)]
  }
}

function isOutOfRound(error: unknown): error is UsageError {
  return error instanceof UsageError && error.code === 'out-of-round'
}
