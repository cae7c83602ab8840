import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createModel,
  decodeSafetensors,
  encodeSafetensors,
  type FederatedErrorCode,
  modelsEqual,
  parameterCount,
} from '../../src/federated/index.ts'
import { expectCode } from './codes.ts'

const tiny = createModel(
  [
    { name: 'bias', shape: [2] },
    { name: 'weights', shape: [2, 3] },
  ],
  Float32Array.of(7, -8, 0, 1, 2, 3, 4, 5),
)

/** safetensors 0.8.0 for Python: save({'bias': [7, -8], 'weights': [[0, 1, 2], [3, 4, 5]]}, {'network': 'tiny'}). */
const FROM_PYTHON =
  'a0000000000000007b225f5f6d657461646174615f5f223a7b226e6574776f726b223a2274696e79227d2c2262696173223a7b226474797065' +
  '223a22463332222c227368617065223a5b325d2c22646174615f6f666673657473223a5b302c385d7d2c2277656967687473223a7b22647479' +
  '7065223a22463332222c227368617065223a5b322c335d2c22646174615f6f666673657473223a5b382c33325d7d7d20202020202020' +
  '0000e040000000c1000000000000803f0000004000004040000080400000a040'

/** A file with this header and this many bytes of data. */
function fileOf(header: string | object, dataBytes: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + text.length + dataBytes)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
  bytes.set(text, 8)
  return bytes
}

const f32 = (shape: unknown, offsets: unknown) => ({ dtype: 'F32', shape, data_offsets: offsets })

