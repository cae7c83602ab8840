import {
  type ClientPolicy,
  MemorySessionLog,
  SecAggClient,
  type SecAggClientOptions,
} from '../../src/secagg/client/index.ts'
import { RingVector } from '../../src/secagg/encoding/ring.ts'
import type { ProtocolRound } from '../../src/secagg/errors.ts'
import type { ClientMessage, ServerMessage } from '../../src/secagg/messages/message.ts'
import { PositionSet } from '../../src/secagg/messages/position-set.ts'
import type { Roster } from '../../src/secagg/messages/roster.ts'
import type { ShareDelivery } from '../../src/secagg/messages/share-delivery.ts'
import type { Survivors } from '../../src/secagg/messages/survivors.ts'
import type { UnmaskingRequest } from '../../src/secagg/messages/unmasking-request.ts'
import type { AggregationParameters, ThreatModel } from '../../src/secagg/parameters.ts'
import { generateIdentity, type Identity } from '../../src/secagg/primitives/signature.ts'
import { type RoundOutcome, SecAggServer, type SecAggServerOptions } from '../../src/secagg/server/index.ts'
import { seededRandom, seededSplitter } from '../../src/secagg/testing/index.ts'
import { memoizedVerify } from '../../src/secagg/testing/memoized-verify.ts'

export const MODELS: readonly ThreatModel[] = ['semi-honest', 'semi-malicious', 'malicious-server']

/** What each protocol round's messages carry down and up. */
export interface DownMessages {
  ShareKeys: Roster
  MaskedInputCollection: ShareDelivery
  ConsistencyCheck: Survivors
  Unmasking: UnmaskingRequest
}

export interface PlayOptions {
  readonly threatModel?: ThreatModel
  readonly ids?: readonly string[]
  readonly parameters?: Partial<AggregationParameters>
  readonly policy?: Partial<ClientPolicy>
  readonly server?: Partial<SecAggServerOptions>
  /** By client id. */
  readonly client?: (id: string) => Partial<SecAggClientOptions>
  /** Ids that fall silent, and from which round on. */
  readonly leaving?: Readonly<Record<string, ProtocolRound>>
  readonly seed?: string
}

export const IDS = ['alice', 'bob', 'carol', 'dave', 'erin'] as const
export const CONTEXT: Uint8Array = new Uint8Array(32).fill(7)
export const NOW = 1_000_000

/** A small aggregation in the hands of a test, which stops before any round and looks, or meddles. */
export class Play {
  readonly parameters: AggregationParameters
  readonly server: SecAggServer
  readonly clients: ReadonlyMap<string, SecAggClient>
  readonly identities: ReadonlyMap<string, Identity>
  /** What the server says to each client to open the running round. */
  inbox: ReadonlyMap<string, ServerMessage> = new Map()
  outcome: RoundOutcome | undefined
  /** Places on the graph, once the roster is settled. */
  readonly #positions = new Map<string, number>()
  readonly #leaving: Readonly<Record<string, ProtocolRound>>

  constructor(options: PlayOptions = {}) {
    const ids = options.ids ?? IDS
    const random = seededRandom(options.seed ?? 'play')
    this.#leaving = options.leaving ?? {}
    this.parameters = {
      threatModel: options.threatModel ?? 'semi-honest',
      clients: ids.length,
      graph: { kind: 'complete' },
      threshold: 3,
      vectorLength: 5,
      modulusBits: 16,
      ...options.parameters,
    }
    const { parameters } = this
    this.identities = new Map(ids.map(id => [id, generateIdentity(random.fork(`identity/${id}`))]))
    const knownKeys = new Map(Array.from(this.identities, ([id, { publicKey }]) => [id, publicKey]))
    const verify = memoizedVerify()
    const session = random.fork('session')(32)
    const common = { parameters, context: CONTEXT, session, verify, now: () => NOW }
    this.server = new SecAggServer({ ...common, random: random.fork('server'), ...options.server })
    this.clients = new Map(
      ids.map(id => {
        const own = random.fork(`client/${id}`)
        const client = new SecAggClient({
          ...common,
          id,
          random: own,
          split: seededSplitter(own.fork('split')),
          ...(parameters.threatModel === 'malicious-server' && {
            identity: this.identities.get(id)!,
            knownKeys,
            sessions: new MemorySessionLog(),
          }),
          ...(options.policy && { policy: options.policy }),
          ...options.client?.(id),
        })
        return [id, client]
      }),
    )
  }

