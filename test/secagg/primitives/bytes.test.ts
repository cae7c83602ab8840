import { expect, test } from 'vitest'
import { concatBytes, equalBytes, requireBytes, utf8, wipe } from '../../../src/secagg/primitives/bytes.ts'
import { expectUsageError } from './support.ts'

test('parts are joined in order', () => {
  expect(concatBytes(Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3))).toEqual(Uint8Array.of(1, 2, 3))
  expect(concatBytes()).toEqual(new Uint8Array(0))
})

test('text becomes UTF-8', () => {
  expect(utf8('aé€😀')).toEqual(Uint8Array.of(0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80))
})

test('a lone surrogate is refused, because all of them would become the same bytes', () => {
  for (const text of ['\ud800', 'a\udfff', '\udc00\ud800']) expectUsageError(() => utf8(text), 'ill-formed-text')
})

test('a wrong length is reported with both sizes and none of the bytes', () => {
  const secret = new Uint8Array(5).fill(0x77)
  expectUsageError(() => requireBytes('mask key', secret, 16), 'bad-length')
  expect(() => requireBytes('mask key', secret, 16)).toThrow('The mask key has 5 bytes; it must have 16.')
  expectUsageError(() => requireBytes('mask key', 'text' as unknown as Uint8Array, 4), 'bad-length')
})

test('wipe and equalBytes can be had from here too', () => {
  const buffer = Uint8Array.of(1)
  wipe(buffer)
  expect(equalBytes(buffer, Uint8Array.of(0))).toBe(true)
})
