import { describe, expect, it } from 'vitest'
import { type EncodingSpec, planEncoding } from '../../../src/secagg/encoding/index.ts'
import { UsageError } from '../../../src/secagg/errors.ts'
import { MEAN } from './helpers.ts'

const INTEGERS = { kind: 'integers', clients: 3, dimension: 1, min: 0, max: 1, metrics: [] }

function metric(change: object): object {
  return { ...MEAN, metrics: [{ name: 'loss', kind: 'real', min: 0, max: 1, bits: 8, ...change }] }
}

describe('an encoding spec', () => {
  it.each<[string, object, RegExp]>([
    ['no clients', { ...MEAN, clients: 0 }, /clients must be an integer from 1/],
    ['too many clients', { ...MEAN, clients: 2 ** 20 + 1 }, /clients/],
    ['half a coordinate', { ...MEAN, dimension: 1.5 }, /dimension/],
    ['a negative dimension', { ...MEAN, dimension: -1 }, /dimension/],
    ['one bit', { ...MEAN, bits: 1 }, /bits must be an integer from 2 to 32, not 1/],
    ['33 bits', { ...MEAN, bits: 33 }, /bits/],
    ['no weightBound', { ...MEAN, weightBound: undefined }, /weightBound/],
    ['a weightBound of 0', { ...MEAN, weightBound: 0 }, /weightBound/],
    ['an unsafe weightBound', { ...MEAN, weightBound: 2 ** 53 }, /weightBound/],
    ['no clip', { ...MEAN, clip: undefined }, /clip\.kind/],
    ['an unknown clip', { ...MEAN, clip: { kind: 'l1', bound: 1 } }, /clip\.kind/],
    ['a clip bound of 0', { ...MEAN, clip: { kind: 'l2', bound: 0 } }, /clip\.bound/],
    ['an infinite clip bound', { ...MEAN, clip: { kind: 'l2', bound: Infinity } }, /clip\.bound/],
    ['a NaN clip bound', { ...MEAN, clip: { kind: 'l2', bound: Number.NaN } }, /clip\.bound/],
    ['a BigInt clip bound', { ...MEAN, clip: { kind: 'l2', bound: 1n } }, /clip\.bound/],
    ['an unknown kind', { ...MEAN, kind: 'median' }, /kind must be .* not 'median'/],
    ['metrics that are no array', { ...MEAN, metrics: {} }, /metrics must be an array/],
    ['too many metrics', { ...MEAN, metrics: Array(257).fill({}) }, /at most 256 metrics/],
    ['a hole among the metrics', { ...MEAN, metrics: [undefined] }, /name/],
    ['an empty name', metric({ name: '' }), /name/],
    ['a name that is no string', metric({ name: undefined }), /name/],
    ['a name that could reach a prototype', metric({ name: '__proto__' }), /name/],
    [
      'a name given twice',
      { ...MEAN, metrics: [1, 1].map(max => ({ name: 'n', kind: 'integer', min: 0, max })) },
      /two metrics/,
    ],
    ['a metric of no kind', metric({ kind: 'float' }), /"loss": kind/],
    ['a metric without bits', metric({ bits: undefined }), /"loss": bits/],
    ['a metric with 33 bits', metric({ bits: 33 }), /"loss": bits/],
    ['a metric with an empty range', metric({ min: 1 }), /"loss": min and max/],
    ['a metric with an infinite range', metric({ max: Infinity }), /"loss": min and max/],
    ['a metric with a NaN range', metric({ min: Number.NaN }), /"loss": min and max/],
    ['a real metric in BigInts', metric({ max: 1n }), /"loss": min and max/],
    ['an integer metric in fractions', metric({ kind: 'integer', max: 0.5 }), /safe integers/],
    ['an integer metric upside down', metric({ kind: 'integer', min: 2 }), /min must not exceed max/],
    ['integers in unsafe doubles', { ...INTEGERS, max: 2 ** 53 }, /safe integers/],
    ['integers upside down', { ...INTEGERS, min: 2 }, /min must not exceed max/],
    ['integers of 129 bits', { ...INTEGERS, max: 2n ** 128n }, /at most 128 bits/],
    ['integers of 129 bits below zero', { ...INTEGERS, min: -(2n ** 128n) }, /at most 128 bits/],
  ])('is refused with %s', (_, spec, message) => {
    const call = () => planEncoding(spec as EncodingSpec)
    expect(call).toThrow(UsageError)
    expect(call).toThrow(expect.objectContaining({ code: 'encoding-spec' }))
    expect(call).toThrow(message)
  })

  it('is accepted at the ends of its ranges', () => {
    expect(planEncoding({ ...MEAN, clients: 1, bits: 2, weightBound: Number.MAX_SAFE_INTEGER }).modulusBits).toBe(2)
    expect(planEncoding({ ...MEAN, clients: 2 ** 20, bits: 32, clip: { kind: 'l2', bound: 1e-30 } }).modulusBits).toBe(
      52,
    )
    expect(planEncoding(metric({ bits: 1, min: -1e100, max: 1e100 }) as EncodingSpec).kind).toBe('mean')
  })
})
