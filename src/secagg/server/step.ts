import type { RingVector } from '../encoding/ring.ts'
import type { ProtocolRound } from '../errors.ts'
import type { ClientMessage, ServerMessage } from '../messages/message.ts'
import type { AbortReason, Receipt } from './reasons.ts'

/** One protocol round as the server runs it: takes messages until it is closed. */
export interface ServerRound {
  readonly round: ProtocolRound
  /** Ids of the clients whose message of this round was accepted. */
  readonly answered: ReadonlySet<string>
  /** Ids of the clients that may answer; `undefined` while anybody may still join. */
  readonly expected: ReadonlySet<string> | undefined
  receive(message: ClientMessage): Receipt
  /** Forgets a client whose message is incomplete. */
  discard?(id: string): void
  /** Overwrites shares that were collected and will not be combined. */
  wipe?(): void
  /** Ends the round. Called once. */
  close(): Promise<RoundClosing>
}

/** Where a closed round leads. */
export type RoundClosing =
  | { readonly kind: 'next'; readonly next: ServerRound; readonly messages: ReadonlyMap<string, ServerMessage> }
  | { readonly kind: 'finished'; readonly result: ServerResult }
  | { readonly kind: 'aborted'; readonly reason: AbortReason; readonly detail: string }

/** What comes out of a whole aggregation. */
export interface ServerResult {
  readonly survivors: readonly string[]
  readonly sum: RingVector
}

export function aborted(reason: AbortReason, detail: string): RoundClosing {
  return { kind: 'aborted', reason, detail }
}
