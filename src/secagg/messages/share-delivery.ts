import type { PositionSet } from './position-set.ts'

/** Server to client, opens round MaskedInputCollection: who shared (U2), and what the recipient's neighbours sent it. */
export interface ShareDelivery {
  readonly type: 'ShareDelivery'
  readonly session: Uint8Array
  /** U2. */
  readonly sharers: PositionSet
  /** One ciphertext for each neighbour in U2, by ascending position. */
  readonly ciphertexts: Uint8Array
}
