import { describe, expect, it } from 'vitest'
import { l2Norm } from '../../../src/secagg/encoding/measure.ts'
import { type QuantizationTally, type Quantizer, quantize } from '../../../src/secagg/encoding/quantize.ts'
import { RingVector } from '../../../src/secagg/encoding/ring.ts'
import { fillKeystream } from '../../../src/secagg/primitives/prg.ts'
import { keyOf } from './helpers.ts'

const UNITS: Quantizer = { clip: Infinity, prescale: 1, gain: 1, steps: 2 ** 31 - 1 }

function signed(vector: RingVector, i: number): number {
  return Number(BigInt.asIntN(vector.modulusBits, vector.get(i)))
}

function quantizeOne(value: number, noise: number, quantizer: Quantizer = UNITS, modulusBits = 40): number {
  const vector = RingVector.zeros(1, modulusBits)
  quantize(Float64Array.of(value), 0, Uint32Array.of(noise), quantizer, vector, {
    clipped: 0,
    maxError: 0,
    squaredError: 0,
  })
  return signed(vector.reduce(), 0)
}

describe('quantize', () => {
  it('rounds up with the probability of the fraction: unbiased within five standard deviations', async () => {
    const samples = 200_000
    const noise = new Uint32Array(samples)
    await fillKeystream(keyOf(1), 0, noise)
    for (const value of [0.5, 0.1, 0.9, 0.001, -0.3, -7.75, 12_345.6, -1e6 + 0.2]) {
      const vector = RingVector.zeros(samples, 32)
      const tally: QuantizationTally = { clipped: 0, maxError: 0, squaredError: 0 }
      quantize(new Float64Array(samples).fill(value), 0, noise, UNITS, vector, tally)
      let total = 0
      let strays = 0
      for (let i = 0; i < samples; i++) {
        const rounded = signed(vector, i)
        if (rounded !== Math.floor(value) && rounded !== Math.ceil(value)) strays++
        total += rounded - value
      }
      expect(strays).toBe(0)
      const fraction = value - Math.floor(value)
      const deviation = Math.sqrt((fraction * (1 - fraction)) / samples)
      expect(Math.abs(total / samples)).toBeLessThan(5 * deviation)
      expect(tally.squaredError / samples).toBeCloseTo(fraction * (1 - fraction), 2)
      expect(tally.maxError).toBeCloseTo(Math.max(fraction, 1 - fraction), 6)
    }
  })

  it('compares the random word with the fraction exactly', () => {
    expect([quantizeOne(0.5, 2 ** 31 - 1), quantizeOne(0.5, 2 ** 31)]).toEqual([1, 0])
    expect([quantizeOne(-0.25, 3 * 2 ** 30 - 1), quantizeOne(-0.25, 3 * 2 ** 30)]).toEqual([0, -1])
  })

  it.each([0, 2 ** 32 - 1])('leaves integers as they are, whatever the random word (%i)', noise => {
    for (const value of [0, -0, 1, -1, 2 ** 31 - 1, -(2 ** 31) + 1]) {
      expect(quantizeOne(value, noise, UNITS, 32)).toBe(value + 0)
      expect(quantizeOne(value, noise, UNITS, 62)).toBe(value + 0)
    }
  })

  it('never leaves the grid, even when scaling rounds upwards', () => {
    const steps = 32767
    const overshooting = { ...UNITS, gain: steps * (1 + 2 ** -50), steps }
    for (const noise of [0, 2 ** 32 - 1]) {
      expect(quantizeOne(1, noise, overshooting)).toBe(steps)
      expect(quantizeOne(-1, noise, overshooting)).toBe(-steps)
    }
  })

  it('rounds a value just below zero to zero or one unit below', () => {
    expect(quantizeOne(-1e-300, 2 ** 32 - 1)).toBe(0)
    expect(quantizeOne(-(2 ** -32), 2 ** 32 - 1)).toBe(-1)
  })

  it('clips each coordinate and counts, leaving entries outside its range alone', () => {
    const vector = RingVector.zeros(6, 20)
    const tally: QuantizationTally = { clipped: 1, maxError: 0.5, squaredError: 2 }
    const values = Float32Array.of(9, -9, 2, -2, 1, 9)
    quantize(values, 1, new Uint32Array(4), { ...UNITS, clip: 2, gain: 10, steps: 20 }, vector, tally)
    expect([0, 1, 2, 3, 4, 5].map(i => signed(vector, i))).toEqual([0, -20, 20, -20, 10, 0])
    expect(tally).toEqual({ clipped: 2, maxError: 0.5, squaredError: 2 })
  })
})

describe('l2Norm', () => {
  it('is the Euclidean norm, over any number of blocks', () => {
    expect(l2Norm(Float32Array.of(3, -4))).toEqual({ scaled: 5, prescale: 1 })
    const many = new Float64Array(10_000).fill(0.5)
    expect(l2Norm(many).scaled).toBe(50)
    expect(l2Norm(new Float32Array(0)).scaled).toBe(0)
  })

  it('survives squares that would overflow', () => {
    const { scaled, prescale } = l2Norm(Float64Array.of(3e300, 4e300))
    expect(scaled / prescale / 5e300).toBeCloseTo(1, 14)
  })
})
