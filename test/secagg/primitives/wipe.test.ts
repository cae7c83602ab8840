import fc from 'fast-check'
import { expect, test } from 'vitest'
import { equalBytes, wipe } from '../../../src/secagg/primitives/wipe.ts'

test('wiping leaves zeros in every buffer', () => {
  const bytes = Uint8Array.of(1, 2, 3)
  const words = Uint32Array.of(4, 5)
  wipe(bytes, words)
  expect(bytes).toEqual(new Uint8Array(3))
  expect(words).toEqual(new Uint32Array(2))
})

test('byte strings are equal when their lengths and all their bytes are', () => {
  const bytes = fc.uint8Array({ maxLength: 8, max: 3 })
  fc.assert(
    fc.property(
      bytes,
      bytes,
      (a, b) => equalBytes(a, b) === (a.join() === b.join()) && equalBytes(a, Uint8Array.from(a)),
    ),
    { seed: 1, numRuns: 500 },
  )
  expect(equalBytes(new Uint8Array(0), new Uint8Array(1))).toBe(false)
})

test('a difference in any one bit is seen', () => {
  const bytes = new Uint8Array(32)
  for (let bit = 0; bit < 256; bit++) {
    const other = new Uint8Array(32)
    other[bit >> 3] = 1 << (bit & 7)
    expect(equalBytes(bytes, other)).toBe(false)
  }
})
