import type { ClientPolicy, SecAggClient, SecAggClientOptions } from '../../../src/secagg/client/index.ts'
import type { RingVector } from '../../../src/secagg/encoding/index.ts'
import type { AdvertiseKeys } from '../../../src/secagg/messages/advertise-keys.ts'
import type { AggregationParameters, ResolvedParameters } from '../../../src/secagg/parameters.ts'
import type { Identity } from '../../../src/secagg/primitives/signature.ts'
import { broken, harmless, type Library, stopped, type Verdict } from './attack.ts'

export interface SceneOptions {
  readonly ids?: readonly string[]
  readonly parameters?: Partial<AggregationParameters>
  readonly policy?: Partial<ClientPolicy>
  /** Clients whose keys the attacker has: it recorded all their randomness. */
  readonly insiders?: readonly string[]
  /** By client. */
  readonly client?: (id: string) => Partial<SecAggClientOptions>
  readonly session?: Uint8Array
  readonly identities?: ReadonlyMap<string, Identity>
}

/** The secret keys behind an advertisement. */
export interface KnownKeys {
  readonly encryption: Uint8Array
  readonly mask: Uint8Array
}

export const VICTIM = 'victim'

const ERROR_NAMES = ['UsageError', 'DecodeError', 'RefusalError', 'AggregationAbortedError']

/** The victim and `others` peers. */
export function cast(others: number): string[] {
  return [VICTIM, ...Array.from({ length: others }, (_, i) => `peer${i + 1}`)]
}

/** The clients of one aggregation, each with an input of its own, and what came of asking them. */
export class Scene {
  readonly lib: Library
  readonly ids: readonly string[]
  readonly parameters: ResolvedParameters
  readonly session: Uint8Array
  readonly context: Uint8Array = new Uint8Array(32).fill(7)
  readonly identities: ReadonlyMap<string, Identity>
  readonly clients = new Map<string, SecAggClient>()
  /** By client: the code of its refusal, or why it could not go on. */
  readonly refusals = new Map<string, string>()
  /** Keys of insiders, once they are advertised. */
  readonly known = new Map<string, KnownKeys>()
  readonly #drawn = new Map<string, Uint8Array[]>()
  readonly #verified = new Map<string, boolean>()

  constructor(lib: Library, options: SceneOptions = {}) {
    this.lib = lib
    this.ids = options.ids ?? cast(5)
    this.parameters = lib.resolveParameters({
      threatModel: 'semi-honest',
      clients: this.ids.length,
      graph: { kind: 'complete' },
      vectorLength: 8,
      modulusBits: 16,
      ...options.parameters,
    })
    this.session = options.session ?? lib.secureRandom(32)
    this.identities = options.identities ?? new Map(this.ids.map(id => [id, lib.generateIdentity(lib.secureRandom)]))
    for (const id of this.ids) {
      const client = this.#attempt(id, () => new lib.SecAggClient(this.#optionsOf(id, options)))
      if (client !== undefined) this.clients.set(id, client)
    }
  }

  #optionsOf(id: string, { policy, insiders, client }: SceneOptions): SecAggClientOptions {
    const { session, parameters, context } = this
    return {
      ...{ id, session, parameters, context },
      verify: (...signed) => this.#verify(...signed),
      ...(policy && { policy }),
      ...(insiders?.includes(id) && { random: this.#recorder(id) }),
      ...(parameters.threatModel === 'malicious-server' && {
        identity: this.identities.get(id)!,
        knownKeys: this.knownKeys,
        sessions: new this.lib.MemorySessionLog(),
      }),
      ...client?.(id),
    }
  }

  /** The library's own rule, with a memory: all clients check the same signatures. */
  #verify(...signed: readonly [Uint8Array, Uint8Array, Uint8Array]): boolean {
    const key = signed.map(bytes => bytes.join()).join(' ')
    const known = this.#verified.get(key) ?? this.lib.verify(...signed)
    this.#verified.set(key, known)
    return known
  }

