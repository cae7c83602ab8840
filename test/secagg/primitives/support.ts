import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { expect } from 'vitest'
import { UsageError } from '../../../src/secagg/errors.ts'

/** Bytes from hex digits; spaces may group them. */
export const hex = (digits: string): Uint8Array => hexToBytes(digits.replaceAll(' ', ''))
export const toHex = (bytes: Uint8Array): string => bytesToHex(bytes)
export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Passes when `action` throws a UsageError with this code. */
export function expectUsageError(action: () => unknown, code: string): void {
  let thrown: unknown
  try {
    action()
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(UsageError)
  expect(thrown).toMatchObject({ code })
}

/** A small seeded generator (xorshift32) for data that must be the same in every run. */
export function seededBytes(seed: number): (length: number) => Uint8Array {
  let state = seed | 0 || 1
  return length => {
    const bytes = new Uint8Array(length)
    for (let i = 0; i < length; i++) {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      bytes[i] = state >>> 24
    }
    return bytes
  }
}
