import { expect } from 'vitest'
import { DecodeError, UsageError } from '../../../src/secagg/errors.ts'
import type { DecodeCode } from '../../../src/secagg/messages/codec.ts'
import { decodeMessage, encodeMessage } from '../../../src/secagg/messages/frame.ts'
import type { MessageLimits } from '../../../src/secagg/messages/limits.ts'
import type { Message } from '../../../src/secagg/messages/message.ts'
import { LIMITS } from './arbitraries.ts'

/** Fixed seed of the property tests: a failure is reproducible. */
export const SEED = 0x5eca99

/** Bytes from numbers, ASCII texts and other bytes. */
export function join(...parts: (number | string | Iterable<number>)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap(part => {
      if (typeof part === 'number') return [part]
      return typeof part === 'string' ? [...part].map(character => character.charCodeAt(0)) : [...part]
    }),
  )
}

/** `count` times the same byte. */
export function fill(byte: number, count: number): Uint8Array {
  return new Uint8Array(count).fill(byte)
}

/** A big-endian integer, written by other means than the codec's. */
export function be(value: number | bigint, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => Number((BigInt(value) >> BigInt(8 * (bytes - 1 - i))) & 0xffn))
}

/** A frame put together by hand after docs/wire-format.md. */
export function frameOf(typeCode: number, header: Uint8Array, body: Uint8Array = new Uint8Array()): Uint8Array {
  const padding = (8 - (header.length % 8)) % 8
  return join(be(1, 2), typeCode, 0, be(header.length, 4), be(body.length, 8), header, fill(0, padding), body)
}

/** That this message has these bytes, in both directions. */
export function expectBytes(message: Message, bytes: Uint8Array): void {
  expect(encodeMessage(message)).toEqual(bytes)
  expect(decodeMessage(bytes, LIMITS)).toEqual(message)
}

export function errorOf(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  return expect.fail('it did not throw')
}

/** That `bytes` are refused for this reason, and that the message names the field and where it is. */
export function expectRefusal(
  bytes: Uint8Array,
  code: DecodeCode,
  where: { field: string; at?: number },
  limits: MessageLimits = LIMITS,
): void {
  const error = errorOf(() => decodeMessage(bytes, limits))
  expect(error).toBeInstanceOf(DecodeError)
  const { code: actual, message } = error as DecodeError
  expect({ code: actual, message }).toMatchObject({ code })
  expect(message).toContain(`: ${where.field} at byte ${where.at ?? ''}`)
}

/** That the caller is told which field of his message cannot be encoded. */
export function expectUnencodable(message: Message, field: string): void {
  const error = errorOf(() => encodeMessage(message))
  expect(error).toBeInstanceOf(UsageError)
  expect(error).toMatchObject({ code: 'bad-field' })
  expect((error as UsageError).message).toMatch(new RegExp(`^${field.replace(/[[\]]/g, '\\$&')} cannot be encoded: `))
}
