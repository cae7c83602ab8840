import { expect, test } from 'vitest'
import { bytes, count, duration, percent, plural } from '../../../src/cli/output/format.ts'
import { progressBar } from '../../../src/cli/output/progress-bar.ts'

test('a fraction is shown in percent', () => {
  expect(percent(0.97733)).toBe('97.73 %')
  expect(percent(0.05, 0)).toBe('5 %')
})

test('a duration is shown in the unit that suits it', () => {
  expect([0, 0.0004, 0.34, 0.9994].map(duration)).toEqual(['0 ms', '0 ms', '340 ms', '999 ms'])
  expect([0.9996, 3.14, 59.99, 99.9].map(duration)).toEqual(['1.0 s', '3.1 s', '60.0 s', '99.9 s'])
  expect([99.96, 119.6, 125, 3600].map(duration)).toEqual(['1 min 40 s', '2 min 00 s', '2 min 05 s', '60 min 00 s'])
})

test('a size is shown in decimal units', () => {
  expect([0, 999, 1000, 82_872].map(bytes)).toEqual(['0 B', '999 B', '1.0 kB', '82.9 kB'])
  expect([99_960, 999_499, 999_500, 1_234_567].map(bytes)).toEqual(['100 kB', '999 kB', '1.0 MB', '1.2 MB'])
  expect(bytes(5e15)).toBe('5000 TB')
})

test('large counts are grouped, and nouns agree', () => {
  expect(count(20522)).toBe('20,522')
  expect([1, 2, 0].map(n => plural(n, 'round'))).toEqual(['1 round', '2 rounds', '0 rounds'])
})

test('a progress bar is filled in proportion, and never beyond its ends', () => {
  expect([0, 0.5, 1].map(fraction => progressBar(fraction, 4))).toEqual(['[....]', '[##..]', '[####]'])
  expect([-1, 2].map(fraction => progressBar(fraction, 4))).toEqual(['[....]', '[####]'])
})
