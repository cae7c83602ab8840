import { beforeAll, describe, expect, test } from 'vitest'
import { reportPage } from '../../../src/cli/report/page.ts'
import type { RunRecord } from '../../../src/cli/report/record.ts'
import { HOSTILE, realCharts, recordOfRun } from './record.ts'

let page: string

/** What a reader sees of a section, without markup. */
function textOf(id: string): string {
  const [, inner = ''] = new RegExp(`<section id="${id}">(.*?)</section>`, 's').exec(page) ?? []
  return inner.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
}

beforeAll(async () => {
  page = await reportPage(recordOfRun(), await realCharts(), '9.8.7')
})

describe('the page of a report', () => {
  test('needs nothing from anywhere: no address but data, no script, and a policy that allows neither', () => {
    expect(
      page.match(/https?:|url\(|@import|srcset|<(script|iframe|object|embed|base|form)|<link rel="style/gi),
    ).toBeNull()
    expect(page.match(/<[^>]* on[a-z]+=/gi), 'no handlers').toBeNull()
    const addresses = Array.from(page.matchAll(/(?:src|href)="([^"]*)"/g), ([, address]) => address)
    expect(addresses.length).toBeGreaterThan(5)
    for (const address of addresses) expect(address).toMatch(/^data:/)
    const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    expect(page.includes(`<meta http-equiv="Content-Security-Policy" content="${policy}">`)).toBe(true)
  })

  test('escapes what it was told, wherever it stands', () => {
    expect(page.includes(HOSTILE)).toBe(false)
    expect(page.split('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;').length - 1).toBeGreaterThanOrEqual(
      5,
    )
  })

  test('tells the accuracy, and whether the plaintext run agrees', () => {
    expect(textOf('learning')).toMatch(/at the end 87\.65 % , 877 of 1,000 digits/)
    expect(textOf('learning')).toContain('identical model, bit for bit')
  })

  test('shows the confusion matrix: counts by label and prediction', () => {
    const text = textOf('recognition')
    expect(text).toMatch(/ 9 17 99 85 % /)
    expect(text).toContain('31 digits misread')
    expect(page).toContain('alt="a 4, taken for a 9; loss 5.3"')
  })

  test('tells who dropped out where, and which round gave no sum', () => {
    const text = textOf('dropouts')
    expect(text).toContain('3 dropouts in 3 rounds of 3 workers')
    expect(text).toContain('3 worker-3 Unmasking silent yes')
    expect(text).toContain('1 round had too few left')
  })

  test('adds up time and bytes of each protocol round', () => {
    const text = textOf('costs')
    expect(text).toContain('ShareKeys 9.0 s 6.0 kB 12.0 kB')
    expect(text).toContain('Unmasking 15.0 s 12.0 kB 24.0 kB')
  })

  test('reports the numerics of the rounds that have a sum', () => {
    const text = textOf('numerics')
    expect(text).toContain('1 1.230 % 3.0e-7 4.0e-6 1.5')
    expect(text).toContain('2 1.230 % 3.0e-7 4.0e-6 1.5 clipped')
    expect(text, 'no column for noise where there is none').not.toContain('Noise')
  })

  test('puts the update beside the words that the server received, and what an attack makes of each', () => {
    const text = textOf('secrecy')
    expect(text).toContain('all 1,000 parameters')
    expect(text).toContain('correlation 0.999')
    expect(text).toContain('correlation 0.012')
  })

  test('says of the words exactly what came', () => {
    const word = ((699 * 40503) % 2 ** 26).toString(16).padStart(7, '0')
    expect(textOf('secrecy')).toContain(`699 ${Math.sin(699).toFixed(5)} ${word}`)
  })

  test('leaves out what there was not: privacy, a view of the server, a comparison', async () => {
    const { view: _, ...rest } = recordOfRun()
    const { comparison: __, ...summary } = rest.summary
    const record: RunRecord = { ...rest, summary: { ...summary, rounds: [] }, plaintext: [] }
    const bare = await reportPage(record, await realCharts(), '9.8.7')
    expect(bare).not.toContain('<section id="privacy">')
    expect(bare).not.toContain('<section id="costs">')
    expect(bare).toContain('no masked update came in')
    expect(bare).toContain('There was no plaintext run')
    expect(bare).toContain('No round was run.')
  })

  test('shows what a privacy budget was spent on', async () => {
    const record = recordOfRun()
    const privacy = (epsilon: number) => ({ epsilon, delta: 1e-5, noiseMultiplier: 0.75, clip: 1 })
    const rounds = record.summary.rounds.map((round, i) => ({ ...round, privacy: privacy(i + 1) }))
    const experiment = { ...record.experiment, settings: { ...record.experiment.settings, epsilon: 4 } }
    const { identical: _, ...comparison } = record.summary.comparison!
    const summary = { ...record.summary, rounds, comparison }
    const noised = await reportPage({ ...record, experiment, summary }, await realCharts(), '9.8.7')
    expect(noised).toMatch(/epsilon <strong>3\.000<\/strong> of 4 at delta 0\.00001/)
    expect(noised).toContain('private and secure')
    expect(noised).toContain('without noise and clipping, reaches 87.65 %')
  })
})
