import type { RingVector } from '../encoding/ring.ts'

/** Client to server, round MaskedInputCollection: one range of the masked vector (y). Long vectors travel in several. */
export interface MaskedInput {
  readonly type: 'MaskedInput'
  readonly session: Uint8Array
  readonly sender: string
  /** Entries of the whole vector. */
  readonly vectorLength: number
  /** Index of this range's first entry in the whole vector. */
  readonly firstEntry: number
  /** SHA-256 over all entries of the whole vector, little-endian in lanes of 4 bytes (8 above 32 bits). */
  readonly digest: Uint8Array
  /** The entries of this range. */
  readonly range: RingVector
}
