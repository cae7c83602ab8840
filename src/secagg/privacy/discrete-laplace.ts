import { UsageError } from '../errors.ts'
import { bernoulliExp, bernoulliExpUnit } from './bernoulli-exp.ts'
import type { RandomBits } from './random-bits.ts'
import { positiveRational, type Rational } from './rational.ts'

/** The largest scale t / s, and the largest t: with it no sample comes near 2^53. */
const MOST_SCALE = 2n ** 40n

/** Gives one sample from `bits`. */
export type Sampler = (bits: RandomBits) => number

/**
 * A sampler of Pr[x] proportional to exp(-|x| / scale), exact.
 *
 * Canonne, Kamath, Steinke 2020, algorithm 2, with scale = t / s in lowest terms.
 *
 * @throws {@link UsageError} `bad-noise` unless 0 < scale <= 2^40
 */
export function discreteLaplaceSampler(scale: number | Rational): Sampler {
  const { numerator: t, denominator: s } = positiveRational('the scale of discrete Laplace noise', scale)
  if (t > MOST_SCALE * s) throw new UsageError('bad-noise', 'the scale of discrete Laplace noise is at most 2^40.')
  if (t <= MOST_SCALE && s <= MOST_SCALE) return bits => laplace(bits, Number(t), Number(s))
  return bits => bigLaplace(bits, t, s)
}

/** For t and s up to 2^40. */
export function laplace(bits: RandomBits, t: number, s: number): number {
  for (;;) {
    // |X| = u + t v is geometric with ratio exp(-1 / t), and its quotient by s has ratio exp(-s / t).
    const u = bits.below(t)
    if (!bernoulliExpUnit(bits, u, t)) continue
    let v = 0
    while (bernoulliExpUnit(bits, 1, 1)) v++
    // Below 2^53 (v >= 2^12 has probability e^-4096), and % is exact, where floor(x / s) may round up.
    const whole = u + t * v
    const size = (whole - (whole % s)) / s
    const negative = bits.bit()
    // Zero has one sign, not two.
    if (!(negative && size === 0)) return negative ? -size : size
  }
}

function bigLaplace(bits: RandomBits, t: bigint, s: bigint): number {
  for (;;) {
    const u = bigBelow(bits, t)
    if (!bernoulliExp(bits, u, t)) continue
    let v = 0n
    while (bernoulliExpUnit(bits, 1, 1)) v++
    const size = Number((u + t * v) / s)
    const negative = bits.bit()
    if (!(negative && size === 0)) return negative ? -size : size
  }
}

/** A uniform integer from 0 to `bound` - 1: drawn again where it would be biased. */
function bigBelow(bits: RandomBits, bound: bigint): bigint {
  for (;;) {
    let [value, range] = [0n, 1n]
    while (range < bound) {
      value = (value << 16n) | BigInt(bits.chunk())
      range <<= 16n
    }
    if (value < range - (range % bound)) return value % bound
  }
}
