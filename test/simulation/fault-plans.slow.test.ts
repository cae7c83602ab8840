import { expect, it } from 'vitest'
import { Census, checkPlan, checkRepetition } from './fault-plan.ts'

it('10,000 random fault plans: the exact sum or a clean abort, the same transcript twice, and nobody\u2019s two secrets', async () => {
  const census = new Census()
  for (let number = 500; number < 10_500; number++) {
    const result = await checkPlan(number)
    await checkRepetition(number, result)
    census.add(result)
  }
  expect(census.plans).toBe(10_000)
  expect(census.count('sum')).toBeGreaterThan(3000)
  expect(census.count('sum in spite of wrong shares')).toBeGreaterThan(0)
  expect(census.count('aborted: inconsistent-shares')).toBeGreaterThan(0)
})
