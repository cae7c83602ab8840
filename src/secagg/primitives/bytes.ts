import { UsageError } from '../errors.ts'

export { equalBytes, wipe } from './wipe.ts'

const encoder = new TextEncoder()

/** The parts in order, in one new array. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/**
 * UTF-8 of a well-formed string. A lone surrogate is refused: `TextEncoder` turns every one of them into the same
 * U+FFFD, so two different ids would become the same bytes.
 *
 * @throws UsageError `ill-formed-text`.
 */
export function utf8(text: string): Uint8Array {
  if (/\p{Surrogate}/u.test(text)) {
    throw new UsageError(
      'ill-formed-text',
      'The text holds a lone surrogate, which has no UTF-8; pass well-formed text.',
    )
  }
  return encoder.encode(text)
}

/**
 * Passes only a `Uint8Array` of `length` bytes. The message names the argument and the sizes, never the bytes.
 *
 * @throws UsageError `bad-length`.
 */
export function requireBytes(what: string, bytes: Uint8Array, length: number): void {
  if (!(bytes instanceof Uint8Array)) throw new UsageError('bad-length', `The ${what} must be a Uint8Array.`)
  if (bytes.length !== length) {
    throw new UsageError('bad-length', `The ${what} has ${bytes.length} bytes; it must have ${length}.`)
  }
}
