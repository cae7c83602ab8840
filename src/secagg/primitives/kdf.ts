import { hkdfSha256 } from '#native'
import { UsageError } from '../errors.ts'
import { concatBytes, requireBytes, utf8 } from './bytes.ts'

/** What a derived key is for. */
export type KeyLabel = 'share' | 'pairwise' | 'self'

const PROTOCOL = 'secagg v1 '
const SECRET_BYTES = 32
const TRANSCRIPT_BYTES = 32
const SHARE_KEY_BYTES = 32
const MASK_KEY_BYTES = 16

/** The most that HKDF-SHA-256 gives, RFC 5869 section 2.3. */
const MAX_LENGTH = 255 * 32
const MAX_UINT16 = 0xffff

/**
 * HKDF-SHA-256 (RFC 5869) without salt; everything public goes into `info`, in TLS presentation style (RFC 8446
 * section 3, modelled on its HkdfLabel), so that no two different inputs have the same bytes:
 *
 * ```
 * uint16 length; opaque label<1..255>; opaque transcript<0..2^16-1>; then each id as opaque id<0..2^16-1>
 * ```
 *
 * The label is "secagg v1 " followed by `label`; ids are UTF-8. The transcript is part of `info` and not the salt: the
 * server has a say in it, and a salt must not be an attacker's choice (RFC 5869 section 3.4).
 *
 * @throws UsageError `bad-key-length`, `field-too-long` or `ill-formed-text`.
 */
export function deriveKey(
  ikm: Uint8Array,
  transcript: Uint8Array,
  label: KeyLabel,
  ids: readonly string[],
  length: number,
): Uint8Array {
  if (!Number.isInteger(length) || length < 1 || length > MAX_LENGTH) {
    throw new UsageError('bad-key-length', `Cannot derive a key of ${length} bytes; ask for 1 to ${MAX_LENGTH}.`)
  }
  const name = utf8(PROTOCOL + label)
  const info = concatBytes(
    uint16(length),
    Uint8Array.of(name.length),
    name,
    opaque16('transcript', transcript),
    ...ids.map(id => opaque16('client id', utf8(id))),
  )
  return hkdfSha256(ikm, info, length)
}

/**
 * The 32-byte AEAD key for the one message that carries `from`'s shares to `to`. Directed: with one key for both
 * directions, the two messages would be encrypted under the same key and nonce and give away the XOR of the shares.
 *
 * @param dh the X25519 secret of the two encryption keys
 * @param t1 the 32-byte transcript hash T1 of the roster
 */
export function shareKey(dh: Uint8Array, t1: Uint8Array, from: string, to: string): Uint8Array {
  return roundKey(dh, t1, 'share', [from, to], SHARE_KEY_BYTES)
}

/**
 * The 16-byte PRG key of the mask that two clients share (Bonawitz et al., CCS 2017, section 4.0.4: s_{u,v}). The same
 * for (a, b) and (b, a); who adds it and who subtracts it is for {@link compareIds} to say.
 *
 * @param dh the X25519 secret of the two mask keys
 * @param t1 the 32-byte transcript hash T1 of the roster
 * @throws UsageError `same-client` when both ids are one.
 */
export function pairwiseMaskKey(dh: Uint8Array, t1: Uint8Array, idA: string, idB: string): Uint8Array {
  const order = compareIds(idA, idB)
  if (order === 0) throw new UsageError('same-client', 'A pairwise mask needs two clients; both ids are the same.')
  return roundKey(dh, t1, 'pairwise', order < 0 ? [idA, idB] : [idB, idA], MASK_KEY_BYTES)
}

/**
 * The 16-byte PRG key of a client's self-mask (the paper's b_u).
 *
 * @param seed the 32-byte self-mask seed, the one that is secret-shared
 * @param t1 the 32-byte transcript hash T1 of the roster
 */
export function selfMaskKey(seed: Uint8Array, t1: Uint8Array, id: string): Uint8Array {
  return roundKey(seed, t1, 'self', [id], MASK_KEY_BYTES)
}

/**
 * Orders client ids by their UTF-8 bytes, which is by code point: negative when `a` comes first. JavaScript's own order
 * goes by UTF-16 units and differs for characters beyond U+FFFF, so another implementation would disagree on the sign
 * of a mask.
 */
export function compareIds(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = codePointRank(a.charCodeAt(i)) - codePointRank(b.charCodeAt(i))
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Lifts surrogates (U+D800 to U+DFFF) above all other UTF-16 units, where the characters they stand for belong. */
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

function roundKey(
  ikm: Uint8Array,
  t1: Uint8Array,
  label: KeyLabel,
  ids: readonly string[],
  length: number,
): Uint8Array {
  requireBytes(label === 'self' ? 'self-mask seed' : 'shared secret', ikm, SECRET_BYTES)
  requireBytes('transcript hash T1', t1, TRANSCRIPT_BYTES)
  return deriveKey(ikm, t1, label, ids, length)
}

function opaque16(what: string, bytes: Uint8Array): Uint8Array {
  if (bytes.length > MAX_UINT16) {
    throw new UsageError('field-too-long', `The ${what} has ${bytes.length} bytes; at most ${MAX_UINT16} fit.`)
  }
  return concatBytes(uint16(bytes.length), bytes)
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff)
}
