import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reportPage } from '../../src/cli/report/page.ts'
import { realCharts, recordOfRun } from '../cli/report/record.ts'
import { CHROMIUM, SKIP_REASON } from './chromium.ts'

/** What is wrong with the texts of the charts: outside of their chart, or too small to read. */
function chartFaults(): string[] {
  return Array.from(document.querySelectorAll('svg')).flatMap(svg => {
    const chart = svg.getBoundingClientRect()
    return Array.from(svg.querySelectorAll('text')).flatMap(text => {
      const { left, right, top, bottom, height } = text.getBoundingClientRect()
      const inside =
        left >= chart.left - 1 && right <= chart.right + 1 && top >= chart.top - 1 && bottom <= chart.bottom + 1
      return inside && height >= 11 ? [] : [`${svg.getAttribute('aria-label')}: ${text.textContent}`]
    })
  })
}

/** The colours of the page's text and of all texts in charts. */
function colours(): { page: string; charts: string[] } {
  const texts = Array.from(document.querySelectorAll('svg text'), text => getComputedStyle(text).fill)
  return { page: getComputedStyle(document.body).color, charts: [...new Set(texts)] }
}

describe.skipIf(CHROMIUM === undefined)(`the report of a run in a browser${SKIP_REASON}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'secagg-report-'))
  const file = join(folder, 'run.html')
  let browser: Browser

  beforeAll(async () => {
    writeFileSync(file, await reportPage(recordOfRun(), await realCharts(), '1.2.3'))
    browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox', '--disable-gpu'] })
    // vega and Chromium, both for the first time.
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function opened(width: number, colorScheme: 'light' | 'dark'): Promise<{ page: Page; said: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme })
    const said: string[] = []
    page.on('console', message => said.push(message.text()))
    page.on('pageerror', error => said.push(error.message))
    page.on('request', request => {
      if (!/^(data|file):/.test(request.url())) said.push(request.url())
    })
    await page.goto(pathToFileURL(file).href)
    return { page, said }
  }

  it.each([
    [375, 'light'],
    [375, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
  ] as const)(
    'fits %i pixels, with legible charts and every picture, without a word on the console: %s',
    async (width, theme) => {
      const { page, said } = await opened(width, theme)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
      expect(await page.evaluate(chartFaults)).toEqual([])
      const blank = () => Array.from(document.images).filter(image => image.naturalWidth === 0).length
      expect(await page.evaluate(blank)).toBe(0)
      const { page: text, charts } = await page.evaluate(colours)
      expect(charts, 'charts are written in the colour of the text').toEqual([text])
      expect(said).toEqual([])
      await page.close()
    },
  )
})
