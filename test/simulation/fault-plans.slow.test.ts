import { describe, expect, it } from 'vitest'
import { Census, checkPlan, checkRepetition } from './fault-plan.ts'

/** The quick test has the plans before this one. */
const FIRST = 500
const BATCH = 1000

describe('10,000 random fault plans', () => {
  const census = new Census()
  const batches = Array.from({ length: 10 }, (_, i) => [FIRST + i * BATCH, FIRST + (i + 1) * BATCH - 1] as const)

  it.each(batches)(
    '%i to %i give the exact sum or a clean abort, the same transcript twice, and nobody\u2019s two secrets',
    async (first, last) => {
      for (let number = first; number <= last; number++) {
        const result = await checkPlan(number)
        await checkRepetition(number, result)
        census.add(result)
      }
    },
  )

  it('end in many ways', () => {
    expect(census.plans).toBe(10_000)
    expect(census.count('sum')).toBeGreaterThan(3000)
    expect(census.count('sum in spite of wrong shares')).toBeGreaterThan(0)
  })
})
