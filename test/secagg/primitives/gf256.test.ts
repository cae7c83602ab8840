import { expect, test } from 'vitest'
import { addMultiple, divide, lagrangeWeightsAtZero, multiply } from '../../../src/secagg/primitives/gf256.ts'

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

test('adding a multiple of a vector multiplies byte by byte, for every factor and byte', () => {
  const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i)
  for (let factor = 1; factor < 256; factor++) {
    const sum = everyByte.slice().reverse()
    addMultiple(sum, factor, everyByte)
    expect(sum).toEqual(everyByte.map(byte => (255 - byte) ^ slowMultiply(factor, byte)))
  }
})

test('the length of a sum says how much of a longer vector counts', () => {
  const sum = new Uint8Array(2)
  addMultiple(sum, 1, Uint8Array.of(7, 0, 9))
  expect(sum).toEqual(Uint8Array.of(7, 0))
})

test.each([1, 2, 3, 41, 127, 128, 129, 200, 254, 255])(
  'the Lagrange weights at 0 of %d points are the products of their definition',
  count => {
    // 7 is prime to 255: every element but 0, in an order of no meaning.
    const points = Uint8Array.from({ length: count }, (_, i) => ((i * 7) % 255) + 1)
    const expected = points.map(xi =>
      points.reduce((weight, xj) => (xj === xi ? weight : slowMultiply(weight, divide(xj, xj ^ xi))), 1),
    )
    expect(lagrangeWeightsAtZero(points)).toEqual(expected)
  },
)