  #recorder(id: string): (length: number) => Uint8Array {
    const drawn: Uint8Array[] = []
    this.#drawn.set(id, drawn)
    return length => {
      const bytes = this.lib.secureRandom(length)
      // A copy: clients overwrite what they have spent.
      drawn.push(bytes.slice())
      return bytes
    }
  }

  get knownKeys(): ReadonlyMap<string, Uint8Array> {
    return new Map(Array.from(this.identities, ([id, identity]) => [id, identity.publicKey]))
  }

  /** Every client's first message, in the order of their ids. */
  async advertise(): Promise<Map<string, AdvertiseKeys>> {
    const advertisements = await this.askAll(this.ids, client => client.advertiseKeys())
    for (const [id, drawn] of this.#drawn) {
      // The encryption key is drawn before the mask key, and nothing after them yet.
      if (advertisements.has(id)) this.known.set(id, { encryption: drawn.at(-2)!, mask: drawn.at(-1)! })
    }
    return advertisements
  }

  /** What the client answers, or `undefined` when it does not; {@link refusals} then says why. */
  async ask<T>(id: string, question: (client: SecAggClient) => T | Promise<T>): Promise<T | undefined> {
    const client = this.clients.get(id)
    if (client === undefined) return undefined
    try {
      return await question(client)
    } catch (error) {
      this.#noteRefusal(id, error)
      return undefined
    }
  }

  /** The answers of those who gave one. */
  async askAll<T>(
    ids: Iterable<string>,
    question: (client: SecAggClient, id: string) => T | Promise<T>,
  ): Promise<Map<string, T>> {
    const answers = new Map<string, T>()
    for (const id of ids) {
      const answer = await this.ask(id, client => question(client, id))
      if (answer !== undefined) answers.set(id, answer)
    }
    return answers
  }

  input(id: string): RingVector {
    const { vectorLength, modulusBits } = this.parameters
    const vector = this.lib.RingVector.zeros(vectorLength, modulusBits)
    for (let i = 0; i < vectorLength; i++) vector.set(i, BigInt(1000 * (this.ids.indexOf(id) + 1) + i))
    return vector
  }

  sumOf(ids: Iterable<string>): RingVector {
    const sum = this.lib.RingVector.zeros(this.parameters.vectorLength, this.parameters.modulusBits)
    for (const id of ids) sum.add(this.input(id))
    return sum.reduce()
  }

  /** Whether the attacker has the inputs of `ids`, summed: a single one is that client's secret. */
  verdict(loot: RingVector | undefined, ids: readonly string[] = [VICTIM]): Verdict {
    if (loot?.equals(this.sumOf(ids))) {
      return broken(ids.length === 1 ? `the input of ${ids[0]} is recovered` : `the sum of ${ids.length} alone is out`)
    }
    const codes = [...new Set(this.refusals.values())].sort()
    return codes.length > 0 ? stopped(codes.join(', ')) : harmless('the attacker computes noise')
  }

  #attempt<T>(id: string, action: () => T): T | undefined {
    try {
      return action()
    } catch (error) {
      this.#noteRefusal(id, error)
      return undefined
    }
  }

  #noteRefusal(id: string, error: unknown): void {
    const code = codeOf(error)
    if (code === undefined) throw error
    // The first one: whoever has refused is out of every later round.
    if (!this.refusals.has(id)) this.refusals.set(id, code)
  }
}

/** The code of one of the library's errors; errors of a patched copy are of other classes with the same shape. */
function codeOf(error: unknown): string | undefined {
  return error instanceof Error && ERROR_NAMES.includes(error.name)
    ? (error as Error & { code: string }).code
    : undefined
}

/** Runs an attack whose very set-up may be refused. */
export async function attempt(attack: () => Promise<Verdict>): Promise<Verdict> {
  try {
    return await attack()
  } catch (error) {
    const code = codeOf(error)
    if (code === undefined) throw error
    return stopped(code)
  }
}
