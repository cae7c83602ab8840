import {
  type ClientMessage,
  decodeServerMessage,
  encodeMessage,
  limitsFor,
  type ProtocolRound,
  RingVector,
  SecAggClient,
  type ServerMessage,
} from 'secagg/secagg'
import { PROTOCOL_ROUNDS } from 'secagg/testing'
import { CostMeter, meanOf, type RoundCosts } from './costs.ts'
import { type Agreement, digestOf, type ServerPort, type ServerResult } from './server.ts'

/** An aggregation to run and to measure. */
export interface AggregationRun extends Agreement {
  readonly server: ServerPort
  /** Whether client `index` leaves after ShareKeys. */
  leaves(index: number): boolean
  /** Makes ready what client `index` starts from. What it returns is run, and timed, as part of the client's work. */
  prepare(index: number): () => RingVector | Promise<RingVector>
}

export interface Traffic {
  readonly up: number
  readonly down: number
}

export interface AggregationCosts {
  /** Of a client that stayed to the end: means over all of them. */
  readonly client: RoundCosts
  readonly traffic: Record<ProtocolRound, Traffic>
  readonly server: ServerResult
}

/**
 * Runs a whole aggregation with real clients in this process, one after the other: fresh keys from the platform's
 * randomness, every message encoded and decoded. The sum is compared with that of the inputs, bit for bit.
 *
 * @throws Error when the sum is wrong, a message is not accepted, or anybody dropped out who was not to.
 */
export async function runAggregation(run: AggregationRun): Promise<AggregationCosts> {
  return new Run(run).run()
}

class Run {
  readonly #run: AggregationRun
  readonly #limits: ReturnType<typeof limitsFor>
  readonly #clients = new Map<string, { readonly index: number; readonly client: SecAggClient }>()
  readonly #staying = new CostMeter()
  readonly #leaving = new CostMeter()
  readonly #traffic = Object.fromEntries(PROTOCOL_ROUNDS.map(round => [round, { up: 0, down: 0 }])) as Record<
    ProtocolRound,
    { up: number; down: number }
  >
  readonly #expected: RingVector
  #survivors = 0

  constructor(run: AggregationRun) {
    this.#run = run
    this.#limits = limitsFor(run.parameters)
    this.#expected = RingVector.zeros(run.parameters.vectorLength, run.parameters.modulusBits)
  }

  async run(): Promise<AggregationCosts> {
    const { server } = this.#run
    await this.#advertise()
    for (;;) {
      const { round, ids } = await server.closeRound()
      if (round === 'finished') break
      for (const id of ids) await this.#converse(id, round)
    }
    const result = await server.result()
    if (result.survivors !== this.#survivors) throw new Error(`${result.survivors} survivors, not ${this.#survivors}`)
    if (result.sumDigest !== digestOf(this.#expected.reduce())) throw new Error('the sum is not that of the inputs')
    const traffic = Object.fromEntries(
      PROTOCOL_ROUNDS.map(round => {
        const { up, down } = this.#traffic[round]
        return [round, { up: up / this.#survivors, down: down / this.#survivors }]
      }),
    ) as Record<ProtocolRound, Traffic>
    return { client: meanOf(this.#staying.rounds, this.#survivors), traffic, server: result }
  }

  async #advertise(): Promise<void> {
    const { parameters, session, context } = this.#run
    const digits = `${parameters.clients}`.length
    for (let index = 0; index < parameters.clients; index++) {
      const id = `client-${`${index + 1}`.padStart(digits, '0')}`
      const frame = await this.#measure(index, 'AdvertiseKeys', () => {
        const client = new SecAggClient({ id, parameters, session, context })
        this.#clients.set(id, { index, client })
        return encodeMessage(client.advertiseKeys())
      })
      await this.#send(index, 'AdvertiseKeys', frame)
    }
  }

  async #converse(id: string, round: ProtocolRound): Promise<void> {
    const { index, client } = this.#clients.get(id)!
    if (round === 'MaskedInputCollection' && this.#run.leaves(index)) {
      client.abandon()
      this.#clients.delete(id)
      return
    }
    const frame = await this.#run.server.messageFor(id)
    this.#count(index, round, 'down', frame)
    for (const answer of await this.#answer(index, client, round, frame)) await this.#send(index, round, answer)
    if (round === 'Unmasking') this.#clients.delete(id)
  }

  async #answer(index: number, client: SecAggClient, round: ProtocolRound, frame: Uint8Array): Promise<Uint8Array[]> {
    const makeInput = round === 'MaskedInputCollection' ? this.#run.prepare(index) : undefined
    let input: RingVector | undefined
    const frames = await this.#measure(index, round, async () => {
      const message = decodeServerMessage(frame, this.#limits)
      input = await makeInput?.()
      return (await answerOf(client, message, input)).map(encodeMessage)
    })
    if (input !== undefined) {
      this.#expected.add(input)
      this.#survivors++
    }
    return frames
  }

  async #send(index: number, round: ProtocolRound, frame: Uint8Array): Promise<void> {
    this.#count(index, round, 'up', frame)
    await this.#run.server.receive(frame)
  }

  #count(index: number, round: ProtocolRound, direction: keyof Traffic, frame: Uint8Array): void {
    if (!this.#run.leaves(index)) this.#traffic[round][direction] += frame.length
  }

  #measure<T>(index: number, round: ProtocolRound, work: () => T | Promise<T>): Promise<T> {
    return (this.#run.leaves(index) ? this.#leaving : this.#staying).measure(round, work)
  }
}

async function answerOf(
  client: SecAggClient,
  message: ServerMessage,
  input: RingVector | undefined,
): Promise<ClientMessage[]> {
  switch (message.type) {
    case 'Roster':
      return [await client.shareKeys(message)]
    case 'ShareDelivery':
      return client.maskInput(message, input!)
    case 'Survivors':
      return [client.confirmSurvivors(message)]
    case 'UnmaskingRequest':
      return [client.unmask(message)]
  }
}
