import { expect, test, vi } from 'vitest'
import { secureRandom } from '../../../src/secagg/primitives/random.ts'
import { expectUsageError } from './support.ts'

test('lengths beyond the quota of getRandomValues are filled to the last byte', () => {
  const draw = vi.spyOn(crypto, 'getRandomValues')
  const length = 2 * 65_536 + 100
  const bytes = secureRandom(length)
  expect(draw.mock.calls.map(([part]) => (part as Uint8Array).length)).toEqual([65_536, 65_536, 100])
  expect(bytes.length).toBe(length)
  expect(bytes.subarray(-100).some(byte => byte !== 0)).toBe(true)
})

test('every byte value turns up about equally often', () => {
  const counts = new Uint32Array(256)
  for (const byte of secureRandom(256_000)) counts[byte]!++
  // 1,000 expected each, standard deviation 32: eight of them is a chance of 10^-13 over all values.
  expect(Math.min(...counts)).toBeGreaterThan(750)
  expect(Math.max(...counts)).toBeLessThan(1_250)
})

test('no bytes is a fair request, a negative or fractional number is not', () => {
  expect(secureRandom(0)).toEqual(new Uint8Array(0))
  for (const length of [-1, 1.5, Number.NaN, 2 ** 53]) expectUsageError(() => secureRandom(length), 'bad-length')
})
