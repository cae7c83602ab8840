/**
 * How fast masks are expanded and added in Chromium: node build/bench/browser-masking.js [--json] [--rounds N], after
 * npm run build and tsc -p tsconfig.programs.json. By the clock: WebCrypto works on threads of the browser's own.
 */
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { CHROMIUM, TestPage } from '../test/browser/chromium.ts'
import type { MaskingPage } from './browser-masking/page.ts'

type Page = typeof globalThis & MaskingPage

const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '9' } },
})
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a number of rounds, 1 or more')
if (CHROMIUM === undefined) throw new Error('There is no Chromium; install it, or set CHROMIUM to its path.')

const opened = await TestPage.open(new URL('./browser-masking/page.js', import.meta.url), POLICY)
try {
  const kernel = await opened.page.evaluate(() => (globalThis as Page).verify())
  await opened.page.evaluate(() => (globalThis as Page).round()) // warms up
  const samples: Record<string, number>[] = []
  for (let i = 0; i < rounds; i++) samples.push(await opened.page.evaluate(() => (globalThis as Page).round()))
  report(samples, { kernel, browser: opened.page.context().browser()!.version() })
} finally {
  await opened.close()
}

function report(samples: Record<string, number>[], run: { kernel: boolean; browser: string }): void {
  const rates = Object.fromEntries(
    Object.keys(samples[0]!).map(name => [name, median(samples.map(sample => sample[name]!))]),
  )
  const noble = rates.noble!
  const load = loadavg().map(value => Number(value.toFixed(1)))
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, load, ...run }
  console.log(`${machine.cpu}, ${machine.cores} cores, load ${load.join(' ')}`)
  console.log(`Chromium ${run.browser}, kernel ${run.kernel ? 'running' : 'refused'}\n`)
  console.log(`${'masks expanded and added'.padEnd(32)}${'GB/s'.padStart(11)}${'of noble'.padStart(11)}`)
  for (const [name, rate] of Object.entries(rates)) {
    console.log(`${name.padEnd(32)}${rate.toFixed(2).padStart(11)}${`${(rate / noble).toFixed(1)} x`.padStart(11)}`)
  }
  console.log(`\nMedians of ${rounds} rounds, by the clock.`)
  if (!values.json) return
  const gigabytesPerSecond = rates['secagg, 16 masks at once']!
  console.log(JSON.stringify({ gigabytesPerSecond, ratioToNoble: gigabytesPerSecond / noble, rounds, rates, machine }))
}

function median(list: number[]): number {
  return list.sort((a, b) => a - b)[Math.floor(list.length / 2)]!
}
