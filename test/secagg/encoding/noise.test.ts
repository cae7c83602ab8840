import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  canonicalPlanBytes,
  decodeSum,
  type EncodingInput,
  type EncodingPlan,
  type EncodingSpec,
  encodeInput,
  type NoiseSpec,
  planEncoding,
  RingVector,
  type SumSpec,
  sensitivityOf,
} from '../../../src/secagg/encoding/index.ts'
import { seededRandom } from '../../../src/secagg/testing/index.ts'
import { keyOf, MEAN, SEED } from './helpers.ts'

const NOISE: NoiseSpec = {
  kind: 'discrete-gaussian',
  perClientVariance: 1000,
  minimumSurvivors: 6,
  assumedCorrupted: 2,
}

const SUM: SumSpec = {
  kind: 'sum',
  clients: 10,
  dimension: 200,
  bits: 10,
  clip: { kind: 'l2', bound: 2 },
  metrics: [{ name: 'loss', kind: 'real', min: 0, max: 4, bits: 6 }],
  noise: NOISE,
}

/** What one client adds besides its noise: the same noise is drawn for nothing, and taken away. */
async function withoutNoise(plan: EncodingPlan, input: EncodingInput, nothing: EncodingInput): Promise<number[]> {
  const own = await encodeInput(plan, input, keyOf(1), seededRandom(3))
  const empty = await encodeInput(plan, nothing, keyOf(2), seededRandom(3))
  const { vector } = own
  vector.subtract(empty.vector).reduce()
  return Array.from({ length: plan.noise!.sensitivity.dimension }, (_, i) =>
    Number(BigInt.asIntN(plan.modulusBits, vector.get(i))),
  )
}

async function noisedSum(plan: EncodingPlan, inputs: readonly EncodingInput[], from = 0): Promise<RingVector> {
  const sum = RingVector.zeros(plan.length, plan.modulusBits)
  for (const [i, input] of inputs.entries()) {
    sum.add((await encodeInput(plan, input, keyOf(i), seededRandom(from + i))).vector)
  }
  return sum.reduce()
}

