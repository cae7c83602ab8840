import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeSum,
  encodeInput,
  packBits,
  planEncoding,
  RingVector,
  unpackBits,
} from '../../../src/secagg/encoding/index.ts'
import { addKeystream } from '../../../src/secagg/primitives/prg.ts'
import { abs, exact, keyOf, ringSum, SEED } from './helpers.ts'

const CLIENTS = 8
const PARAMETERS = { seed: SEED, numRuns: 300 }
const METRICS = [{ name: 'loss', kind: 'real', min: -2, max: 7, bits: 14 }] as const

/** A cohort of 1 to 8 survivors; values reach beyond the clip, and some lie exactly on it. */
const cohorts = fc
  .tuple(fc.integer({ min: 2, max: 32 }), fc.constantFrom(1e-30, 1e-4, 0.5, 1, 3, 1e30), fc.nat(12))
  .chain(([bits, bound, dimension]) => {
    const value = fc.oneof(
      fc.double({ min: -2, max: 2, noNaN: true }).map(x => x * bound),
      fc.constantFrom(0, -0, bound, -bound, 5e-324),
    )
    const client = fc.record({
      values: fc.array(value, { minLength: dimension, maxLength: dimension }),
      weight: fc.oneof(fc.nat(1000), fc.constantFrom(0, 1000)),
      metrics: fc.record({ loss: fc.double({ min: -2, max: 7, noNaN: true }) }),
    })
    const inputs = fc.array(client, { minLength: 1, maxLength: CLIENTS })
    return fc.record({ bits: fc.constant(bits), bound: fc.constant(bound), dimension: fc.constant(dimension), inputs })
  })

function clamp(x: number, bound: number): number {
  return Math.min(bound, Math.max(-bound, x))
}

