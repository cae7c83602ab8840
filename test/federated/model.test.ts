import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  applyDelta,
  createModel,
  type Model,
  modelHash,
  modelsEqual,
  parameterCount,
  type TensorSpec,
  tensor,
} from '../../src/federated/index.ts'
import { expectCode } from './codes.ts'

const schema: TensorSpec[] = [
  { name: 'dense/kernel', shape: [2, 3] },
  { name: 'dense/bias', shape: [3] },
  { name: 'scale', shape: [] },
]
const counting = Float32Array.from({ length: 10 }, (_, i) => i)
const model = createModel(schema, counting)
const finite = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 })

describe('a model', () => {
  test('has as many parameters as its shapes say, a scalar having one', () => {
    expect(parameterCount(schema)).toBe(10)
    expect(parameterCount([{ name: 'scalar', shape: [] }])).toBe(1)
  })

  test('shows each tensor as a view of the flat vector, in schema order', () => {
    expect([...tensor(model, 'dense/kernel')]).toEqual([0, 1, 2, 3, 4, 5])
    expect([...tensor(model, 'dense/bias')]).toEqual([6, 7, 8])
    expect([...tensor(model, 'scale')]).toEqual([9])
    expect(tensor(model, 'scale').buffer).toBe(model.parameters.buffer)
  })

  test('names the tensors it has when asked for another', () => {
    expectCode(() => tensor(model, 'dense'), 'unknown-tensor', /"dense".*dense\/kernel, dense\/bias, scale/)
  })

  test('is not changed by what its maker does to schema and parameters afterwards', () => {
    const shape = [2]
    const parameters = Float32Array.of(1, 2)
    const own = createModel([{ name: 'w', shape }], parameters)
    shape[0] = 7
    parameters[0] = 7
    expect(own.schema).toEqual([{ name: 'w', shape: [2] }])
    expect([...own.parameters]).toEqual([1, 2])
    expect(Object.isFrozen(own.schema[0]!.shape)).toBe(true)
  })

  test('needs exactly as many parameters as its schema has, in a Float32Array', () => {
    expectCode(
      () => createModel(schema, new Float32Array(9)),
      'parameters-misfit',
      /has 10 parameters but 9 were given/,
    )
    expectCode(() => createModel(schema, new Float32Array(11)), 'parameters-misfit', /11/)
    expectCode(() => createModel(schema, [...counting] as never), 'parameters-misfit', /not an array/)
    expectCode(() => createModel(schema, null as never), 'parameters-misfit', /not null/)
  })

  test('has only finite parameters; the error names the tensor and never the value', () => {
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const parameters = counting.slice()
      parameters[7] = wrong
      expectCode(
        () => createModel(schema, parameters),
        'non-finite-parameter',
        /Parameter 7 \(in tensor "dense\/bias"\)/,
      )
    }
  })

  test.each<[string, unknown, RegExp]>([
    ['no tensors', [], /at least one/],
    ['no array', undefined, /at least one/],
    ['an empty name', [{ name: '', shape: [] }], /Tensor 0 needs a name/],
    ['a name that UTF-8 cannot hold', [{ name: '\ud800', shape: [] }], /well-formed/],
    ['no tensor where one should be', [null], /Tensor 0/],
    ['no shape', [{ name: 'w' }], /shape of tensor "w" must be an array/],
    ['an empty dimension', [{ name: 'w', shape: [3, 0] }], /dimension 0/],
    ['a broken dimension', [{ name: 'w', shape: [1.5] }], /dimension 1\.5/],
    ['a hole for a dimension', [{ name: 'w', shape: new Array(1) }], /dimension undefined/],
    ['too many parameters', [{ name: 'w', shape: [2 ** 31, 2] }], /more than 4294967295/],
    ['more parameters than numbers can count', [{ name: 'w', shape: new Array(40).fill(2 ** 52) }], /more than/],
    [
      'one name twice',
      [
        { name: 'w', shape: [] },
        { name: 'w', shape: [] },
      ],
      /Two tensors are named "w"/,
    ],
  ])('is refused with %s', (_, wrong, message) => {
    expectCode(() => parameterCount(wrong as TensorSpec[]), 'invalid-schema', message)
    expectCode(() => createModel(wrong as TensorSpec[], counting), 'invalid-schema')
  })

  test('is not null', () => {
    expectCode(() => modelHash(null as never), 'invalid-schema')
  })
})

