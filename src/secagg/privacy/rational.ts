import { UsageError } from '../errors.ts'

/** A fraction, in whole numbers; the denominator is positive. */
export interface Rational {
  readonly numerator: bigint
  readonly denominator: bigint
}

/**
 * The positive number `value` as a fraction in lowest terms. A double *is* a fraction (a 53-bit integer times a power of
 * two) and is taken as exactly that: 0.1 becomes 3602879701896397 / 2^55, not 1/10.
 *
 * @param name - what the number is, for the error
 * @throws {@link UsageError} `bad-noise` when it is not a positive finite number.
 */
export function positiveRational(name: string, value: number | Rational): Rational {
  if (typeof value === 'number') {
    if (!(value > 0 && value < Number.POSITIVE_INFINITY)) throw notPositive(name, String(value))
    return fromDouble(value)
  }
  const { numerator, denominator } = value ?? {}
  if (typeof numerator !== 'bigint' || typeof denominator !== 'bigint' || numerator <= 0n || denominator <= 0n) {
    throw notPositive(name, `${String(numerator)} / ${String(denominator)}`)
  }
  return reduced(numerator, denominator)
}

function fromDouble(value: number): Rational {
  let denominator = 1n
  // Doubling is exact, and a double has at most 1,074 binary places.
  for (; !Number.isInteger(value); denominator <<= 1n) value *= 2
  return reduced(BigInt(value), denominator)
}

function reduced(numerator: bigint, denominator: bigint): Rational {
  let [a, b] = [numerator, denominator]
  while (b !== 0n) [a, b] = [b, a % b]
  return Object.freeze({ numerator: numerator / a, denominator: denominator / a })
}

function notPositive(name: string, found: string): UsageError {
  return new UsageError('bad-noise', `${name} must be a positive finite number or fraction, not ${found}.`)
}