describe('an encoding with noise', () => {
  it('holds coordinates, metrics and the number of contributors, and nothing else', () => {
    const { layout, length } = planEncoding(SUM)
    expect(length).toBe(202)
    expect(layout.metrics[0]).toMatchObject({ value: { offset: 200, words: 1 } })
    expect(layout.metrics[0]!.saturated).toBeUndefined()
    expect(layout.contributors.offset).toBe(201)
    expect(Object.keys(layout).sort()).toEqual(['contributors', 'metrics'])
  })

  it('releases nothing else either', async () => {
    const inputs = [1, 2, 3].map(i => ({ values: new Float32Array(200).fill(i), metrics: { loss: 9 } }))
    const { numerics, metrics } = decodeSum(planEncoding(SUM), await noisedSum(planEncoding(SUM), inputs), 3)
    expect(numerics).toMatchObject({
      clippedCoordinates: undefined,
      clippedFraction: undefined,
      roundingError: undefined,
      metricsSaturated: undefined,
    })
    expect(metrics.loss!.saturated).toBeUndefined()
  })

  it('refuses a weighted mean, whose weights would be released', () => {
    expect(() => planEncoding({ ...MEAN, noise: NOISE })).toThrow(/kind 'sum', and divide by the survivors/)
  })

  it.each([
    ['too little noise for the proof', { perClientVariance: 0.49 }, /raise bits for a finer grid/],
    ['more than the sampler gives', { kind: 'skellam', perClientVariance: 2 ** 31 }, /lower them if it is too large/],
    ['no honest survivor', { assumedCorrupted: 6 }, /assumedCorrupted must be an integer from 0 to 5/],
    ['more survivors than clients', { minimumSurvivors: 11 }, /minimumSurvivors must be an integer from 1 to 10/],
    ['another kind', { kind: 'laplace' as never }, /'discrete-gaussian' or 'skellam'/],
  ] as const)('refuses %s', (_, change, message) => {
    expect(() => planEncoding({ ...SUM, noise: { ...NOISE, ...change } })).toThrow(message)
  })

  it('refuses to noise nothing', () => {
    expect(() => planEncoding({ ...SUM, dimension: 0, metrics: [] })).toThrow(/nothing to add noise to/)
  })

  it('refuses a grid on which norms cannot be squared exactly', () => {
    expect(() => planEncoding({ ...SUM, bits: 32 })).toThrow(/too long to be squared exactly: lower bits/)
  })

  it('keeps room for the noise of the whole cohort, but for a probability of 2^-40 that it states', () => {
    for (const kind of ['discrete-gaussian', 'skellam'] as const) {
      for (const perClientVariance of [0.5, 1e3, 1e6, 2 ** 30]) {
        const plan = planEncoding({ ...SUM, noise: { ...NOISE, kind, perClientVariance } })
        const most = BigInt(SUM.clients) * plan.entry.max + plan.noise!.bound
        expect(1n << BigInt(plan.modulusBits - 1)).toBeGreaterThan(most)
        expect(1n << BigInt(plan.modulusBits - 2)).toBeLessThanOrEqual(most)
        expect(plan.noise!.wrapProbability).toBeLessThanOrEqual(2 ** -40)
        expect(Number(plan.noise!.bound)).toBeGreaterThan(7 * Math.sqrt(10 * perClientVariance))
      }
    }
  })

  it('has other canonical bytes for any other noise or rotation', () => {
    const rotation = { seed: 1, spread: 8 }
    const specs: EncodingSpec[] = [
      SUM,
      { ...SUM, rotation },
      { ...SUM, rotation: { ...rotation, seed: 2 } },
      { ...SUM, rotation: { ...rotation, spread: 9 } },
      { ...SUM, noise: { ...NOISE, kind: 'skellam' } },
      { ...SUM, noise: { ...NOISE, perClientVariance: 1001 } },
      { ...SUM, noise: { ...NOISE, minimumSurvivors: 7 } },
      { ...SUM, noise: { ...NOISE, assumedCorrupted: 1 } },
    ]
    const bytes = specs.map(spec => canonicalPlanBytes(planEncoding(spec)).join())
    expect(new Set(bytes).size).toBe(specs.length)
  })
})

