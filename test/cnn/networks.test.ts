import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  initialParameters,
  NETWORKS,
  networkByName,
  parameterCountOf,
  schemaOf,
  sizeOf,
} from '../../src/cnn/networks.ts'

describe('the networks', () => {
  test.each([
    ['small', 20_522],
    ['pysyft', 431_080],
    ['mcmahan', 1_663_370],
  ] as const)('%s has %i parameters', (name, count) => {
    expect(parameterCountOf(schemaOf(NETWORKS[name]))).toBe(count)
  })

  test('name and shape their tensors in order', () => {
    expect(schemaOf(NETWORKS.mcmahan)).toEqual([
      { name: 'conv1/kernel', shape: [5, 5, 1, 32] },
      { name: 'conv1/bias', shape: [32] },
      { name: 'conv2/kernel', shape: [5, 5, 32, 64] },
      { name: 'conv2/bias', shape: [64] },
      { name: 'dense1/kernel', shape: [3136, 512] },
      { name: 'dense1/bias', shape: [512] },
      { name: 'dense2/kernel', shape: [512, 10] },
      { name: 'dense2/bias', shape: [10] },
    ])
  })

  test('an unknown name is answered with the choices', () => {
    expect(() => networkByName('toString')).toThrow(/no network 'toString': choose one of small, pysyft, mcmahan/)
    expect(() => networkByName('lenet')).toThrow(expect.objectContaining({ name: 'CnnError', code: 'network-unknown' }))
  })
})

describe('initial parameters', () => {
  const schema = schemaOf(NETWORKS.small)

  test('are zero in the biases, and elsewhere spread over the range of He or Glorot', () => {
    const parameters = initialParameters(schema, 3)
    const limits: Record<string, number> = {
      'conv1/kernel': Math.sqrt(6 / 25),
      'conv2/kernel': Math.sqrt(6 / 200),
      'dense1/kernel': Math.sqrt(6 / 256),
      'dense2/kernel': Math.sqrt(6 / 74),
    }
    let offset = 0
    for (const { name, shape } of schema) {
      const values = parameters.subarray(offset, offset + sizeOf(shape))
      offset += values.length
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      const limit = limits[name] ?? 0
      expect(largest, name).toBeLessThanOrEqual(limit)
      expect(largest, name).toBeGreaterThanOrEqual(0.95 * limit)
    }
  })

  test('are the same bits for the same seed, wherever they are drawn', () => {
    const { buffer } = initialParameters(schema, 42)
    expect(createHash('sha256').update(new Uint8Array(buffer)).digest('hex').slice(0, 32)).toBe(
      '34f1d54ae3b8bf6d58bddd5b3fff4c18',
    )
  })

  test('differ from seed to seed', () => {
    expect(initialParameters(schema, 1)).not.toEqual(initialParameters(schema, 2))
  })
})
