import { SHARE_BYTES } from './share-keys.ts'

/** Client to server, round Unmasking: for every neighbour in U2, by ascending position, the one share that is due. */
export interface Unmasking {
  readonly type: 'Unmasking'
  readonly session: Uint8Array
  readonly sender: string
  /** {@link UNMASKING_ENTRY_BYTES} a neighbour: a {@link ShareKind} and the share (zeros for `ABSENT`). */
  readonly shares: Uint8Array
}

/** One byte of kind, then the share. */
export const UNMASKING_ENTRY_BYTES: number = 1 + SHARE_BYTES

/** What one entry holds. `ABSENT`: the ciphertext from that neighbour did not open, so there is no share of it. */
export const ShareKind = { ABSENT: 0, SELF_MASK: 1, MASK_KEY: 2 } as const
export type ShareKind = (typeof ShareKind)[keyof typeof ShareKind]