describe('one client changes a noised sum', () => {
  const kinds = fc.record({
    bits: fc.integer({ min: 2, max: 16 }),
    dimension: fc.integer({ min: 1, max: 60 }),
    clip: fc.record({
      kind: fc.constantFrom('l2' as const, 'coordinate' as const),
      bound: fc.constantFrom(0.01, 1, 5),
    }),
    rotated: fc.boolean(),
    metricBits: fc.integer({ min: 1, max: 12 }),
    values: fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 60, maxLength: 60 }),
    loss: fc.double({ min: -1, max: 9, noNaN: true }),
  })

  it(`by no more than the stated sensitivity, whatever it puts in (seed ${SEED})`, async () => {
    const property = fc.asyncProperty(kinds, async ({ bits, dimension, clip, rotated, metricBits, values, loss }) => {
      const metrics = [{ name: 'loss', kind: 'real', min: 0, max: 4, bits: metricBits }] as const
      const rotation = rotated && clip.kind === 'l2' ? { rotation: { seed: 5, spread: 2 } } : {}
      const plan = planEncoding({ ...SUM, bits, dimension, clip, metrics, ...rotation })
      const input = { values: values.slice(0, dimension), metrics: { loss } }
      // The middle of the metric's range, rounded down as the encoding does, is what nothing comes to.
      const middle = (4 * Math.floor((2 ** metricBits - 1) / 2)) / (2 ** metricBits - 1)
      const nothing = { values: new Float64Array(dimension), metrics: { loss: middle } }
      const change = await withoutNoise(plan, input, nothing)
      const { l2, squaredNormLimit } = plan.noise!.sensitivity
      const squares = (entries: number[]) => entries.reduce((total, entry) => total + entry * entry, 0)
      expect(squares(change.slice(0, dimension))).toBeLessThanOrEqual(squaredNormLimit)
      expect(Math.sqrt(squares(change))).toBeLessThanOrEqual(l2 * (1 + 1e-12))
    })
    await fc.assert(property, { seed: SEED, numRuns: 300 })
  })

  it('by the bound of Kairouz, Liu and Steinke, where rounding alone could do more', async () => {
    // 5 ring units long, 3,000 coordinates: rounding up could make it 60.
    const spec: SumSpec = { ...SUM, bits: 5, dimension: 3000, metrics: [] }
    const { squaredNormLimit, l2 } = sensitivityOf(spec)
    const norm = 15
    expect(squaredNormLimit).toBe(Math.floor(norm ** 2 + 3000 / 4 + norm + Math.sqrt(3000) / 2))
    expect(l2).toBe(Math.sqrt(squaredNormLimit))
    const values = Float64Array.from({ length: 3000 }, (_, i) => Math.sin(i))
    const nothing = { values: new Float64Array(3000) }
    for (let i = 0; i < 20; i++) {
      const change = await withoutNoise(planEncoding(spec), { values: values.map(x => x * (i + 1)) }, nothing)
      expect(change.reduce((total, entry) => total + entry * entry, 0)).toBeLessThanOrEqual(squaredNormLimit)
    }
  })

  it('within integers by half their range in each coordinate', async () => {
    const plan = planEncoding({
      kind: 'integers',
      clients: 5,
      dimension: 4,
      min: -3,
      max: 8,
      metrics: [],
      noise: { ...NOISE, minimumSurvivors: 4 },
    })
    expect(plan.noise!.sensitivity.l2).toBe(Math.sqrt(4 * 6 ** 2))
    const change = await withoutNoise(plan, { values: [-3, 8, 2, 0] }, { values: [2, 2, 2, 2] })
    expect(change).toEqual([-5, 6, 0, -2])
  })

  it('within integers too wide for a double, exactly', async () => {
    const max = 2n ** 56n
    const noise: NoiseSpec = { ...NOISE, minimumSurvivors: 2, assumedCorrupted: 0, perClientVariance: 2 ** 60 }
    const plan = planEncoding({ kind: 'integers', clients: 2, dimension: 2, min: 0n, max, metrics: [], noise })
    const own = await encodeInput(plan, { values: [max, max / 2n] }, keyOf(1), seededRandom(3))
    const none = await encodeInput(plan, { values: [0n, 0n] }, keyOf(1), seededRandom(3))
    const sums = [own, none].map(({ vector }) => decodeSum(plan, vector, 1).sum)
    expect(BigInt(sums[0]![0]!) - BigInt(sums[1]![0]!)).toBe(max)
    expect(BigInt(sums[0]![1]!) - BigInt(sums[1]![1]!)).toBe(max / 2n)
  })
})

describe('the noise in a decoded sum', () => {
  it.each(['discrete-gaussian', 'skellam'] as const)(
    'of kind %s has no bias and the deviation that is reported',
    async kind => {
      const plan = planEncoding({ ...SUM, dimension: 4000, noise: { ...NOISE, kind } })
      const values = new Float64Array(4000).fill(0.001)
      const inputs = Array.from({ length: 8 }, (_, i) => ({ values, metrics: { loss: i / 4 } }))
      const { sum, numerics, metrics } = decodeSum(plan as EncodingPlan<'sum'>, await noisedSum(plan, inputs, 50), 8)
      const { deviation } = numerics.noise!
      expect(deviation).toBeCloseTo(Math.sqrt(8 * 1000) * plan.unit, 12)
      // Rounding adds a variance of at most 8 / 4 to 8,000 ring units squared.
      const errors = sum.map(value => (value - 0.008) / deviation)
      const mean = errors.reduce((total, error) => total + error, 0) / 4000
      const variance = errors.reduce((total, error) => total + error * error, 0) / 4000
      expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(4000))
      expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / 4000) + 2 / 8000)
      expect(metrics.loss!.noiseDeviation).toBeCloseTo(Math.sqrt(8 * 1000) * (4 / 63), 12)
      expect(Math.abs(Number(metrics.loss!.sum) - 7)).toBeLessThan(5 * metrics.loss!.noiseDeviation!)
    },
  )

  it('comes from every client: without one share, the variance is less', () => {
    const { noiseMultiplier, sensitivity } = planEncoding(SUM).noise!
    expect(noiseMultiplier).toBeCloseTo(Math.sqrt(1000 * 4) / sensitivity.l2, 12)
  })

  it('is drawn afresh: two encodings with one rounding key differ', async () => {
    const plan = planEncoding(SUM)
    const input = { values: new Float64Array(200), metrics: { loss: 1 } }
    const [one, other] = [await encodeInput(plan, input, keyOf(1)), await encodeInput(plan, input, keyOf(1))]
    expect(one.vector.equals(other.vector)).toBe(false)
  })
})

