import { expect, test } from 'vitest'
import { linesOf, percentages } from './support.ts'

test('two workers learn as in the tutorial, and are warned that each can tell what the other learned', async () => {
  const lines = await linesOf('two-workers', '1')
  expect(lines).toHaveLength(2)
  expect(lines[0]).toMatch(/^warning: sums over as few as 2 clients are accepted/)
  expect(percentages(lines)[0]).toBeGreaterThan(85)
})

test('ten workers learn to read digits, though some leave on the way', async () => {
  const lines = await linesOf('mnist')
  expect(lines).toHaveLength(3)
  expect(lines[0]).toContain('10 updates summed')
  expect(lines[1]).toContain('9 updates summed, worker-3 left in MaskedInputCollection')
  expect(lines[2]).toContain('10 updates summed, worker-7 left in Unmasking')
  const accuracies = percentages(lines)
  expect(accuracies[2]).toBeGreaterThan(90)
  expect(accuracies[2]).toBeGreaterThan(accuracies[0]!)
})
