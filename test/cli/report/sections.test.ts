import { describe, expect, test } from 'vitest'
import type { Chart } from '../../../src/cli/report/chart.ts'
import { trusted } from '../../../src/cli/report/html.ts'
import { costSection } from '../../../src/cli/report/sections/costs.ts'
import { dropoutCounts } from '../../../src/cli/report/sections/dropouts.ts'
import { learningPoints } from '../../../src/cli/report/sections/learning.ts'
import { realCharts, recordOfRun } from './record.ts'

describe('the data of the charts', () => {
  test('are the tests of both runs, from the untrained model on', () => {
    const points = learningPoints(recordOfRun())
    expect(points.map(({ run, round, accuracy, loss }) => [run, round, accuracy, loss])).toEqual([
      ['secure', 0, 0.0817, 2.25],
      ['secure', 1, 0.1, 2],
      ['secure', 2, 0.2, 1],
      ['secure', 3, 0.2, 0],
      ['plaintext', 0, 0.0817, 2.25],
      ['plaintext', 1, 0.1, 2],
      ['plaintext', 2, 0.2, 1],
    ])
  })

  test('leave a round out whose loss an older version has not recorded', () => {
    const record = recordOfRun()
    const [first, ...rest] = record.summary.rounds
    const { testLoss: _, ...old } = first!
    const points = learningPoints({ ...record, summary: { ...record.summary, rounds: [old, ...rest] } })
    expect(points.filter(({ run }) => run === 'secure').map(({ round }) => round)).toEqual([0, 2, 3])
  })

  test('count dropouts by federated and protocol round', () => {
    expect(dropoutCounts(recordOfRun().summary.rounds)).toEqual([
      { round: 1, phase: 'ShareKeys', workers: 1 },
      { round: 3, phase: 'Unmasking', workers: 2 },
    ])
  })

  test('hold the bytes of each protocol round in both directions', async () => {
    const charts: Chart[] = []
    await costSection(recordOfRun(), async chart => {
      charts.push(chart)
      return trusted('')
    })
    expect(charts[1]!.values).toContainEqual({ phase: 'MaskedInputCollection', way: 'to the server', bytes: 9000 })
    expect(charts[1]!.values).toContainEqual({ phase: 'MaskedInputCollection', way: 'to the workers', bytes: 18000 })
  })
})

test('a chart follows the theme of the page: its text has the colour of the text around it, and no white behind', async () => {
  const draw = await realCharts()
  const parts = {
    mark: 'bar',
    encoding: { x: { field: 'a', type: 'nominal' }, y: { field: 'b', type: 'quantitative' } },
  }
  const { text } = await draw({ description: 'a test', height: 100, values: [{ a: 'x', b: 2 }], parts })
  expect(text).toMatch(/^<svg role="img" aria-label="a test" viewBox="0 0 343 \d+">/)
  expect(text).toMatch(/<text [^>]*fill="currentColor"/)
  expect(text).not.toMatch(/<text [^>]*fill="#/)
  expect(text).not.toContain('white')
})
