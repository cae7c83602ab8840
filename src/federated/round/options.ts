import type { ClientPolicy, SessionLog } from '../../secagg/client/index.ts'
import type { GraphSpec } from '../../secagg/graph/index.ts'
import type { ThreatModel } from '../../secagg/parameters.ts'
import type { Identity } from '../../secagg/primitives/signature.ts'
import type { DropoutPlan } from '../dropouts.ts'
import type { RoundLeakageGuard } from '../leakage/guard.ts'
import type { MessageListener, RoundListener } from './events.ts'

/** What all secure calls of the federated layer have in common. Everything is optional. */
export interface AggregationOptions {
  /** `semi-honest` by default. */
  readonly threatModel?: ThreatModel
  /** The complete graph by default: at most 256 workers. */
  readonly graph?: GraphSpec
  /** Shares needed to reconstruct a secret; by default two thirds of the neighbours, rounded down, plus one. */
  readonly threshold?: number
  /** Workers that the server may have corrupted; see `AggregationParameters`. 0 by default. */
  readonly corrupted?: number
  /** What each client insists on. By default at least 3 in the cohort and in the sum. */
  readonly policy?: Partial<ClientPolicy>
  /** Ed25519 identities by worker id: the malicious-server model needs one for every worker. */
  readonly identities?: ReadonlyMap<string, Identity>
  /**
   * Where workers look up whether they have seen a session, by worker id. By default each starts with none: the sessions of
   * this call are drawn afresh in this process.
   */
  readonly sessions?: ReadonlyMap<string, SessionLog>
  /** Simulated dropouts, for experiments. */
  readonly dropouts?: DropoutPlan
  /** Number of this federated round, from 0; hashed into every key. */
  readonly round?: number
  /**
   * Knows the survivors of earlier rounds over the same inputs, and refuses a sum that would, combined with theirs, isolate
   * too few workers: the round then ends with `multi-round-leakage` before anything is unmasked.
   */
  readonly leakageGuard?: RoundLeakageGuard
  /**
   * How many workers compute at the same time; 1 by default. It pays with workers that compute elsewhere: in a thread, on
   * another machine. So many updates are then held in clear at once. The result is the same.
   */
  readonly concurrency?: number
  readonly onEvent?: RoundListener
  /**
   * Shown every message that the server gets, in the bytes of the wire: what the server sees anyway, for whoever wants to see
   * how little that is. Nothing of a worker passes here that is not encrypted or masked, but the shares that unmask the sum.
   * What it throws ends the round and reaches the caller.
   */
  readonly onMessage?: MessageListener
  /**
   * Makes warnings errors: all of them, or those with these codes. The round then rejects with a `warning` error after the
   * event, and no result is returned, though the server may have the sum by then.
   */
  readonly failOnWarning?: boolean | readonly string[]
  /** Ends the round: it rejects with the signal's reason, nothing is released, the model stays as it was. */
  readonly signal?: AbortSignal
}