  /** An aggregation in which everybody has been told what opens `round`, and nobody has answered yet. */
  static async to(round: ProtocolRound | 'finished', options: PlayOptions = {}): Promise<Play> {
    const play = new Play(options)
    while (play.server.round !== round) {
      if (play.outcome !== undefined && play.outcome.kind !== 'next') {
        throw new Error(`the play ended before ${round}: ${JSON.stringify(play.outcome)}`)
      }
      await play.answerAll()
      await play.close()
    }
    return play
  }

  client(id: string): SecAggClient {
    return this.clients.get(id)!
  }

  position(id: string): number {
    return this.#positions.get(id)!
  }

  /** The set of these clients' places. */
  set(...ids: readonly string[]): PositionSet {
    return PositionSet.of(
      this.#positions.size,
      ids.map(id => this.position(id)),
    )
  }

  input(id: string): RingVector {
    const { vectorLength, modulusBits } = this.parameters
    const vector = RingVector.zeros(vectorLength, modulusBits)
    for (let i = 0; i < vectorLength; i++) vector.set(i, BigInt(100 * [...this.clients.keys()].indexOf(id) + i))
    return vector
  }

  plainSum(ids: readonly string[]): RingVector {
    const sum = RingVector.zeros(this.parameters.vectorLength, this.parameters.modulusBits)
    for (const id of ids) sum.add(this.input(id))
    return sum.reduce()
  }

  /** What the server told `id` to open the running round. */
  told<R extends keyof DownMessages>(_round: R, id: string): DownMessages[R] {
    return this.inbox.get(id) as DownMessages[R]
  }

  /** The client's answer to `message`, or to what the server told it. */
  async answer(id: string, message: ServerMessage | undefined = this.inbox.get(id)): Promise<ClientMessage[]> {
    const client = this.client(id)
    switch (message?.type) {
      case undefined:
        return [client.advertiseKeys()]
      case 'Roster':
        return [await client.shareKeys(message)]
      case 'ShareDelivery':
        return client.maskInput(message, this.input(id))
      case 'Survivors':
        return [client.confirmSurvivors(message)]
      case 'UnmaskingRequest':
        return [client.unmask(message)]
    }
  }

  /** Everybody who has not left answers, except those named. */
  async answerAll(...except: readonly string[]): Promise<void> {
    const round = this.server.round
    const answering = round === 'AdvertiseKeys' ? [...this.clients.keys()] : [...this.inbox.keys()]
    for (const id of answering) {
      if (except.includes(id) || this.#leaving[id] === round) continue
      for (const message of await this.answer(id)) {
        const receipt = this.server.receive(message)
        if (!receipt.accepted) throw new Error(`${id}: ${receipt.reason}: ${receipt.detail}`)
      }
    }
  }

  async close(): Promise<RoundOutcome> {
    this.outcome = await this.server.closeRound()
    this.inbox = this.outcome.kind === 'next' ? this.outcome.messages : new Map()
    for (const [id, message] of this.inbox) if (message.type === 'Roster') this.#positions.set(id, message.position)
    return this.outcome
  }

  /** Everybody answers until the end. */
  async finish(): Promise<RoundOutcome> {
    while (this.server.round !== 'finished' && this.server.round !== 'aborted') {
      await this.answerAll()
      await this.close()
    }
    return this.outcome!
  }
}
