import type { PositionSet } from './position-set.ts'

/** Server to client, opens round Unmasking: of whom the self-mask share is wanted, and of whom the mask-key share. */
export interface UnmaskingRequest {
  readonly type: 'UnmaskingRequest'
  readonly session: Uint8Array
  /** U3: their self-mask seeds come out. */
  readonly survivors: PositionSet
  /** U2 \ U3: their mask keys come out. */
  readonly dropped: PositionSet
  /** Signatures over T3 by the recipient's neighbours, by ascending position; empty in the semi-honest model. */
  readonly signatures: readonly SurvivorSignature[]
}

export interface SurvivorSignature {
  readonly position: number
  /** Ed25519, 64 bytes. */
  readonly signature: Uint8Array
}
