import { describe, expect, it } from 'vitest'
import {
  decodeSum,
  type EncodingInput,
  type EncodingPlan,
  type IntegersSpec,
  planEncoding,
  RingVector,
} from '../../../src/secagg/encoding/index.ts'
import { AggregationAbortedError, DecodeError, UsageError } from '../../../src/secagg/errors.ts'
import { MEAN, ringSum } from './helpers.ts'

const INTEGERS: IntegersSpec = { kind: 'integers', clients: 3, dimension: 2, min: -5, max: 5, metrics: [] }

/** The sum of n times the same encoding, by repeated doubling: what n clients with this input add up to. */
async function times(n: number, plan: EncodingPlan, input: EncodingInput): Promise<RingVector> {
  const power = await ringSum(plan, [input])
  const sum = RingVector.zeros(plan.length, plan.modulusBits)
  for (let rest = n; rest > 0; rest >>= 1) {
    if (rest & 1) sum.add(power)
    power.add(power)
  }
  return sum
}

describe('decodeSum', () => {
  it('divides the weighted sum by the total weight', async () => {
    const plan = planEncoding({ ...MEAN, bits: 32 })
    const inputs = [
      { values: [1, 0, -1], weight: 100 },
      { values: [0, 0.5, 1], weight: 50 },
    ]
    const decoded = decodeSum(plan, await ringSum(plan, inputs), 2)
    expect(decoded.totalWeight).toBe(150)
    for (const [i, value] of [100, 25, -50].entries()) {
      expect(decoded.sum[i]).toBeCloseTo(value, 6)
      expect(decoded.mean[i]).toBeCloseTo(value / 150, 8)
    }
  })

  it('gives one client with all the weight its own input', async () => {
    const plan = planEncoding({ ...MEAN, bits: 32 })
    const silent = { values: [1, 1, 1], weight: 0 }
    const decoded = decodeSum(plan, await ringSum(plan, [silent, { values: [0.5, -0.25, 1], weight: 100 }, silent]), 3)
    expect(decoded.totalWeight).toBe(100)
    for (const [i, value] of [0.5, -0.25, 1].entries()) {
      expect(Math.abs(decoded.mean[i]! - value)).toBeLessThanOrEqual(decoded.numerics.worstCaseError)
    }
  })

  it('aborts when all weights are zero: no mean exists, and a made-up one would look like a result', async () => {
    const plan = planEncoding(MEAN)
    const sum = await times(3, plan, { values: [1, 1, 1], weight: 0 })
    const call = () => decodeSum(plan, sum, 3)
    expect(call).toThrow(AggregationAbortedError)
    expect(call).toThrow(expect.objectContaining({ code: 'total-weight-zero' }))
  })

  it.each([10, 100, 2000])('adds %i extreme inputs of 30 bits without wrapping, in both directions', async clients => {
    const plan = planEncoding({ ...MEAN, clients, bits: 30, clip: { kind: 'coordinate', bound: 2 } })
    const decoded = decodeSum(plan, await times(clients, plan, { values: [2, -2, 0], weight: 100 }), clients)
    expect([...decoded.mean]).toEqual([2, -2, 0])
    expect(decoded.totalWeight).toBe(100 * clients)
    const integers = planEncoding({ ...INTEGERS, clients, dimension: 3, min: -(2 ** 29), max: 2 ** 29 - 1 })
    const sum = await times(clients, integers, { values: [2 ** 29 - 1, -(2 ** 29), -1] })
    expect([...decodeSum(integers, sum, clients).sum]).toEqual([2 ** 29 - 1, -(2 ** 29), -1].map(x => x * clients))
  })

  it('uses the whole ring: the largest cohort at the widest range', async () => {
    const plan = planEncoding({ ...INTEGERS, clients: 8, min: 0, max: 2n ** 59n - 1n })
    expect(plan.modulusBits).toBe(62)
    const sum = await times(8, plan, { values: [2n ** 59n - 1n, 0n] })
    expect(sum.get(0)).toBe(2n ** 62n - 8n)
    expect(decodeSum(plan, sum, 8).sum).toEqual([2n ** 62n - 8n, 0n])
  })

  it('returns integers as doubles where these are exact for the whole cohort, else as BigInts', async () => {
    const inputs = [{ values: [-5, 5] }, { values: [-4n, 5n] }]
    const narrow = planEncoding(INTEGERS)
    expect(decodeSum(narrow, await ringSum(narrow, inputs), 2).sum).toEqual(Float64Array.of(-9, 10))
    const lanes = planEncoding({ ...INTEGERS, min: -5, max: 2 ** 40 })
    expect(lanes.lanes).toBe(2)
    const big = { values: [2 ** 40, -5] }
    expect(decodeSum(lanes, await ringSum(lanes, [...inputs, big]), 3).sum).toEqual(Float64Array.of(2 ** 40 - 9, 5))
    const offset = planEncoding({ ...INTEGERS, min: 10n ** 20n, max: 10n ** 20n + 1n })
    const sum = await ringSum(offset, [{ values: [10n ** 20n, 10n ** 20n + 1n] }])
    expect(decodeSum(offset, sum, 1).sum).toEqual([10n ** 20n, 10n ** 20n + 1n])
    expect(decodeSum(offset, sum, 1).numerics).toMatchObject({ bits: 1, worstCaseError: 0, clippedFraction: 0 })
  })

  it('ignores what is above the modulus: the sum need not be reduced', async () => {
    const plans = [
      planEncoding({ ...MEAN, dimension: 2 }),
      planEncoding({ ...MEAN, dimension: 2, bits: 32 }),
      planEncoding(INTEGERS),
      planEncoding({ ...INTEGERS, max: 2 ** 40 }),
      planEncoding({ ...INTEGERS, max: 2n ** 58n }),
    ]
    for (const plan of plans) {
      const weight = plan.kind === 'mean' ? { weight: 100 } : {}
      const sum = await ringSum(plan, [{ values: [1, -1], ...weight }])
      const lazy = sum.clone()
      const top = plan.modulusBits % 32
      for (let i = plan.lanes - 1; i < lazy.words.length; i += plan.lanes) lazy.words[i]! |= -1 << top
      expect(lazy.words).not.toEqual(sum.words)
      expect(decodeSum(plan, lazy, 1)).toEqual(decodeSum(plan, sum, 1))
      expect(Array.from(decodeSum(plan, lazy, 1).sum, Number)).toEqual(weight.weight ? [100, -100] : [1, -1])
    }
  })

  it('sums metrics wider than 53 bits exactly', async () => {
    const metrics = [
      { name: 'wide', kind: 'integer', min: -(2n ** 90n), max: 2n ** 90n },
      { name: 'narrow', kind: 'integer', min: -1000, max: 0 },
    ] as const
    const plan = planEncoding({ ...MEAN, dimension: 0, metrics })
    const inputs = [2n ** 90n, -(2n ** 90n) + 1n, 2n ** 60n + 1n].map(wide => ({
      values: [],
      weight: 1,
      metrics: { wide, narrow: -1000 },
    }))
    const decoded = decodeSum(plan, await ringSum(plan, inputs), 3)
    expect(decoded.metrics.wide).toEqual({
      sum: 2n ** 60n + 2n,
      mean: (2 ** 60 + 2) / 3,
      worstCaseError: 0,
      saturated: 0,
    })
    expect(decoded.metrics.narrow).toMatchObject({ sum: -3000, mean: -1000 })
  })

  it('decodes an empty update: a sum of metrics alone', async () => {
    const plan = planEncoding({ ...MEAN, dimension: 0, metrics: [{ name: 'n', kind: 'integer', min: 0, max: 9 }] })
    const inputs = [4, 5].map(n => ({ values: new Float32Array(0), weight: n, metrics: { n } }))
    const decoded = decodeSum(plan, await ringSum(plan, inputs), 2)
    expect(decoded).toMatchObject({ kind: 'mean', survivors: 2, totalWeight: 9, metrics: { n: { sum: 9, mean: 4.5 } } })
    expect(decoded.mean.length).toBe(0)
    expect(decoded.numerics.clippedFraction).toBe(0)
  })

  it('adds up clip counts and saturations over the survivors', async () => {
    const metrics = [{ name: 'loss', kind: 'real', min: 0, max: 1, bits: 16 }] as const
    const plan = planEncoding({ ...MEAN, metrics })
    const inputs = [
      { values: [2, 2, 0], weight: 1, metrics: { loss: 2 } },
      { values: [0, -2, 0], weight: 1, metrics: { loss: -1 } },
      { values: [0, 0, 0], weight: 1, metrics: { loss: 0.5 } },
    ]
    const { numerics, metrics: decoded } = decodeSum(plan, await ringSum(plan, inputs), 3)
    expect(numerics).toMatchObject({
      bits: 16,
      modulusBits: plan.modulusBits,
      clippedCoordinates: 3,
      metricsSaturated: 2,
    })
    expect(numerics.clippedFraction).toBeCloseTo(1 / 3, 15)
    expect(decoded.loss!.saturated).toBe(2)
    expect(Math.abs((decoded.loss!.sum as number) - 1.5)).toBeLessThanOrEqual(decoded.loss!.worstCaseError)
  })

  it('notices when the sum does not hold as many inputs as it was told', async () => {
    const plan = planEncoding(MEAN)
    const sum = await times(3, plan, { values: [0.1, 0.1, 0.1], weight: 5 })
    for (const survivors of [2, 4]) {
      const call = () => decodeSum(plan, sum, survivors)
      expect(call).toThrow(DecodeError)
      expect(call).toThrow(expect.objectContaining({ code: 'sum-inconsistent' }))
      expect(call).toThrow(/contributors/)
    }
  })

  it('notices a coordinate or a weight that no such clients can have', async () => {
    for (const bits of [16, 32]) {
      const plan = planEncoding({ ...MEAN, bits })
      for (const excess of [2n, -(2n ** 16n) * 2n ** BigInt(bits - 16)]) {
        const sum = await ringSum(plan, [{ values: [1, 0, 0], weight: 100 }])
        sum.set(0, sum.get(0) + excess)
        expect(() => decodeSum(plan, sum, 1)).toThrow(/coordinates: the sum lies outside/)
      }
      const sum = await ringSum(plan, [{ values: [1, 0, 0], weight: 100 }])
      sum.set(plan.layout.weight!.offset, 101n)
      expect(() => decodeSum(plan, sum, 1)).toThrow(/weight: the sum lies outside/)
    }
    for (const max of [5, 2n ** 58n]) {
      const plan = planEncoding({ ...INTEGERS, max })
      const sum = await ringSum(plan, [{ values: [max, 0] }])
      sum.set(0, sum.get(0) + 1n)
      expect(() => decodeSum(plan, sum, 1)).toThrow(/coordinates: the sum lies outside/)
    }
  })

  it('refuses a sum of another shape and a count of survivors that cannot be', async () => {
    const plan = planEncoding(MEAN)
    const sum = await ringSum(plan, [{ values: [0, 0, 0], weight: 1 }])
    const other = [
      RingVector.zeros(plan.length + 1, plan.modulusBits),
      RingVector.zeros(plan.length, plan.modulusBits + 1),
    ]
    for (const wrong of other) {
      expect(() => decodeSum(plan, wrong, 1)).toThrow(expect.objectContaining({ code: 'sum-shape' }))
      expect(() => decodeSum(plan, wrong, 1)).toThrow(UsageError)
    }
    for (const survivors of [0, -1, 1.5, 11, Number.NaN]) {
      expect(() => decodeSum(plan, sum, survivors)).toThrow(expect.objectContaining({ code: 'survivors' }))
    }
  })
})
