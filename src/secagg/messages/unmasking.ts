import { type DecodeCode, type Reader, unencodable, Writer } from './codec.ts'
import type { MessageLimits } from './limits.ts'
import { bodyEntries, countEntries, type EncodedParts, readOrigin, withBody, writeOrigin } from './parts.ts'
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

/** What is wrong with one entry, if anything. An absent share has one encoding: zeros. */
function entryProblem(entry: Uint8Array): { code: DecodeCode; problem: string } | undefined {
  const kind = entry[0]!
  if (kind > ShareKind.MASK_KEY) return { code: 'bad-share-kind', problem: `${kind} is no kind of share` }
  if (kind === ShareKind.ABSENT && entry.some(byte => byte !== 0)) {
    return { code: 'non-zero-absent-share', problem: 'bytes follow where a share is said to be absent' }
  }
  return undefined
}

/** @throws UsageError `bad-field`. */
export function encodeUnmasking(message: Unmasking): EncodedParts {
  const { shares } = message
  const count = countEntries(shares, UNMASKING_ENTRY_BYTES, 'shares')
  for (let i = 0; i < count; i++) {
    const found = entryProblem(shares.subarray(i * UNMASKING_ENTRY_BYTES, (i + 1) * UNMASKING_ENTRY_BYTES))
    if (found !== undefined) throw unencodable(`shares[${i}]`, found.problem)
  }
  const writer = new Writer()
  writeOrigin(writer, message)
  return withBody(writer, [shares])
}

/** The bulk is a view on the frame. @throws DecodeError */
export function decodeUnmasking(header: Reader, body: Reader, limits: MessageLimits): Unmasking {
  const origin = readOrigin(header)
  const count = bodyEntries(body, UNMASKING_ENTRY_BYTES, limits.neighbours)
  const start = body.offset
  const shares = body.view('shares', count * UNMASKING_ENTRY_BYTES)
  for (let i = 0; i < count; i++) {
    const at = i * UNMASKING_ENTRY_BYTES
    const found = entryProblem(shares.subarray(at, at + UNMASKING_ENTRY_BYTES))
    if (found !== undefined) throw body.error(found.code, `shares[${i}]`, found.problem, start + at)
  }
  return { type: 'Unmasking', ...origin, shares }
}
