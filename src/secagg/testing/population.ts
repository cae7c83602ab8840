import { MemorySessionLog, SecAggClient, type SecAggClientOptions } from '../client/index.ts'
import { RingVector } from '../encoding/ring.ts'
import { UsageError } from '../errors.ts'
import type { AggregationParameters } from '../parameters.ts'
import { fillKeystream } from '../primitives/prg.ts'
import { generateIdentity, type Identity } from '../primitives/signature.ts'
import type { SimulationOptions } from './options.ts'
import { type SeededRandom, seededSplitter } from './seeded-random.ts'

/** Simulated time stands still: an expiry must not depend on when a simulation runs. */
export const SIMULATED_TIME = 0

/** What all simulated clients have in common. */
export interface PopulationOptions extends Pick<SecAggClientOptions, 'session' | 'parameters' | 'context' | 'verify'> {
  readonly random: SeededRandom
  readonly policy: SimulationOptions['policy']
}

/** The simulated clients. Each draws from a stream of its own, so dropping one changes nothing for the others. */
export class Population {
  readonly ids: readonly string[]
  /** Every client's identity key; `undefined` where the threat model needs none. */
  readonly knownKeys: ReadonlyMap<string, Uint8Array> | undefined
  readonly #options: PopulationOptions
  readonly #identities: ReadonlyMap<string, Identity> | undefined
  readonly #clients = new Map<string, SecAggClient>()

  constructor(ids: readonly string[], options: PopulationOptions) {
    this.ids = ids
    this.#options = options
    if (options.parameters.threatModel !== 'malicious-server') return
    this.#identities = new Map(ids.map(id => [id, generateIdentity(options.random.fork(`identity/${id}`))]))
    this.knownKeys = new Map(Array.from(this.#identities, ([id, { publicKey }]) => [id, publicKey]))
  }

  /** Starts a client. @throws RefusalError when its policy does not allow the parameters. */
  start(id: string, context: Uint8Array): SecAggClient {
    const { random, policy, ...common } = this.#options
    const own = random.fork(`client/${id}`)
    const identity = this.#identities?.get(id)
    const client = new SecAggClient({
      ...common,
      id,
      context,
      random: own,
      split: seededSplitter(own.fork('split')),
      now: () => SIMULATED_TIME,
      ...(policy && { policy }),
      ...(identity && this.knownKeys && { identity, knownKeys: this.knownKeys, sessions: new MemorySessionLog() }),
    })
    this.#clients.set(id, client)
    return client
  }

  get(id: string): SecAggClient | undefined {
    return this.#clients.get(id)
  }

  /** Lets go of a client that takes no further part. */
  retire(id: string): void {
    this.#clients.get(id)?.abandon()
    this.#clients.delete(id)
  }
}

/** The ids of so many clients, or the ids given, which must differ. */
export function clientIds(clients: number | readonly string[]): readonly string[] {
  if (typeof clients !== 'number') {
    if (new Set(clients).size !== clients.length) {
      throw new UsageError('duplicate-client-id', 'two simulated clients have the same id')
    }
    return clients
  }
  if (!Number.isSafeInteger(clients) || clients < 2) {
    throw new UsageError('bad-parameter', `a simulation takes a whole number of at least 2 clients, got ${clients}`)
  }
  const digits = `${clients}`.length
  return Array.from({ length: clients }, (_, i) => `client-${`${i + 1}`.padStart(digits, '0')}`)
}

/** Uniform inputs from the seed, made when they are asked for. */
export function seededInputs(
  random: SeededRandom,
  { vectorLength, modulusBits }: AggregationParameters,
): (id: string) => Promise<RingVector> {
  return async id => {
    const vector = RingVector.zeros(vectorLength, modulusBits)
    await fillKeystream(random.fork(`input/${id}`)(16), 0, vector.words)
    return vector.reduce()
  }
}
