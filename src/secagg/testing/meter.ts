import type { ProtocolRound } from '../errors.ts'

/** The five rounds in order. */
export const PROTOCOL_ROUNDS: readonly ProtocolRound[] = [
  'AdvertiseKeys',
  'ShareKeys',
  'MaskedInputCollection',
  'ConsistencyCheck',
  'Unmasking',
]

/** Bytes of encoded messages: `up` to the server, `down` to clients. */
export interface Flow {
  readonly up: number
  readonly down: number
}

type PerRound<T> = Readonly<Record<ProtocolRound, T>>

/** Bytes sent, whether or not they arrived. */
export interface Traffic {
  /** By all clients together. */
  readonly rounds: PerRound<Flow>
  /** By each client that sent or was sent anything. */
  readonly clients: ReadonlyMap<string, PerRound<Flow>>
}

/** Milliseconds of work in each round: `clients` of all of them together, coding included. */
export type RoundTimings = PerRound<{ readonly clients: number; readonly server: number }>

type Counters<T extends object> = { -readonly [K in keyof T]: T[K] }

/** Counts bytes and milliseconds, by round. */
export class Meter {
  readonly #rounds = perRound(() => ({ up: 0, down: 0 }))
  readonly #clients = new Map<string, Record<ProtocolRound, Counters<Flow>>>()
  readonly timings: Record<ProtocolRound, { clients: number; server: number }> = perRound(() => ({
    clients: 0,
    server: 0,
  }))

  countBytes(direction: keyof Flow, round: ProtocolRound, client: string, bytes: number): void {
    this.#rounds[round][direction] += bytes
    const flows = this.#clients.get(client) ?? perRound(() => ({ up: 0, down: 0 }))
    flows[round][direction] += bytes
    this.#clients.set(client, flows)
  }

  /** Runs `work` and books its time. Nothing else may be under way meanwhile. */
  time<T>(whose: 'clients' | 'server', round: ProtocolRound, work: () => T): T {
    const start = performance.now()
    try {
      return work()
    } finally {
      this.timings[round][whose] += performance.now() - start
    }
  }

  async timeAsync<T>(whose: 'clients' | 'server', round: ProtocolRound, work: () => Promise<T>): Promise<T> {
    const start = performance.now()
    try {
      return await work()
    } finally {
      this.timings[round][whose] += performance.now() - start
    }
  }

  get traffic(): Traffic {
    return { rounds: this.#rounds, clients: this.#clients }
  }
}

function perRound<T>(make: () => T): Record<ProtocolRound, T> {
  return Object.fromEntries(PROTOCOL_ROUNDS.map(round => [round, make()])) as Record<ProtocolRound, T>
}
