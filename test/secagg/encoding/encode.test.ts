import { describe, expect, it } from 'vitest'
import { decodeSum, encodeInput, planEncoding, type SumSpec } from '../../../src/secagg/encoding/index.ts'
import { fillKeystream } from '../../../src/secagg/primitives/prg.ts'
import { keyOf, MEAN } from './helpers.ts'

const SUM: SumSpec = {
  kind: 'sum',
  clients: 4,
  dimension: 3,
  bits: 16,
  clip: { kind: 'coordinate', bound: 1 },
  metrics: [],
}

function signed(value: bigint, bits: number): number {
  return Number(BigInt.asIntN(bits, value))
}

describe('encodeInput', () => {
  it('is deterministic in the rounding key, and rounds differently under another', async () => {
    const plan = planEncoding({ ...SUM, dimension: 40_000 })
    const values = new Float32Array(40_000).map((_, i) => Math.sin(i))
    const [once, again, other] = await Promise.all([1, 1, 2].map(n => encodeInput(plan, { values }, keyOf(n))))
    expect(once!.vector.equals(again!.vector)).toBe(true)
    expect(once!.vector.equals(other!.vector)).toBe(false)
  })

  it('rounds coordinate i by word i of the keystream, and real metrics by the words that follow', async () => {
    const dimension = 40_000
    const metrics = [1, 2, 3].map(n => ({ name: `m${n}`, kind: 'real', min: 0, max: 1, bits: 1 }) as const)
    // The bits set the grid: 2 bits mean the steps -1, 0 and 1, so 0.5 goes up or down by the word's highest bit.
    const plan = planEncoding({ ...SUM, dimension, bits: 2, metrics })
    const words = new Uint32Array(dimension + 3)
    await fillKeystream(keyOf(1), 0, words)
    const input = { values: new Float32Array(dimension).fill(0.5), metrics: { m1: 0.5, m2: 0.5, m3: 0.5 } }
    const { vector } = await encodeInput(plan, input, keyOf(1))
    const offsets = plan.layout.metrics.map(({ value }) => value.offset)
    const rounded = [...vector.words.subarray(0, dimension), ...offsets.map(offset => vector.words[offset])]
    expect(rounded).toEqual([...words].map(word => (word < 2 ** 31 ? 1 : 0)))
  })

  it('gives the same vector for the same numbers as Float32Array, Float64Array or array', async () => {
    const plan = planEncoding(SUM)
    const numbers = [0.125, -0.75, 0.3]
    const single = Float32Array.from(numbers)
    const vectors = await Promise.all(
      [single, Float64Array.from(single), [...single]].map(values => encodeInput(plan, { values }, keyOf(1))),
    )
    for (const { vector } of vectors) expect(vector.words).toEqual(vectors[0]!.vector.words)
  })

  it('returns a reduced vector of the shape that the plan states', async () => {
    for (const bits of [2, 16, 28, 32]) {
      const plan = planEncoding({ ...SUM, bits })
      const { vector } = await encodeInput(plan, { values: [-1, -0.5, 1] }, keyOf(1))
      expect([vector.length, vector.modulusBits, vector.lanes]).toEqual([plan.length, plan.modulusBits, plan.lanes])
      expect(vector.clone().reduce().words).toEqual(vector.words)
    }
  })

  it('scales by weight / weightBound: full weight uses the whole grid, weight zero none of it', async () => {
    const plan = planEncoding(MEAN)
    const at = async (weight: number) => {
      const { vector } = await encodeInput(plan, { values: [1, -1, 0.5], weight }, keyOf(1))
      return [0, 1].map(i => signed(vector.get(i), plan.modulusBits))
    }
    expect(await at(100)).toEqual([32767, -32767])
    expect(await at(0)).toEqual([0, 0])
    for (const [i, rounded] of (await at(50)).entries()) expect(Math.abs(rounded - [16383.5, -16383.5][i]!)).toBe(0.5)
  })

  it('copies its input: what the caller does to it afterwards changes nothing', async () => {
    const plan = planEncoding({ ...SUM, dimension: 50_000 })
    const values = new Float32Array(50_000).fill(0.5)
    const key = keyOf(3)
    const expected = await encodeInput(plan, { values: values.slice() }, key.slice())
    const pending = encodeInput(plan, { values }, key)
    values.fill(Number.NaN)
    key.fill(0)
    expect((await pending).vector.equals(expected.vector)).toBe(true)
  })

  it('clips each coordinate to the bound and counts', async () => {
    const plan = planEncoding(SUM)
    const { vector, report } = await encodeInput(plan, { values: Float64Array.of(1.5, -1e308, 0) }, keyOf(1))
    expect([0, 1, 2].map(i => signed(vector.get(i), plan.modulusBits))).toEqual([32767, -32767, 0])
    expect(report).toEqual({ clippedCoordinates: 2, roundingError: { max: 0, l2: 0 }, metricsSaturated: [] })
    const decoded = decodeSum(plan, vector, 1)
    expect(decoded.numerics).toMatchObject({ clippedCoordinates: 2, clippedFraction: 2 / 3 })
    expect([...decoded.sum]).toEqual([1, -1, 0])
  })

  it('scales a vector beyond the L2 bound back to it, and says so', async () => {
    const plan = planEncoding({ ...SUM, dimension: 2, bits: 32, clip: { kind: 'l2', bound: 1 } })
    const { vector, report } = await encodeInput(plan, { values: [3, -4] }, keyOf(1))
    expect(report).toMatchObject({ clippedCoordinates: 2, l2: { norm: 5, scale: 0.2 } })
    const { sum, numerics } = decodeSum(plan, vector, 1)
    expect(sum[0]).toBeCloseTo(0.6, 8)
    expect(sum[1]).toBeCloseTo(-0.8, 8)
    expect(numerics.clippedFraction).toBe(1)
  })

  it('leaves a vector within the L2 bound alone', async () => {
    const plan = planEncoding({ ...SUM, dimension: 2, clip: { kind: 'l2', bound: 5 } })
    const { report } = await encodeInput(plan, { values: [3, -4] }, keyOf(1))
    expect(report).toMatchObject({ clippedCoordinates: 0, l2: { norm: 5, scale: 1 } })
  })

  it('clips vectors whose squares overflow a double to the right direction', async () => {
    const plan = planEncoding({ ...SUM, dimension: 2, bits: 32, clip: { kind: 'l2', bound: 1e-30 } })
    for (const huge of [1e160, 4e307]) {
      const { vector, report } = await encodeInput(plan, { values: [3 * huge, 4 * huge] }, keyOf(1))
      expect(report.l2!.scale).toBeLessThan(1e-180)
      const { sum } = decodeSum(plan, vector, 1)
      expect(sum[0]! / 0.6e-30).toBeCloseTo(1, 8)
      expect(sum[1]! / 0.8e-30).toBeCloseTo(1, 8)
    }
  })

  it('measures the rounding error that it made', async () => {
    const plan = planEncoding({ ...SUM, dimension: 1000, bits: 12 })
    const values = new Float64Array(1000).map((_, i) => Math.cos(i))
    const { vector, report } = await encodeInput(plan, { values }, keyOf(1))
    const errors = values.map((x, i) => signed(vector.get(i), plan.modulusBits) * plan.unit - x)
    expect(report.roundingError.max).toBeCloseTo(Math.max(...errors.map(Math.abs)), 12)
    expect(report.roundingError.l2).toBeCloseTo(Math.hypot(...errors), 12)
    const { roundingError } = decodeSum(plan, vector, 1).numerics
    expect(roundingError!.max).toBeGreaterThanOrEqual(report.roundingError.max)
    expect(roundingError!.max).toBeLessThan(report.roundingError.max * 1.001)
    expect(roundingError!.l2).toBeGreaterThanOrEqual(report.roundingError.l2)
    expect(roundingError!.l2).toBeLessThan(report.roundingError.l2 * 1.001)
  })

  it('saturates a metric outside its range, counts it and names it', async () => {
    const metrics = [
      { name: 'loss', kind: 'real', min: -1, max: 3, bits: 10 },
      { name: 'n', kind: 'integer', min: -10, max: 10n },
    ] as const
    const plan = planEncoding({ ...SUM, dimension: 0, metrics })
    const cases = [
      { metrics: { loss: 3, n: -10 }, names: [], sums: [3, -10] },
      { metrics: { loss: 3.01, n: 1 }, names: ['loss'], sums: [3, 1] },
      { metrics: { loss: -1e300, n: 1e300 }, names: ['loss', 'n'], sums: [-1, 10] },
      { metrics: { loss: -1, n: -11n }, names: ['n'], sums: [-1, -10] },
    ]
    for (const { metrics, names, sums } of cases) {
      const { vector, report } = await encodeInput(plan, { values: [], metrics }, keyOf(1))
      expect(report.metricsSaturated).toEqual(names)
      const decoded = decodeSum(plan, vector, 1)
      expect([decoded.metrics.loss!.sum, decoded.metrics.n!.sum]).toEqual(sums)
      expect(decoded.metrics.loss!.saturated).toBe(names.includes('loss' as never) ? 1 : 0)
      expect(decoded.numerics.metricsSaturated).toBe(names.length)
    }
  })

  it('rounds real metrics without bias', async () => {
    const metrics = [{ name: 'x', kind: 'real', min: 0, max: 1, bits: 1 }] as const
    const plan = planEncoding({ ...SUM, dimension: 0, metrics })
    let ones = 0
    for (let n = 0; n < 2000; n++) {
      const { vector } = await encodeInput(plan, { values: [], metrics: { x: 0.3 } }, keyOf(n))
      ones += Number(vector.get(plan.layout.metrics[0]!.value.offset))
    }
    expect(Math.abs(ones - 600)).toBeLessThan(5 * Math.sqrt(2000 * 0.3 * 0.7))
  })
})
