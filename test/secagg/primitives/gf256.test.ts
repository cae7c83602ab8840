import { expect, test } from 'vitest'
import { divide, multiply } from '../../../src/secagg/primitives/gf256.ts'

/** Schoolbook: shift, add, and reduce by the polynomial. */
function slowMultiply(a: number, b: number): number {
  let product = 0
  for (let bit = 0; bit < 8; bit++) {
    if ((b >> bit) & 1) product ^= a
    a = (a << 1) ^ (a & 0x80 ? 0x11b : 0)
  }
  return product
}

test('multiplication is the one of FIPS 197, section 4.2', () => {
  expect(multiply(0x57, 0x83)).toBe(0xc1)
  expect(multiply(0x57, 0x13)).toBe(0xfe)
})

test('all 65,536 products and quotients are right', () => {
  let wrong = 0
  for (let a = 0; a < 256; a++) {
    for (let b = 0; b < 256; b++) {
      const product = multiply(a, b)
      if (product !== slowMultiply(a, b)) wrong++
      if (b !== 0 && divide(product, b) !== a) wrong++
    }
  }
  expect(wrong).toBe(0)
})
