import { describe, expect, it } from 'vitest'
import { Census, checkPlan, checkRepetition } from './fault-plan.ts'

const PLANS = 500
const BATCH = 100

describe('500 random fault plans', () => {
  const census = new Census()
  const batches = Array.from({ length: PLANS / BATCH }, (_, i) => [i * BATCH, (i + 1) * BATCH - 1] as const)

  it.each(batches)(
    '%i to %i give the exact sum of the survivors or a clean abort, and nobody\u2019s two secrets',
    async (first, last) => {
      for (let number = first; number <= last; number++) {
        const result = await checkPlan(number)
        if (number % 10 === 0) await checkRepetition(number, result)
        census.add(result)
      }
    },
  )

  it('end in many ways', () => {
    expect(census.plans).toBe(PLANS)
    expect(census.count('sum')).toBeGreaterThan(150)
    expect(census.count('sum')).toBeLessThan(400)
    expect(census.count('sum in spite of dropouts')).toBeGreaterThan(50)
    expect(census.kinds).toEqual(
      expect.arrayContaining([
        'aborted: too-few-clients',
        'aborted: too-few-confirmations',
        'aborted: too-few-shares',
        'aborted: too-few-survivors',
        'refused: out-of-round',
        'refused: other-survivors',
        'rejected: bad-signature',
        'rejected: digest-mismatch',
        'rejected: duplicate',
        'rejected: malformed',
        'rejected: staging-full',
        'rejected: undecodable',
        'rejected: wrong-round',
      ]),
    )
  })
})
