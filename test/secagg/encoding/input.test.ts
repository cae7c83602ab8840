import { describe, expect, it } from 'vitest'
import {
  type EncodingInput,
  type EncodingPlan,
  encodeInput,
  type IntegersSpec,
  planEncoding,
} from '../../../src/secagg/encoding/index.ts'
import { UsageError } from '../../../src/secagg/errors.ts'
import { keyOf, MEAN } from './helpers.ts'

const METRICS = [
  { name: 'loss', kind: 'real', min: 0, max: 1, bits: 8 },
  { name: 'correct', kind: 'integer', min: 0, max: 10 },
] as const
const INTEGERS: IntegersSpec = { kind: 'integers', clients: 3, dimension: 2, min: -5, max: 5, metrics: [] }

const mean = planEncoding({ ...MEAN, metrics: METRICS })
const { weightBound: _, ...unweighted } = MEAN
const sum = planEncoding({ ...unweighted, kind: 'sum' })
const integers = planEncoding(INTEGERS)
const wide = planEncoding({ ...INTEGERS, min: -(2n ** 59n), max: 2n ** 59n })

const GOOD = { values: [0.1, 0.2, 0.3], weight: 7, metrics: { loss: 0.5, correct: 3 } }

async function refusal(plan: EncodingPlan, input: unknown, key: Uint8Array = keyOf(0)): Promise<UsageError> {
  const error = await encodeInput(plan, input as EncodingInput, key).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(UsageError)
  return error as UsageError
}

describe('encodeInput', () => {
  it.each<[string, EncodingPlan, object, string, RegExp]>([
    ['too few values', mean, { ...GOOD, values: [1, 2] }, 'input-length', /dimension 3, this one has 2/],
    ['too many values', sum, { values: new Float32Array(4) }, 'input-length', /has 4/],
    ['no values', sum, {}, 'input-value', /values must be/],
    ['values of another type', sum, { values: new Int32Array(3) }, 'input-value', /values must be/],
    ['NaN', mean, { ...GOOD, values: Float32Array.of(0, Number.NaN, 1) }, 'input-value', /value 1 is not finite/],
    ['an infinity', mean, { ...GOOD, values: [0, 1, -Infinity] }, 'input-value', /value 2 is not finite/],
    ['a BigInt among reals', sum, { values: [0, 1n, 2] }, 'input-value', /value 1 is not a number/],
    ['a hole', sum, { values: new Array(3) }, 'input-value', /value 0 is not a number/],
    ['no weight', mean, { ...GOOD, weight: undefined }, 'input-weight', /non-negative integer/],
    ['a fractional weight', mean, { ...GOOD, weight: 1.5 }, 'input-weight', /non-negative integer/],
    ['a negative weight', mean, { ...GOOD, weight: -1 }, 'input-weight', /non-negative integer/],
    ['a NaN weight', mean, { ...GOOD, weight: Number.NaN }, 'input-weight', /non-negative integer/],
    ['too large a weight', mean, { ...GOOD, weight: 101 }, 'input-weight', /weightBound of 100: raise weightBound/],
    ['a weight in an unweighted sum', sum, { values: [1, 2, 3], weight: 1 }, 'input-weight', /takes no weight/],
    ['no metrics', mean, { ...GOOD, metrics: undefined }, 'input-metric', /"loss" is missing/],
    ['a missing metric', mean, { ...GOOD, metrics: { loss: 1 } }, 'input-metric', /"correct" is missing/],
    ['an inherited metric', mean, { ...GOOD, metrics: Object.create(GOOD.metrics) }, 'input-metric', /is missing/],
    ['an unknown metric', mean, { ...GOOD, metrics: { ...GOOD.metrics, f1: 1 } }, 'input-metric', /no metric "f1"/],
    [
      'a NaN metric',
      mean,
      { ...GOOD, metrics: { ...GOOD.metrics, loss: Number.NaN } },
      'input-metric',
      /"loss" is not a finite/,
    ],
    [
      'an infinite metric',
      mean,
      { ...GOOD, metrics: { ...GOOD.metrics, correct: Infinity } },
      'input-metric',
      /"correct" is not a finite/,
    ],
    [
      'a BigInt for a real metric',
      mean,
      { ...GOOD, metrics: { ...GOOD.metrics, loss: 1n } },
      'input-metric',
      /"loss" is not a finite/,
    ],
    [
      'half a correct answer',
      mean,
      { ...GOOD, metrics: { ...GOOD.metrics, correct: 0.5 } },
      'input-metric',
      /"correct" is not an integer/,
    ],
    [
      'an integer above its range',
      integers,
      { values: [5, 6] },
      'input-value',
      /value 1 lies outside the plan's min\.\.max/,
    ],
    ['an integer below its range', integers, { values: Float64Array.of(-6, 0) }, 'input-value', /value 0 lies outside/],
    ['a BigInt outside its range', integers, { values: [0n, 6n] }, 'input-value', /value 1 lies outside/],
    ['a fraction among integers', integers, { values: [0.5, 0] }, 'input-value', /value 0 is not a safe integer/],
    [
      'NaN among integers',
      integers,
      { values: Float32Array.of(0, Number.NaN) },
      'input-value',
      /value 1 is not a safe integer/,
    ],
    ['an unsafe double among wide integers', wide, { values: [0, 2 ** 54] }, 'input-value', /value 1 is not a safe/],
    ['a wide integer outside its range', wide, { values: [0, 2n ** 59n + 1n] }, 'input-value', /value 1 lies outside/],
  ])('refuses %s', async (_, plan, input, code, message) => {
    const error = await refusal(plan, input)
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
  })

  it('refuses a rounding key that is not 16 bytes, without showing it', async () => {
    for (const key of [new Uint8Array(15), new Uint8Array(32).fill(222), [...keyOf(0)] as unknown as Uint8Array]) {
      const error = await refusal(mean, GOOD, key)
      expect(error.code).toBe('rounding-key')
      expect(error.message).not.toContain('222')
    }
  })

  it('never repeats a private number in an error', async () => {
    const inputs = [
      { ...GOOD, weight: 98_765 },
      { ...GOOD, weight: 98_765.5 },
      { ...GOOD, metrics: { loss: 0, correct: 98_765.5 } },
      { ...GOOD, values: [98_765, Number.NaN, 0] },
    ]
    for (const input of inputs) expect((await refusal(mean, input)).message).not.toMatch(/98.?765/)
    expect((await refusal(integers, { values: [98_765, 0] })).message).not.toContain('98765')
  })

  it('refuses 6,000 examples against a weight bound of 1,000', async () => {
    const plan = planEncoding({ ...MEAN, weightBound: 1000 })
    const error = await refusal(plan, { values: [0, 0, 0], weight: 6000 })
    expect(error).toMatchObject({ code: 'input-weight', message: expect.stringContaining('1000') })
  })
})
