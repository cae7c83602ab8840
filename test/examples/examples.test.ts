import { describe, expect, test } from 'vitest'
import { linesOf, names, percentages } from './support.ts'

describe('the examples run on the built package', () => {
  test('there are five', () => {
    const all = ['bring-your-own-model', 'mnist', 'multi-round-leakage', 'private-statistics', 'two-workers']
    expect([...names].sort()).toEqual(all)
  })

  test('three clinics learn a model of their own from patients that they do not show', async () => {
    const accuracies = percentages(await linesOf('bring-your-own-model'))
    expect(accuracies).toHaveLength(6)
    expect(accuracies[5]).toBeGreaterThan(88)
    expect(accuracies[5]).toBeGreaterThan(accuracies[0]!)
  })

  test('a survey is counted without the one who left, and nothing else changes', async () => {
    expect(await linesOf('private-statistics')).toEqual([
      '"Do you read the terms and conditions?" 6 answers counted:',
      '  never      *',
      '  sometimes  **',
      '  often      ***',
      // (4100 + 2350 + 2800 + 5150 + 1900 + 10000) / 6
      'Mean income of those 6: 4383.33, exact to within 0.001',
      '  1 income lay above 10,000 and counts as 10,000',
      '  cleo left in MaskedInputCollection',
    ])
  })

  test('two sums give away what one person earns, unless a guard keeps the second one back', async () => {
    const lines = await linesOf('multi-round-leakage')
    expect(lines.toSpliced(6, 1)).toEqual([
      'Without a guard',
      '  sum of ann, ben, cleo, dan, eve, finn: 22180',
      '  sum of ann, ben, cleo, dan, finn: 16950',
      '  the difference is what eve earns: 5230',
      'With a guard that keeps at least 2 together',
      '  first sum: 22180',
      '  sum over whole batches, ann, ben, cleo, dan: 13150',
      '  what can be subtracted now is 9030, of eve and finn together',
    ])
    expect(lines[6]).toMatch(/^ {2}second sum: none\. sum 0 - sum 1 would isolate "eve"/)
  })
})
