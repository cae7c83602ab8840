import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Column, facts, header, row, wrap } from '../../../src/cli/output/layout.ts'

const columns: Column[] = [
  { title: 'name', width: 6, align: 'left' },
  { title: 'time', width: 5, align: 'right' },
]

test('cells are padded to their columns', () => {
  expect(header(columns)).toBe('  name     time')
  expect(row(columns, ['a', '1 s'])).toBe('  a         1 s')
  expect(row(columns, ['a'])).toBe('  a')
})

test('text is broken between words, and continues below itself', () => {
  expect(wrap('one two three', 4, '  > ', 12)).toEqual(['  > one two', '    three'])
})

test('no wrapped line is wider than asked, and no character is lost', () => {
  const words = fc.array(fc.stringMatching(/^[a-z/]{1,120}$/), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(words, fc.integer({ min: 0, max: 20 }), (words, indent) => {
      const lines = wrap(words.join(' '), indent)
      expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(80)
      expect(lines.every(line => line.startsWith(' '.repeat(indent)))).toBe(true)
      expect(lines.join('').replaceAll(' ', '')).toBe(words.join(''))
    }),
    { seed: 1 },
  )
})

test('facts are aligned by their longest name', () => {
  expect(
    facts([
      ['seed', '1'],
      ['', 'more'],
      ['network', 'small'],
    ]),
  ).toEqual(['  seed     1', '           more', '  network  small'])
})