describe('applying a delta', () => {
  test('gives a new model and leaves the old one alone', () => {
    const next = applyDelta(model, new Float64Array(10).fill(0.5))
    expect([...next.parameters]).toEqual([...counting].map(value => value + 0.5))
    expect([...model.parameters]).toEqual([...counting])
    expect(next.schema).toEqual(model.schema)
  })

  test('adds in double precision and rounds once', () => {
    fc.assert(
      fc.property(finite, fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), (value, delta) => {
        const one = createModel([{ name: 'w', shape: [] }], Float32Array.of(value))
        expect(applyDelta(one, [delta]).parameters[0]! + 0).toBe(Math.fround(value + delta) + 0)
      }),
      { seed: 1, numRuns: 500 },
    )
    // 1 + 2^-24 + 2^-50 is just above the middle of two singles; a delta rounded to single first would fall on it.
    const one = createModel([{ name: 'w', shape: [] }], Float32Array.of(1))
    expect(applyDelta(one, [2 ** -24 + 2 ** -50]).parameters[0]).toBe(1 + 2 ** -23)
  })

  test('refuses a delta of another length or with an entry that is not finite', () => {
    expectCode(() => applyDelta(model, new Float64Array(9)), 'delta-misfit', /10 parameters but the delta has 9/)
    const delta = new Float64Array(10)
    delta[4] = Number.NaN
    expectCode(() => applyDelta(model, delta), 'delta-misfit', /Entry 4/)
  })

  test('refuses to leave the range of single precision', () => {
    const delta = new Float64Array(10)
    delta[9] = 1e39
    expectCode(() => applyDelta(model, delta), 'non-finite-parameter', /"scale"/)
  })
})

describe('the hash of a model', () => {
  test('is SHA-256 over tag, counts, names, shapes and little-endian parameters', () => {
    const one = createModel([{ name: 'é', shape: [1, 2] }], Float32Array.of(1, -2.5))
    const u32 = (value: number) => [value, 0, 0, 0]
    const bytes = [
      ...new TextEncoder().encode('secagg/model/v1'),
      ...u32(1),
      ...u32(2),
      ...[0xc3, 0xa9],
      ...u32(2),
      ...u32(1),
      ...u32(2),
      ...[0, 0, 0x80, 0x3f],
      ...[0, 0, 0x20, 0xc0],
    ]
    expect(modelHash(one)).toBe(createHash('sha256').update(Uint8Array.from(bytes)).digest('hex'))
  })

  test('is the same for equal models, however large, and wherever their parameters lie in memory', () => {
    const big = Float32Array.from({ length: 40_001 }, (_, i) => Math.sin(i))
    const spec = [{ name: 'w', shape: [40_001] }]
    const shifted = new Float32Array(new ArrayBuffer(4 * 40_004), 8, 40_001)
    shifted.set(big)
    expect(modelHash({ schema: spec, parameters: shifted })).toBe(modelHash(createModel(spec, big)))
  })

  test('differs exactly when models differ', () => {
    const variants: Model[] = [
      model,
      applyDelta(model, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1e-5]),
      createModel([{ name: 'all', shape: [10] }], counting),
      createModel([{ name: 'all', shape: [5, 2] }], counting),
      createModel([{ name: 'all', shape: [2, 5] }], counting),
      createModel([{ name: 'All', shape: [10] }], counting),
      createModel(
        [
          { name: 'a', shape: [5] },
          { name: 'll', shape: [5] },
        ],
        counting,
      ),
      createModel(
        [{ name: 'all', shape: [10] }],
        Float32Array.from(counting, value => (value === 0 ? -0 : value)),
      ),
      createModel([{ name: 'one', shape: [] }], Float32Array.of(0)),
    ]
    for (const [i, a] of variants.entries()) {
      for (const [j, b] of variants.entries()) {
        expect(modelsEqual(a, b), `${i} ${j}`).toBe(i === j)
        expect(modelHash(a) === modelHash(b), `${i} ${j}`).toBe(i === j)
      }
    }
    expect(modelsEqual(model, createModel(schema, counting))).toBe(true)
  })
})