describe(`encoding, adding up and decoding (${PARAMETERS.numRuns} runs, seed ${SEED})`, () => {
  it('give the weighted mean of the clipped inputs within the stated bounds, by exact arithmetic', async () => {
    const property = fc.asyncProperty(cohorts, async ({ bits, bound, dimension, inputs }) => {
      fc.pre(inputs.some(({ weight }) => weight > 0))
      const clip = { kind: 'coordinate', bound } as const
      const shape = { clients: CLIENTS, dimension, bits, clip }
      const plan = planEncoding({ kind: 'mean', ...shape, weightBound: 1000, metrics: METRICS })
      const { mean, sum, totalWeight, numerics } = decodeSum(plan, await ringSum(plan, inputs), inputs.length)
      const total = BigInt(totalWeight)
      expect(totalWeight).toBe(inputs.reduce((all, { weight }) => all + weight, 0))
      expect(numerics.roundingError!.max).toBeLessThanOrEqual(numerics.worstCaseError)
      for (let i = 0; i < dimension; i++) {
        const truth = inputs.reduce((all, c) => all + BigInt(c.weight) * exact(clamp(c.values[i]!, bound)), 0n)
        const error = abs(exact(mean[i]!) * total - truth)
        expect(error <= exact(numerics.worstCaseError) * total).toBe(true)
        expect(error <= exact(numerics.roundingError!.max) * total).toBe(true)
        expect(abs(exact(sum[i]!) - truth) <= exact(numerics.worstCaseError) * total).toBe(true)
      }
    })
    await fc.assert(property, PARAMETERS)
  })

  it('count every clipped coordinate and keep metrics within their bound', async () => {
    const property = fc.asyncProperty(cohorts, async ({ bits, bound, dimension, inputs }) => {
      const clip = { kind: 'coordinate', bound } as const
      const plan = planEncoding({ kind: 'sum', clients: CLIENTS, dimension, bits, clip, metrics: METRICS })
      const unweighted = inputs.map(({ values, metrics }) => ({ values, metrics }))
      const { metrics, numerics } = decodeSum(plan, await ringSum(plan, unweighted), inputs.length)
      const beyond = inputs.flatMap(({ values }) => values).filter(x => Math.abs(x) > bound)
      expect(numerics.clippedCoordinates).toBe(beyond.length)
      expect(numerics.metricsSaturated).toBe(0)
      const loss = inputs.reduce((all, input) => all + exact(input.metrics.loss), 0n)
      const { sum, worstCaseError } = metrics.loss!
      expect(abs(exact(Number(sum)) - loss) <= exact(worstCaseError)).toBe(true)
    })
    await fc.assert(property, PARAMETERS)
  })

  it('give the sum of L2-clipped inputs within the stated bound', async () => {
    const property = fc.asyncProperty(cohorts, async ({ bits, bound, dimension, inputs }) => {
      const clip = { kind: 'l2', bound } as const
      const plan = planEncoding({ kind: 'sum', clients: CLIENTS, dimension, bits, clip, metrics: [] })
      const vectors = inputs.map(({ values }) => ({ values }))
      const { sum, numerics } = decodeSum(plan, await ringSum(plan, vectors), inputs.length)
      const scales = inputs.map(({ values }) => Math.min(1, bound / Math.hypot(...values)))
      expect(numerics.clippedCoordinates).toBe(scales.filter(scale => scale < 1).length * dimension)
      // The reference below rounds as well: some units in the last place per client.
      const allowed = numerics.worstCaseError + inputs.length * bound * 1e-14
      for (let i = 0; i < dimension; i++) {
        const truth = inputs.reduce((all, { values }, c) => all + values[i]! * scales[c]!, 0)
        expect(Math.abs(sum[i]! - truth)).toBeLessThanOrEqual(allowed)
      }
    })
    await fc.assert(property, PARAMETERS)
  })

  it('return exact integers of any range', async () => {
    const ranges = fc
      .tuple(fc.bigInt({ min: -(2n ** 100n), max: 2n ** 100n }), fc.integer({ min: 0, max: 58 }))
      .chain(([start, bits]) => {
        const min = bits % 2 === 0 ? start : start % 1000n
        const max = min + 2n ** BigInt(bits) - 1n
        const vector = fc.array(fc.bigInt({ min, max }), { minLength: 4, maxLength: 4 })
        const inputs = fc.array(vector, { minLength: 1, maxLength: CLIENTS })
        return fc.record({ min: fc.constant(min), max: fc.constant(max), inputs })
      })
    const property = fc.asyncProperty(ranges, async ({ min, max, inputs }) => {
      const plan = planEncoding({ kind: 'integers', clients: CLIENTS, dimension: 4, min, max, metrics: [] })
      const written = inputs.map(values => ({
        values: values.map(v => (Number.isSafeInteger(Number(v)) ? Number(v) : v)),
      }))
      const { sum } = decodeSum(plan, await ringSum(plan, written), inputs.length)
      const truth = [0, 1, 2, 3].map(i => inputs.reduce((all, values) => all + values[i]!, 0n))
      expect(Array.from<number | bigint>(sum).map(BigInt)).toEqual(truth)
    })
    await fc.assert(property, PARAMETERS)
  })

  it('survive masking and packing bit for bit: the unmasked sum is the plaintext ring sum', async () => {
    const property = fc.asyncProperty(cohorts, async ({ bits, bound, dimension, inputs }) => {
      const clip = { kind: 'l2', bound } as const
      const plan = planEncoding({
        kind: 'mean',
        clients: CLIENTS,
        dimension,
        bits,
        clip,
        weightBound: 1000,
        metrics: METRICS,
      })
      const integers = new Array<bigint>(plan.length).fill(0n)
      const sum = RingVector.zeros(plan.length, plan.modulusBits)
      for (const [c, input] of inputs.entries()) {
        const { vector } = await encodeInput(plan, input, keyOf(c))
        for (let i = 0; i < plan.length; i++) integers[i]! += BigInt.asIntN(plan.modulusBits, vector.get(i))
        await addKeystream(keyOf(100 + c), 0, vector.words, 1, plan.lanes)
        sum.add(unpackBits(packBits(vector), plan.length, plan.modulusBits))
      }
      for (const c of inputs.keys()) await addKeystream(keyOf(100 + c), 0, sum.words, -1, plan.lanes)
      expect(sum.reduce().equals(await ringSum(plan, inputs))).toBe(true)
      fc.pre(inputs.some(({ weight }) => weight > 0))
      const decoded = decodeSum(plan, sum, inputs.length)
      const expected = integers.slice(0, dimension).map(value => Number(value) * plan.unit)
      expect([...decoded.sum]).toEqual(expected)
    })
    await fc.assert(property, PARAMETERS)
  })
})
