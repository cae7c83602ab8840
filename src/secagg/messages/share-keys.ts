/** Client to server, round ShareKeys: for every neighbour, by ascending position, one ciphertext and two commitments. */
export interface ShareKeys {
  readonly type: 'ShareKeys'
  readonly session: Uint8Array
  readonly sender: string
  /** 32 bytes: the commitment that the reconstructed self-mask seed (b) must open. */
  readonly seedCommitment: Uint8Array
  /** 64 bytes a neighbour: commitments to its self-mask share, then to its mask-key share. */
  readonly shareCommitments: Uint8Array
  /** {@link CIPHERTEXT_BYTES} a neighbour. */
  readonly ciphertexts: Uint8Array
}

/** A share of a 32-byte secret: 32 bytes of y and one of x. */
export const SHARE_BYTES = 33
/** Both shares that one neighbour holds of another, and the AEAD's tag. */
export const CIPHERTEXT_BYTES: number = 2 * SHARE_BYTES + 16
/** Two commitments of 32 bytes. */
export const COMMITMENT_PAIR_BYTES = 64
