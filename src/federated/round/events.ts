import type { ProtocolRound } from '../../secagg/errors.ts'

/**
 * A part of a federated round: the workers' own computation (it lies within MaskedInputCollection, but is timed apart), and
 * the protocol rounds. A secure sum has no computation; only the models with a lying server have a ConsistencyCheck.
 */
export type Phase = 'Training' | 'Evaluation' | ProtocolRound

/** Time and bytes of one phase, over all clients. */
export interface PhaseReport {
  readonly phase: Phase
  /** Wall-clock seconds. */
  readonly seconds: number
  /** Bytes from the clients to the server. */
  readonly bytesUp: number
  /** Bytes from the server to the clients. In `Training` and `Evaluation` this is the model itself, once per worker. */
  readonly bytesDown: number
  /** Clients whose message arrived; in `Training` and `Evaluation`, those that got done. */
  readonly clients: number
}

/** A worker that is not in the sum, or is but did not help to unmask it. */
export interface DroppedWorker {
  readonly id: string
  /** The protocol round whose message did not come. */
  readonly round: ProtocolRound
  /** `silent`, a rejection reason, a refusal's code, or `failed` when its own computation did. Never its data. */
  readonly reason: string
  /** What the worker itself reported, where it could. */
  readonly detail?: string
}

/**
 * What happens in a round, as it happens. Nothing in here tells about one worker's data.
 *
 * `round-started` comes first and `round-finished` or `aborted` last; what is wrong with the arguments is thrown before. An
 * error that is not the library's own (of the strategy, of the listener) ends the round without either.
 */
export type RoundEvent =
  | { readonly type: 'round-started'; readonly federatedRound: number; readonly workers: readonly string[] }
  | { readonly type: 'phase-started'; readonly phase: Phase; readonly expected: number }
  | { readonly type: 'worker-trained'; readonly worker: string; readonly seconds: number }
  | { readonly type: 'worker-evaluated'; readonly worker: string; readonly seconds: number }
  | { readonly type: 'worker-dropped'; readonly dropped: DroppedWorker }
  | { readonly type: 'phase-finished'; readonly report: PhaseReport }
  | { readonly type: 'warning'; readonly code: string; readonly message: string }
  | { readonly type: 'aborted'; readonly code: string; readonly message: string }
  | { readonly type: 'round-finished'; readonly federatedRound: number; readonly survivors: readonly string[] }

/** Called for every event, synchronously. What it throws ends the round and reaches the caller. */
export type RoundListener = (event: RoundEvent) => void

/** One message of a participant, as the bytes in which it came to the server. */
export interface ReceivedMessage {
  /** Who sent it, as the transport knows it: the bytes themselves may claim anything. */
  readonly worker: string
  readonly round: ProtocolRound
  /** A copy, to be kept or changed at will; `decodeMessage` of `secagg/secagg` reads it. */
  readonly bytes: Uint8Array
}

/** Called for every message that the server gets, synchronously and before the server itself. */
export type MessageListener = (message: ReceivedMessage) => void
