import { expect, it } from 'vitest'
import { findGraphParameters, randomDropouts, secureSum } from '../../src/index.ts'

/**
 * 260 phones report how long their screens were on, in minutes per weekday. A complete graph takes 256 at most, so each
 * phone shares masks with a few others only; with how many follows from what is believed of them.
 */
it('sums the reports of more phones than a secret has shares, on a sparse graph', async () => {
  const beliefs = { clients: 260, corruptFraction: 0.01, dropoutFraction: 0.05, security: 30, correctness: 20 }
  const { degree, graph, threshold } = findGraphParameters(beliefs)
  expect(degree).toBeLessThan(40)

  const minutes = (phone: number) => Array.from({ length: 5 }, (_, day) => (37 * phone + 61 * day) % 600)
  const reports = new Map(Array.from({ length: 260 }, (_, phone) => [`phone-${phone}`, minutes(phone)]))
  const dropouts = randomDropouts({ rate: 0.03, seed: 8 })
  const { sum, survivors, dropped } = await secureSum(reports, {
    kind: 'integers',
    min: 0,
    max: 24 * 60,
    graph,
    threshold,
    dropouts,
  })

  expect(dropped.length).toBeGreaterThan(0)
  expect(survivors.length).toBeLessThan(260)
  const expected = minutes(0).map((_, day) => survivors.reduce((total, id) => total + reports.get(id)![day]!, 0))
  expect([...sum]).toEqual(expected)
})
