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
