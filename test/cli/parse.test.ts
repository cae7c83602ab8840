import { describe, expect, test } from 'vitest'
import { batchSize, integer, partition, positive, rate } from '../../src/cli/parse.ts'

describe('the options of the command line', () => {
  test('a whole number is taken within its range only, and only when it is written as one', () => {
    expect(integer(3, 256)('10')).toBe(10)
    expect(integer(0)('0')).toBe(0)
    for (const text of ['2', '257', '-5', '1.5', '1e2', '0x10', '', ' 7', 'ten', '99999999999999999999']) {
      expect(() => integer(3, 256)(text), text).toThrow('It must be a whole number from 3 to 256.')
    }
    expect(() => integer(1)('0')).toThrow('of at least 1')
  })

  test('a rate is a number from 0 to 1', () => {
    expect(['0', '0.05', '.5', '1', '5e-2'].map(rate)).toEqual([0, 0.05, 0.5, 1, 0.05])
    for (const text of ['-0.1', '1.01', '5%', '', 'NaN', 'Infinity', '0,5']) expect(() => rate(text), text).toThrow()
  })

  test('a step size is finite and above 0', () => {
    expect(['0.1', '2', '1e-3'].map(positive)).toEqual([0.1, 2, 0.001])
    for (const text of ['0', '-1', '1e999', '', 'NaN']) expect(() => positive(text), text).toThrow('above 0')
  })

  test('a batch is a number of digits, or all of them', () => {
    expect(batchSize('10')).toBe(10)
    expect(batchSize('all')).toBe('all')
    expect(() => batchSize('0')).toThrow()
    expect(() => batchSize('All')).toThrow()
  })
})

describe('--partition', () => {
  const digits = { length: 100, labels: Uint8Array.from({ length: 100 }, (_, i) => i % 10) }

  /** How many different labels each of five workers gets. */
  function variety(text: string): number[] {
    const parts = partition(text).partition(1)(digits, 5)
    return parts.map(part => new Set(Array.from(part, i => digits.labels[i])).size)
  }

  test('iid gives every worker a mix', () => {
    expect(Math.min(...variety('iid'))).toBeGreaterThan(5)
    expect(partition('iid').name).toBe('iid')
  })

  test('shards gives every worker as many labels as it says, two by default', () => {
    expect(variety('shards:1')).toEqual([2, 2, 2, 2, 2])
    expect(Math.max(...variety('shards'))).toBeLessThanOrEqual(2)
    expect(partition('shards:3').name).toBe('3 label shards each')
  })

  test('dirichlet takes its concentration, 0.5 by default', () => {
    expect(Math.min(...variety('dirichlet:1000'))).toBe(10)
    expect(partition('dirichlet').name).toBe('Dirichlet, alpha 0.5')
  })

  test('the same seed deals the same', () => {
    const deal = (seed: number) => partition('dirichlet').partition(seed)(digits, 5)
    expect(deal(3)).toEqual(deal(3))
    expect(deal(3)).not.toEqual(deal(4))
  })

  test('anything else is refused', () => {
    for (const text of ['', 'shard', 'iid:2', 'shards:0', 'shards:', 'dirichlet:0', 'dirichlet:x', 'IID']) {
      expect(() => partition(text), text).toThrow()
    }
  })
})
