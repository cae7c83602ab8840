import { SecAggClient } from '../../src/secagg/client/index.ts'
import { type EncodingInput, type EncodingPlan, encodeInput, planEncoding } from '../../src/secagg/encoding/index.ts'
import { decodeClientMessage, decodeServerMessage, encodeMessage } from '../../src/secagg/messages/frame.ts'
import { limitsFor } from '../../src/secagg/messages/limits.ts'
import type { ClientMessage, ServerMessage } from '../../src/secagg/messages/message.ts'
import { encodingOf, type PlanOptions } from '../../src/secagg/planning/options.ts'
import type { AggregationPlan } from '../../src/secagg/planning/plan.ts'
import { secureRandom } from '../../src/secagg/primitives/random.ts'
import { SecAggServer } from '../../src/secagg/server/index.ts'

/** Seconds of CPU time that an aggregation took. */
export interface MeasuredAggregation {
  /** Of a client that stayed to the end, encoding of its update included: the mean. */
  readonly clientSeconds: number
  readonly serverSeconds: number
}

/** Milliseconds of CPU time of this process, its garbage collection included. */
export function cpuClock(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/**
 * A real aggregation of a plan, in this process: fresh keys from the platform's randomness, every update encoded, every
 * message encoded and decoded. The planned dropouts leave before they mask.
 */
export async function runAggregation(plan: AggregationPlan, options: PlanOptions): Promise<MeasuredAggregation> {
  const run = new Aggregation(plan, planEncoding(encodingOf(options)))
  await run.run()
  return { clientSeconds: run.times.staying / (plan.clients - plan.dropped), serverSeconds: run.times.server }
}

class Aggregation {
  readonly times = { server: 0, staying: 0, leaving: 0 }
  readonly #encoding: EncodingPlan
  readonly #update: EncodingInput
  readonly #limits: ReturnType<typeof limitsFor>
  readonly #server: SecAggServer
  readonly #makeClient: (id: string) => SecAggClient
  readonly #clients = new Map<string, SecAggClient>()
  readonly #ids: readonly string[]
  readonly #leaving: ReadonlySet<string>

  constructor(plan: AggregationPlan, encoding: EncodingPlan) {
    const { threatModel, clients, graph, threshold, vectorLength, modulusBits, rangeLength } = plan
    const parameters = { threatModel, clients, graph, threshold, vectorLength, modulusBits, rangeLength }
    const common = { parameters, context: secureRandom(32), session: secureRandom(32) }
    this.#encoding = encoding
    this.#update = anyUpdate(encoding)
    this.#limits = limitsFor(parameters)
    this.#server = new SecAggServer(common)
    this.#makeClient = id => new SecAggClient({ ...common, id })
    this.#ids = Array.from({ length: clients }, (_, i) => `${i}`.padStart(plan.idBytes, '0'))
    this.#leaving = new Set(this.#ids.slice(0, plan.dropped))
  }

  async run(): Promise<void> {
    for (const id of this.#ids) {
      await this.#send(id, [
        await this.#time(id, () => {
          this.#clients.set(id, this.#makeClient(id))
          return this.#clients.get(id)!.advertiseKeys()
        }),
      ])
    }
    for (;;) {
      const outcome = await this.#time('server', () => this.#server.closeRound())
      if (outcome.kind === 'aborted') throw new Error(`${outcome.reason}: ${outcome.detail}`)
      if (outcome.kind === 'finished') return
      await this.#converse(outcome.messages)
    }
  }

  async #converse(messages: ReadonlyMap<string, ServerMessage>): Promise<void> {
    for (const [id, message] of messages) {
      if (message.type === 'ShareDelivery' && this.#leaving.has(id)) continue
      const bytes = await this.#time('server', () => encodeMessage(message))
      await this.#send(id, await this.#time(id, () => this.#answer(this.#clients.get(id)!, bytes)))
    }
  }

  async #answer(client: SecAggClient, bytes: Uint8Array): Promise<readonly ClientMessage[]> {
    const message = decodeServerMessage(bytes, this.#limits)
    if (message.type === 'Roster') return [await client.shareKeys(message)]
    if (message.type === 'Survivors') return [client.confirmSurvivors(message)]
    if (message.type === 'UnmaskingRequest') return [client.unmask(message)]
    const { vector } = await encodeInput(this.#encoding, this.#update, secureRandom(16))
    return client.maskInput(message, vector)
  }

  async #send(id: string, messages: readonly ClientMessage[]): Promise<void> {
    for (const message of messages) {
      const bytes = await this.#time(id, () => encodeMessage(message))
      const receipt = await this.#time('server', () => this.#server.receive(decodeClientMessage(bytes, this.#limits)))
      if (!receipt.accepted) throw new Error(`${message.type} of ${id}: ${receipt.reason}`)
    }
  }

  async #time<T>(whose: string, work: () => T | Promise<T>): Promise<T> {
    const start = cpuClock()
    const result = await work()
    const kind = whose === 'server' ? 'server' : this.#leaving.has(whose) ? 'leaving' : 'staying'
    this.times[kind] += (cpuClock() - start) / 1000
    return result
  }
}

/** An update as long as the encoding wants it, with a weight and metrics. */
export function anyUpdate({ spec }: EncodingPlan): EncodingInput {
  const values = Float32Array.from({ length: spec.dimension }, (_, i) => Math.sin(i))
  const metrics = Object.fromEntries(spec.metrics.map(({ name, min }) => [name, min]))
  return { values, metrics, ...(spec.kind === 'mean' && { weight: 1 }) }
}
