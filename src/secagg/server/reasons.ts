import type { ProtocolRound } from '../errors.ts'

/** Why the server did not take a message. The aggregation goes on without it. */
export type RejectionReason =
  | 'wrong-session'
  | 'wrong-round'
  | 'unknown-client'
  | 'duplicate'
  | 'malformed'
  | 'cohort-full'
  | 'invalid-key'
  | 'duplicate-key'
  | 'missing-signature'
  | 'bad-signature'
  | 'expired'
  | 'digest-mismatch'
  | 'staging-full'
  | 'dropped'

/** What became of one message. */
export type Receipt =
  | { readonly accepted: true }
  | { readonly accepted: false; readonly reason: RejectionReason; readonly detail: string }

export const ACCEPTED: Receipt = { accepted: true }

export function rejected(reason: RejectionReason, detail: string): Receipt {
  return { accepted: false, reason, detail }
}

/** Why an aggregation ended without a sum. */
export type AbortReason =
  | 'too-few-clients'
  | 'too-few-survivors'
  | 'too-few-confirmations'
  | 'too-few-shares'
  | 'inconsistent-shares'
  | 'cancelled'

/** A client that took part but whose input, or answer, is missing, and since which round. */
export interface Dropout {
  readonly id: string
  readonly round: ProtocolRound
  /** `silent`, or why its message was not taken. */
  readonly reason: 'silent' | RejectionReason
}

/** A share that was set aside: it is not the one that its dealer committed to, or it repeats an x coordinate. */
export interface SetAsideShare {
  readonly dealer: string
  readonly holder: string
  readonly why: 'not-the-committed-share' | 'repeated-coordinate'
}
