import { type Reader, unencodable, Writer } from './codec.ts'
import type { MessageLimits } from './limits.ts'
import { bodyEntries, countEntries, type EncodedParts, readOrigin, withBody, writeOrigin } from './parts.ts'

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

/** Bytes of a SHA-256 commitment. */
export const COMMITMENT_BYTES = 32

/** @throws UsageError `bad-field`. */
export function encodeShareKeys(message: ShareKeys): EncodedParts {
  const { seedCommitment, shareCommitments, ciphertexts } = message
  const committed = countEntries(shareCommitments, COMMITMENT_PAIR_BYTES, 'shareCommitments')
  const encrypted = countEntries(ciphertexts, CIPHERTEXT_BYTES, 'ciphertexts')
  if (committed !== encrypted) {
    throw unencodable('ciphertexts', `they are for ${encrypted} neighbours, the commitments for ${committed}`)
  }
  const writer = new Writer()
  writeOrigin(writer, message)
  writer.fixed(seedCommitment, COMMITMENT_BYTES, 'seedCommitment')
  return withBody(writer, [shareCommitments, ciphertexts])
}

/** The bulk is a view on the frame. @throws DecodeError */
export function decodeShareKeys(header: Reader, body: Reader, limits: MessageLimits): ShareKeys {
  const origin = readOrigin(header)
  const seedCommitment = header.fixed('seedCommitment', COMMITMENT_BYTES)
  const neighbours = bodyEntries(body, COMMITMENT_PAIR_BYTES + CIPHERTEXT_BYTES, limits.neighbours)
  const shareCommitments = body.view('shareCommitments', neighbours * COMMITMENT_PAIR_BYTES)
  const ciphertexts = body.view('ciphertexts', neighbours * CIPHERTEXT_BYTES)
  return { type: 'ShareKeys', ...origin, seedCommitment, shareCommitments, ciphertexts }
}
