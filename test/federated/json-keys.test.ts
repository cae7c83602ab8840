import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { duplicateKey } from '../../src/federated/json-keys.ts'

describe('the search for duplicate keys', () => {
  test('finds none in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(duplicateKey(JSON.stringify(value))).toBeUndefined()
        expect(duplicateKey(JSON.stringify(value, null, 2))).toBeUndefined()
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  test.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"a" : 1, "b" : {}, "a" : 2}', 'a'],
    ['{"x":{"b":1,"b":1}}', 'b'],
    ['[{"b":[{}],"b":"c"}]', 'b'],
    ['{"\\u0061":1,"a":2}', 'a'],
    ['{"\\"":1,"\\u0022":2}', '"'],
    ['{"":1,"":2}', ''],
    ['{"a":{"c":1},"b":{"c":1},"a":0}', 'a'],
  ])('finds the one in %s', (text, key) => {
    JSON.parse(text)
    expect(duplicateKey(text)).toBe(key)
  })

  test.each(['{"a":"a","b":"a"}', '{"a":{"a":{"a":1}}}', '[{"a":1},{"a":1}]', '{"a":"\\"a\\":1,\\"a\\":1"}'])(
    'finds none in %s',
    text => {
      JSON.parse(text)
      expect(duplicateKey(text)).toBeUndefined()
    },
  )
})