describe('a model file', () => {
  test('has the bytes that Python’s safetensors writes', () => {
    expect(bytesToHex(encodeSafetensors(tiny, { network: 'tiny' }))).toBe(FROM_PYTHON)
  })

  test('that Python wrote is read', () => {
    const { model, metadata } = decodeSafetensors(hexToBytes(FROM_PYTHON))
    expect(modelsEqual(model, tiny)).toBe(true)
    expect(metadata).toEqual({ network: 'tiny' })
  })

  test('gives back every model and all metadata', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter(text => text !== '__metadata__')
    const shape = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 })
    const schemas = fc.uniqueArray(fc.record({ name, shape }), {
      selector: spec => spec.name,
      minLength: 1,
      maxLength: 5,
    })
    const texts = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))
    fc.assert(
      fc.property(schemas, texts, fc.integer({ min: 0, max: 7 }), (schema, metadata, shift) => {
        const parameters = Float32Array.from({ length: parameterCount(schema) }, (_, i) => Math.cos(i))
        const written = encodeSafetensors(createModel(schema, parameters), metadata)
        const moved = new Uint8Array(new ArrayBuffer(written.length + shift), shift)
        moved.set(written)
        const read = decodeSafetensors(moved)
        expect(modelsEqual(read.model, createModel(schema, parameters))).toBe(true)
        expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(metadata).sort())
      }),
      { seed: 1, numRuns: 300 },
    )
  })

  test('keeps the order of tensors whose names look like numbers, or like the prototype of objects', () => {
    const schema = ['10', '2', '__proto__', 'constructor'].map(name => ({ name, shape: [] }))
    const model = createModel(schema, Float32Array.of(1, 2, 3, 4))
    expect(decodeSafetensors(encodeSafetensors(model)).model).toEqual(model)
  })

  test('begins its data at a multiple of 8 bytes, for readers that map it', () => {
    for (const name of ['a', 'ab', 'abc', 'abcd', 'abcde']) {
      const bytes = encodeSafetensors(createModel([{ name, shape: [] }], Float32Array.of(1)))
      expect((bytes.length - 4) % 8, name).toBe(0)
    }
  })

  test('may have its tensors in any order in the header: the data give the order', () => {
    const bytes = fileOf({ second: f32([1], [4, 8]), first: f32([], [0, 4]) }, 8)
    expect(decodeSafetensors(bytes).model.schema.map(spec => spec.name)).toEqual(['first', 'second'])
  })

  test('is refused wherever it is cut short, and with one byte too many', () => {
    const whole = encodeSafetensors(tiny, { network: 'tiny' })
    for (let length = 0; length < whole.length; length++) {
      expectCode(() => decodeSafetensors(whole.subarray(0, length)), 'model-file-malformed')
    }
    const longer = new Uint8Array(whole.length + 1)
    longer.set(whole)
    expectCode(() => decodeSafetensors(longer), 'model-file-malformed', /1 trailing bytes/)
  })

  test('is refused or read, but never anything else, when a bit of its header flips', () => {
    const whole = encodeSafetensors(tiny)
    for (let bit = 0; bit < 8 * (whole.length - 32); bit++) {
      const broken = whole.slice()
      broken[bit >> 3]! ^= 1 << (bit & 7)
      try {
        expect(decodeSafetensors(broken).model.parameters).toEqual(tiny.parameters)
      } catch (error) {
        expect((error as { code: string }).code, `bit ${bit}`).toMatch(/^(model-file-|invalid-schema)/)
      }
    }
  })

  test('that claims a header beyond the limit is refused before it is read', () => {
    const bytes = new Uint8Array(16)
    new DataView(bytes.buffer).setBigUint64(0, 100_000_001n, true)
    expectCode(() => decodeSafetensors(bytes), 'model-file-malformed', /claims 100000001 bytes/)
    bytes.fill(0xff)
    expectCode(() => decodeSafetensors(bytes), 'model-file-malformed', /claims 18446744073709551615/)
  })

  test('with a parameter that is not a number is refused', () => {
    const bytes = encodeSafetensors(tiny)
    bytes.fill(0xff, bytes.length - 4)
    expectCode(() => decodeSafetensors(bytes), 'non-finite-parameter', /"weights"/)
  })

  test.each<[string, string | object, number, RegExp]>([
    ['nothing in its header', '', 0, /not JSON/],
    ['a header that is not JSON', '{"w":', 0, /not JSON/],
    ['a header that is an array', '[]', 0, /does not begin with/],
    ['space before its header', ` {}`, 0, /does not begin with/],
    ['a byte order mark', '\ufeff{}', 0, /not JSON/],
    ['overlapping tensors', { a: f32([2], [0, 8]), b: f32([2], [4, 12]) }, 12, /"b" begins at 4, inside/],
    ['two names for one range', { a: f32([1], [0, 4]), b: f32([1], [0, 4]) }, 4, /"b" begins at 0, inside/],
    ['a hole between tensors', { a: f32([1], [0, 4]), b: f32([1], [8, 12]) }, 12, /no tensor covers bytes 4 to 8/],
    ['a hole before the first tensor', { a: f32([1], [4, 8]) }, 8, /bytes 0 to 4/],
    ['less data than its tensors need', { a: f32([2], [0, 8]) }, 4, /truncated: the tensors need 8 bytes and 4/],
    ['a range that does not fit its shape', { a: f32([3], [0, 8]) }, 8, /spans 8 bytes, but its shape needs 12/],
    ['a range that runs backwards', { a: f32([1], [4, 0]) }, 4, /spans -4 bytes/],
    ['a shape that overflows', { a: f32([2 ** 52, 2 ** 52, 2 ** 52], [0, 4]) }, 4, /spans 4 bytes/],
    ['a negative size', { a: f32([-1], [0, 4]) }, 4, /shape of tensor "a"/],
    ['a shape that is no array', { a: f32('1', [0, 4]) }, 4, /shape of tensor "a"/],
    ['offsets that are not two', { a: f32([1], [0, 4, 8]) }, 4, /data_offsets of tensor "a"/],
    ['offsets that are not integers', { a: f32([1], [0.5, 4.5]) }, 4, /data_offsets/],
    ['a tensor that is not described', { a: null }, 0, /exactly dtype, shape and data_offsets/],
    ['a field too few', { a: { dtype: 'F32', shape: [] } }, 4, /exactly/],
    ['a field too many', { a: { ...f32([], [0, 4]), stride: 1 } }, 4, /exactly/],
    ['metadata that are no object', { __metadata__: [], a: f32([], [0, 4]) }, 4, /__metadata__ is not an object/],
    ['metadata that are not text', { __metadata__: { n: 1 }, a: f32([], [0, 4]) }, 4, /metadata "n" is 1, not text/],
    ['metadata with half a character', { __metadata__: { n: '\ud800' }, a: f32([], [0, 4]) }, 4, /not well-formed/],
    [
      'a tensor twice',
      `{"a":${JSON.stringify(f32([], [0, 4]))},"a":${JSON.stringify(f32([], [0, 4]))}}`,
      4,
      /"a" twice/,
    ],
  ])('with %s is malformed', (_, header, dataBytes, message) => {
    expectCode(() => decodeSafetensors(fileOf(header, dataBytes)), 'model-file-malformed', message)
  })

  test('whose header is not UTF-8 is malformed', () => {
    const bytes = fileOf('{"a":0}', 0)
    bytes[10] = 0xff
    expectCode(() => decodeSafetensors(bytes), 'model-file-malformed', /not JSON in UTF-8/)
    expectCode(() => decodeSafetensors('text' as never), 'model-file-malformed', /not string/)
  })

  test.each<[string, object, number, FederatedErrorCode, RegExp]>([
    [
      'another number type',
      { a: { ...f32([2], [0, 4]), dtype: 'F16' } },
      4,
      'model-file-unsupported',
      /not of dtype F32/,
    ],
    ['an empty tensor', { a: f32([2, 0], [0, 0]) }, 0, 'model-file-unsupported', /"a" is empty/],
    ['no tensors at all', { __metadata__: { note: 'empty' } }, 0, 'invalid-schema', /at least one/],
    ['a tensor without a name', { '': f32([], [0, 4]) }, 4, 'invalid-schema', /needs a name/],
  ])('with %s is none that this library reads', (_, header, dataBytes, code, message) => {
    expectCode(() => decodeSafetensors(fileOf(header, dataBytes)), code, message)
  })

  test('is not written from what it could not give back', () => {
    const reserved = createModel([{ name: '__metadata__', shape: [] }], Float32Array.of(1))
    expectCode(() => encodeSafetensors(reserved), 'model-file-unsupported', /__metadata__/)
    expectCode(() => encodeSafetensors(tiny, { rounds: 20 as never }), 'invalid-option', /"rounds".*not 20/)
    expectCode(() => encodeSafetensors(tiny, { note: '\ud800' }), 'invalid-option', /"note"/)
    const short = { schema: tiny.schema, parameters: new Float32Array(1) }
    expectCode(() => encodeSafetensors(short), 'parameters-misfit')
  })
})
