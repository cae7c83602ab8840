/**
 * GF(256) with the AES polynomial x^8 + x^4 + x^3 + x + 1 (FIPS 197 section 4.2), by logarithms to the generator 3.
 * Addition and subtraction are XOR. Table look-ups take time that depends on their index: these are for shares that the
 * server already holds and for simulations.
 */

const GENERATOR_ORDER = 255
const POLYNOMIAL = 0x11b

/** Powers of the generator, twice over, so that a sum of two logarithms needs no reduction. */
const EXP = new Uint8Array(2 * GENERATOR_ORDER)
const LOG = new Uint8Array(256)

for (let power = 0, value = 1; power < GENERATOR_ORDER; power++) {
  EXP[power] = value
  EXP[power + GENERATOR_ORDER] = value
  LOG[value] = power
  const doubled = value << 1
  value ^= doubled > 0xff ? doubled ^ POLYNOMIAL : doubled
}

/** a b */
export function multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : EXP[LOG[a]! + LOG[b]!]!
}

/** a / b, for b other than 0. */
export function divide(a: number, b: number): number {
  return a === 0 ? 0 : EXP[LOG[a]! + GENERATOR_ORDER - LOG[b]!]!
}

/** Adds `factor` times `vector` to `sum`, byte by byte; `factor` is not 0. `sum` has the length, `vector` may be longer. */
export function addMultiple(sum: Uint8Array, factor: number, vector: Uint8Array): void {
  const shift = LOG[factor]!
  for (let i = 0; i < sum.length; i++) {
    const byte = vector[i]!
    if (byte !== 0) sum[i] = sum[i]! ^ EXP[LOG[byte]! + shift]!
  }
}

/**
 * The Lagrange weights at 0 of distinct points other than 0: for each x_i the product over j != i of x_j / (x_j - x_i).
 * Sums of logarithms (subtraction is XOR), so each pair costs one look-up. The differences of x_i to *all* other elements
 * multiply to 1, as those are the elements other than 0, and -1 is 1: beyond half of the field it is cheaper to go
 * through the elements that are not points, whose product is the inverse of the wanted one.
 */
export function lagrangeWeightsAtZero(points: Uint8Array): Uint8Array {
  const absent = points.length > 128 ? elementsOutside(points) : undefined
  const product = sumOfLogarithms(points, 0)
  return points.map(xi => {
    // LOG[0] is 0, so that x_i itself adds nothing.
    const differences = absent === undefined ? -sumOfLogarithms(points, xi) : sumOfLogarithms(absent, xi)
    const logarithm = (product - LOG[xi]! + differences) % GENERATOR_ORDER
    return EXP[logarithm < 0 ? logarithm + GENERATOR_ORDER : logarithm]!
  })
}

/** The logarithm, before reduction, of the product of all differences to x other than 0. */
function sumOfLogarithms(elements: Uint8Array, x: number): number {
  let sum = 0
  for (let i = 0; i < elements.length; i++) sum += LOG[elements[i]! ^ x]!
  return sum
}

/** 0 among them. */
function elementsOutside(points: Uint8Array): Uint8Array {
  const outside = new Uint8Array(256 - points.length)
  const isPoint = new Uint8Array(256)
  for (let i = 0; i < points.length; i++) isPoint[points[i]!] = 1
  for (let x = 0, count = 0; x < 256; x++) {
    if (isPoint[x] === 0) outside[count++] = x
  }
  return outside
}
