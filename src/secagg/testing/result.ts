import type { RingVector } from '../encoding/ring.ts'
import type { ProtocolRound } from '../errors.ts'
import type { AbortReason, Dropout, RejectionReason, SetAsideShare } from '../server/index.ts'
import type { FaultKind } from './faults.ts'
import type { RoundTimings, Traffic } from './meter.ts'

/** A message that a client did not take. */
export interface Refusal {
  readonly id: string
  readonly round: ProtocolRound
  /** Of the RefusalError; of the DecodeError when the bytes were no message; `out-of-round` for one that came twice. */
  readonly code: string
}

/** A message that the server did not take. */
export interface Rejection {
  readonly id: string
  readonly round: ProtocolRound
  /** `undecodable`: the bytes were no message. `wrong-sender`: it names another client than the one on the line. */
  readonly reason: RejectionReason | 'undecodable' | 'wrong-sender'
  readonly detail: string
  /** What had befallen the message. */
  readonly faults: readonly FaultKind[]
}

/** What can be told of any simulation. */
export interface SimulationReport {
  readonly dropped: readonly Dropout[]
  readonly setAside: readonly SetAsideShare[]
  readonly refusals: readonly Refusal[]
  readonly rejections: readonly Rejection[]
  /**
   * SHA-256, in hexadecimal, over every message in the order of sending (masked vectors by their digests) and the
   * outcome. The same options give the same hash on every platform.
   */
  readonly transcriptHash: string
  readonly traffic: Traffic
  readonly timings: RoundTimings
}

/** How a simulation ended. */
export type SimulationResult = SimulationReport &
  (
    | {
        readonly outcome: 'sum'
        /** U3, in the order of their places on the graph. */
        readonly survivors: readonly string[]
        /** What the server got. */
        readonly sum: RingVector
        /** The plain ring sum of the survivors' inputs, in which no mask ever was. */
        readonly expectedSum: RingVector
      }
    | {
        readonly outcome: 'aborted'
        readonly survivors: readonly []
        readonly abort: { readonly round: ProtocolRound; readonly reason: AbortReason; readonly detail: string }
      }
  )
