import type { ClientPolicy } from '../client/index.ts'
import type { RingVector } from '../encoding/ring.ts'
import type { ProtocolRound } from '../errors.ts'
import type { ClientMessage, ServerMessage } from '../messages/message.ts'
import type { AggregationParameters } from '../parameters.ts'
import type { FaultPlan } from './faults.ts'
import type { SimulationSeed } from './seeded-random.ts'

/** What a simulation is about. Everything but `timings` follows from it. */
export interface SimulationOptions {
  /** Governs every key, share, place on the graph and default input. */
  readonly seed: SimulationSeed
  /** How many clients, or their ids. */
  readonly clients: number | readonly string[]
  /** As for a real aggregation; the size of the cohort is that of `clients`. */
  readonly parameters: Omit<AggregationParameters, 'clients'>
  /**
   * A client's input. Asked for once when it masks and once more for `expectedSum`, so that no more than one is held at a
   * time. By default uniform over the ring, from the seed.
   */
  readonly inputs?: (id: string) => RingVector | Promise<RingVector>
  /** What goes wrong; nothing by default. */
  readonly faults?: FaultPlan
  /**
   * Whether every message is encoded and decoded on its way. True by default. Without it a large simulation is faster;
   * bytes are counted all the same.
   */
  readonly throughWire?: boolean
  /** The policy of every client. */
  readonly policy?: Partial<ClientPolicy>
  /** As in `SecAggServerOptions`. */
  readonly minimumCohort?: number
  /** As in `SecAggServerOptions`. */
  readonly stagedInputs?: number
  /** Sees every message as its sender made it, before any fault befalls it. Must not change it. */
  readonly observe?: (sight: MessageSight) => void
}

/** One message on its way. */
export type MessageSight =
  | {
      readonly direction: 'up'
      readonly round: ProtocolRound
      readonly client: string
      readonly message: ClientMessage
    }
  | {
      readonly direction: 'down'
      readonly round: ProtocolRound
      readonly client: string
      readonly message: ServerMessage
    }
