import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type MetricRange,
  runPlaintextFederatedRound,
  runSecureFederatedRound,
  type Worker,
} from '../../../src/federated/index.ts'
import { metricFields, rangesOf } from '../../../src/federated/round/metrics.ts'
import { expectCode } from '../codes.ts'
import { listen, vectorModel } from './cohort.ts'

const model = vectorModel(1)

function reporting(all: readonly { weight: number; metrics: Record<string, number> }[]): Worker[] {
  return all.map(({ weight, metrics }, i) => ({
    id: `w${i}`,
    train: async () => ({ update: Float32Array.of(0.5), weight, metrics }),
  }))
}

describe('the metrics of a round', () => {
  it('are means over the examples, within their stated error', async () => {
    const reports = [
      { weight: 10, metrics: { loss: 2, accuracy: 0.5 } },
      { weight: 30, metrics: { loss: 4, accuracy: 0.9 } },
      { weight: 60, metrics: { loss: 1, accuracy: 1 } },
    ]
    const { metrics, metricErrors, encoding } = await runSecureFederatedRound({ model, workers: reporting(reports) })
    expect(Math.abs(metrics.loss! - 2)).toBeLessThanOrEqual(metricErrors.loss!)
    expect(Math.abs(metrics.accuracy! - 0.92)).toBeLessThanOrEqual(metricErrors.accuracy!)
    expect(metricErrors.loss).toBeLessThan(1e-3)
    expect(metricErrors.accuracy).toBeLessThan(1e-5)
    expect(encoding.metricsSaturated).toBe(0)
  })

  it('keep to their bound for every range, weight and value', async () => {
    const report = fc.record({
      weight: fc.integer({ min: 1, max: 100 }),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    const range = fc.record({
      min: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      width: fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
      bits: fc.integer({ min: 4, max: 32 }),
    })
    const property = fc.asyncProperty(range, fc.array(report, { minLength: 3, maxLength: 6 }), async (drawn, parts) => {
      const { min, width, bits } = drawn
      const max = min + width
      const reports = parts.map(({ weight, part }) => ({
        weight,
        metrics: { m: Math.min(max, Math.max(min, min + part * width)) },
      }))
      const { metrics, metricErrors, encoding } = await runPlaintextFederatedRound({
        model,
        workers: reporting(reports),
        metrics: [{ name: 'm', min, max, bits }],
        encoding: { weightBound: 100 },
      })
      const weight = reports.reduce((sum, one) => sum + one.weight, 0)
      const mean = reports.reduce((sum, one) => sum + one.weight * one.metrics.m, 0) / weight
      expect(Math.abs(metrics.m! - mean)).toBeLessThanOrEqual(metricErrors.m! + 1e-9 * Math.abs(mean))
      expect(metrics.m).toBeGreaterThanOrEqual(min)
      expect(metrics.m).toBeLessThanOrEqual(max)
      expect(encoding.metricsSaturated).toBe(0)
    })
    await fc.assert(property, { seed: 9, numRuns: 60 })
  })

  it('are absent when nobody reports them', async () => {
    const silent = reporting([1, 2, 3].map(weight => ({ weight, metrics: {} })))
    const { metrics, metricErrors } = await runSecureFederatedRound({ model, workers: silent })
    expect(metrics).toEqual({})
    expect(metricErrors).toEqual({})
  })

  it('are means over those who report them', async () => {
    const some = reporting([
      { weight: 10, metrics: { loss: 1 } },
      { weight: 1000, metrics: {} },
      { weight: 30, metrics: { loss: 3 } },
    ])
    const { metrics, metricErrors, totalWeight } = await runSecureFederatedRound({ model, workers: some })
    expect(Math.abs(metrics.loss! - 2.5)).toBeLessThanOrEqual(metricErrors.loss!)
    expect(Object.keys(metrics)).toEqual(['loss'])
    expect(totalWeight).toBe(1040)
  })

  it('count as the end of their range beyond it, however small the weight, which is counted and warned of', async () => {
    const { of, onEvent } = listen()
    const wild = reporting([
      { weight: 1, metrics: { loss: 500, accuracy: -3 } },
      { weight: 1, metrics: { loss: 0, accuracy: 1 } },
      { weight: 2, metrics: { loss: 50, accuracy: 1 } },
    ])
    const options = { model, workers: wild, encoding: { weightBound: 1000 }, onEvent }
    const { metrics, encoding } = await runSecureFederatedRound(options)
    // 500 counts as 100 and -3 as 0.
    expect(metrics.loss).toBeCloseTo((100 + 0 + 2 * 50) / 4, 3)
    expect(metrics.accuracy).toBeCloseTo(3 / 4, 5)
    expect(encoding.metricsSaturated).toBe(2)
    expect(of('warning')).toEqual([
      {
        type: 'warning',
        code: 'metric-saturated',
        message: expect.stringMatching(/^2 metrics of workers lay outside of their declared range: widen it/),
      },
    ])
  })

  it('that were not announced stay with the worker, whatever they are', async () => {
    const chatty = [1, 2, 3].map(i => ({ weight: i, metrics: { loss: 1, secret: Number.NaN, 'loss.weight': 7 } }))
    const { metrics, dropped } = await runSecureFederatedRound({ model, workers: reporting(chatty) })
    expect(Object.keys(metrics)).toEqual(['loss'])
    expect(metrics.loss).toBeCloseTo(1, 3)
    expect(dropped).toEqual([])
  })

  it('that an object merely inherits are not reported', async () => {
    const heirs = [1, 2, 3].map(weight => ({ weight, metrics: Object.create({ loss: 5 }) }))
    expect((await runSecureFederatedRound({ model, workers: reporting(heirs) })).metrics).toEqual({})
  })

  it('may be none at all', async () => {
    const workers = reporting([1, 2, 3].map(weight => ({ weight, metrics: { loss: 1 } })))
    expect((await runSecureFederatedRound({ model, workers, metrics: [] })).metrics).toEqual({})
  })
})

describe('the ranges of metrics', () => {
  it('are what the announced fields say', () => {
    const ranges: MetricRange[] = [
      { name: 'loss', min: -2, max: -1, bits: 20 },
      { name: 'f1', min: 0.25, max: 1, bits: 32 },
    ]
    expect(rangesOf(metricFields(ranges, 100))).toEqual(ranges)
    expect(rangesOf(metricFields([{ name: 'a', min: 0, max: 1 }], 100))).toEqual([
      { name: 'a', min: 0, max: 1, bits: 32 },
    ])
  })

  const bad: [string, unknown, RegExp][] = [
    ['no array', { loss: [0, 1] }, /metrics must be an array of \{ name, min, max \}, not object/],
    ['nothing', [undefined], /Metric 0 needs a name/],
    ['no name', [{ name: '', min: 0, max: 1 }], /Metric 0 needs a name: 1 to 54/],
    ['a name with a space', [{ name: 'top 5', min: 0, max: 1 }], /Metric 0 needs a name/],
    ['a name of 55 letters', [{ name: 'a'.repeat(55), min: 0, max: 1 }], /Metric 0 needs a name/],
    ['a name that a field of ours has', [{ name: 'loss.weight', min: 0, max: 1 }], /not ending in \.weight/],
    [
      'one name twice',
      [
        { name: 'loss', min: 0, max: 1 },
        { name: 'loss', min: 0, max: 2 },
      ],
      /Two metrics are named "loss"/,
    ],
    ['an infinite range', [{ name: 'loss', min: 0, max: Number.POSITIVE_INFINITY }], /"loss" must be numbers within/],
    ['an end that is missing', [{ name: 'loss', min: 0 }], /"loss" must be numbers .* not undefined/],
    ['an empty range', [{ name: 'loss', min: 1, max: 1 }], /min of metric "loss" is 1, and must be below its max, 1/],
    ['a range upside down', [{ name: 'loss', min: 5, max: 3 }], /min of metric "loss" is 5/],
    ['no bits', [{ name: 'loss', min: 0, max: 1, bits: 0 }], /bits of metric "loss" must be an integer of at least 1/],
    ['33 bits', [{ name: 'loss', min: 0, max: 1, bits: 33 }], /bits of metric "loss" must be at most 32, not 33/],
    [
      'more metrics than the encoding takes',
      Array.from({ length: 86 }, (_, i) => ({ name: `m${i}`, min: 0, max: 1 })),
      /At most 85 metrics, not 86/,
    ],
  ]

  it.each(bad)('are refused with %s', (_, ranges, message) => {
    expectCode(() => metricFields(ranges as MetricRange[], 10), 'invalid-option', message)
  })

  it('may be 85', async () => {
    const many = Array.from({ length: 85 }, (_, i) => ({ name: `m${i}`, min: 0, max: 1 }))
    const workers = reporting([1, 1, 1].map(weight => ({ weight, metrics: { m84: 0.25 } })))
    const { metrics } = await runSecureFederatedRound({ model, workers, metrics: many })
    expect(metrics).toEqual({ m84: expect.closeTo(0.25, 5) })
  })
})