describe('a rotation', () => {
  it('makes the grid finer by sqrt(d) / spread, and the error of a spread-out mean smaller', async () => {
    const flat: SumSpec = { ...SUM, dimension: 4096, bits: 8, metrics: [] }
    const { noise: _, ...silent } = flat
    const values = Float64Array.from({ length: 4096 }, (_, i) => Math.sin(i) / 64)
    const errorOf = async (spec: SumSpec) => {
      const plan = planEncoding(spec)
      const { sum } = decodeSum(plan, await noisedSum(plan, [{ values }, { values }]), 2)
      return Math.hypot(...sum.map((value, i) => value - 2 * values[i]!))
    }
    const rotated = { ...silent, rotation: { seed: 7, spread: 8 } }
    expect(planEncoding(rotated).unit * 8).toBeCloseTo(planEncoding(silent).unit, 12)
    expect(await errorOf(rotated)).toBeLessThan((await errorOf(silent)) / 6)
  })

  it('keeps to the bounds that the numerics report', async () => {
    const { noise: _, ...spec } = { ...SUM, metrics: [], dimension: 100, rotation: { seed: 3, spread: 4 } }
    const plan = planEncoding(spec) as EncodingPlan<'sum'>
    const inputs = [1, 2, 3].map(n => ({ values: Float64Array.from({ length: 100 }, (_, i) => Math.sin(n * i) / 8) }))
    const { sum, numerics } = decodeSum(plan, await noisedSum(plan, inputs), 3)
    const errors = sum.map((value, i) => Math.abs(value - inputs.reduce((all, { values }) => all + values[i]!, 0)))
    expect(numerics.clippedCoordinates).toBe(0)
    expect(Math.max(...errors)).toBeLessThanOrEqual(numerics.roundingError!.max)
    expect(numerics.roundingError!.max).toBeLessThanOrEqual(numerics.worstCaseError)
    expect(Math.hypot(...errors)).toBeLessThan(2 * numerics.roundingError!.l2)
  })

  it('counts what lies beyond its grid as clipped', async () => {
    const { noise: _, ...spec } = { ...SUM, metrics: [], dimension: 64, rotation: { seed: 3, spread: 1 } }
    const { report } = await encodeInput(
      planEncoding(spec),
      { values: new Float64Array(64).map((_, i) => Math.sin(i) / 3) },
      keyOf(1),
    )
    expect(report.clippedCoordinates).toBeGreaterThan(0)
    expect(report.clippedCoordinates).toBeLessThan(64)
  })

  it.each([
    [{ rotation: { seed: 1, spread: 8 }, clip: { kind: 'coordinate', bound: 1 } }, /it needs clip.kind 'l2'/],
    [{ rotation: { seed: -1, spread: 8 } }, /rotation.seed/],
    [{ rotation: { seed: 1, spread: 0.5 } }, /rotation.spread must be a number from 1/],
  ] as const)('refuses %j', (change, message) => {
    expect(() => planEncoding({ ...SUM, ...change } as SumSpec)).toThrow(message)
  })
})
