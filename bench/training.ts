/**
 * How fast networks are trained: npm run bench:training [-- --quick] [--rounds N] [--seconds S] [--cpu]
 *   [--python PATH] [--only rates|threads]
 *
 * Pictures per second, by engine, network and batch, with PyTorch's on one thread of the CPU where a Python with PyTorch is found.
 * Everybody runs in every round, one after the other, so that a busy machine slows them all. A rate is by CPU time of the process;
 * medians over the rounds. Then virtual workers on two threads, by the clock. The last line is JSON.
 */
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import type { NetworkName } from 'secagg/cnn'
import { loadSample } from 'secagg/mnist'
import { type Contender, engineContender, firstOf, type Sample } from './training/contenders.ts'
import { measureCounting, measureThreads, type ThreadFigure } from './training/threads.ts'
import { torchContender } from './training/torch.ts'
import { verify } from './training/verify.ts'

const NETWORKS: readonly NetworkName[] = ['small', 'pysyft', 'mcmahan']
const BATCHES = [10, 32]
/** Whole batches of either size. */
const EXAMPLES = { quick: 320, full: 640 }

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    cpu: { type: 'boolean', default: false },
    python: { type: 'string' },
    only: { type: 'string' },
  },
})
const rounds = Number(values.rounds ?? (values.quick ? 1 : 5))
const seconds = Number(values.seconds ?? (values.quick ? 0.3 : 1))
if (!(Number.isInteger(rounds) && rounds >= 1 && seconds > 0))
  throw new Error('--rounds and --seconds take numbers above 0')

interface Figure {
  readonly network: NetworkName
  readonly batch: number
  /** Pictures per second of CPU time, and of the clock, by contender. */
  readonly rates: Readonly<Record<string, { readonly cpu: number; readonly wall: number }>>
}

const { train } = await loadSample()
const data = firstOf(train, values.quick ? EXAMPLES.quick : EXAMPLES.full)
const candidates = {
  wasm: await engineContender('wasm', data),
  'tfjs-node': await engineContender('tfjs-node', data),
  cpu: values.cpu ? await engineContender('cpu', data) : 'slow: --cpu adds it',
  PyTorch: await torchContender(values.python === undefined ? ['python3', '/usr/bin/python3'] : [values.python]),
}
const contenders = Object.values(candidates).filter(candidate => typeof candidate !== 'string')
for (const engine of ['wasm', 'tfjs-node'] as const) {
  if (typeof candidates[engine] !== 'string') await verify(engine, values.quick ? ['small'] : NETWORKS, data)
}
const figures = values.only === 'threads' ? [] : await measure()
const threads = values.only === 'rates' ? [] : await measureAllThreads()
const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  load: loadavg().map(load => Number(load.toFixed(1))),
  node: process.version,
}
if (typeof candidates.PyTorch !== 'string') candidates.PyTorch.end()
console.log(`${machine.cpu}, ${machine.cores} cores, load ${machine.load.join(' ')}, Node ${machine.node}`)
for (const [name, candidate] of Object.entries(candidates)) {
  console.log(typeof candidate === 'string' ? `${name}: not here, ${candidate}` : candidate.version)
}
if (figures.length > 0) printRates()
if (threads.length > 0) printThreads()
console.log(`\nMedians of ${rounds} rounds${figures.length > 0 ? ` of ${seconds} s` : ''}.`)
console.log(
  JSON.stringify({ rounds, seconds, figures, threads, versions: contenders.map(({ version }) => version), machine }),
)

async function measure(): Promise<Figure[]> {
  const samples = new Map<string, Sample[]>()
  for (let round = 0; round < rounds; round++) {
    for (const [network, batch] of cases()) {
      for (const contender of contenders) {
        const key = keyOf(network, batch, contender)
        samples.set(key, [...(samples.get(key) ?? []), await contender.measure(network, batch, seconds)])
      }
    }
  }
  return cases().map(([network, batch]) => {
    const rateOf = (contender: Contender) => {
      const list = samples.get(keyOf(network, batch, contender))!
      return [contender.name, { cpu: medianRate(list, 'cpu'), wall: medianRate(list, 'wall') }] as const
    }
    return { network, batch, rates: Object.fromEntries(contenders.map(rateOf)) }
  })
}

async function measureAllThreads(): Promise<ThreadFigure[]> {
  const figures = [await measureCounting(rounds)]
  for (const network of values.quick ? (['small'] as const) : NETWORKS) {
    figures.push(await measureThreads(network, data, rounds, values.quick ? 0 : 4))
  }
  return figures
}

function cases(): [NetworkName, number][] {
  return NETWORKS.flatMap(network => BATCHES.map(batch => [network, batch] as [NetworkName, number]))
}

function keyOf(network: NetworkName, batch: number, contender: Contender): string {
  return `${network} ${batch} ${contender.name}`
}

function medianRate(samples: readonly Sample[], by: 'cpu' | 'wall'): number {
  const rates = samples.map(sample => sample.examples / sample[by]).sort((a, b) => a - b)
  return Math.round(rates[Math.floor(rates.length / 2)]!)
}

function printRates(): void {
  const names = contenders.map(({ name }) => name)
  const compared = names.includes('PyTorch')
  console.log(
    `\n${'pictures per second of CPU time'.padEnd(32)}${cells(...names, ...(compared ? ['wasm/PyTorch'] : []))}`,
  )
  for (const { network, batch, rates } of figures) {
    const row = names.map(name => String(rates[name]!.cpu))
    if (compared) row.push(`${((100 * rates.wasm!.cpu) / rates.PyTorch!.cpu).toFixed(0)} %`)
    console.log(`${`${network}, batches of ${batch}`.padEnd(32)}${cells(...row)}`)
  }
}

function printThreads(): void {
  console.log(
    `\n${'a round of 8 virtual workers'.padEnd(32)}${cells('1 thread', '2 threads', 'faster', 'by CPU time')}`,
  )
  for (const { name, one, many, speedup, speedupByCpu } of threads) {
    const times = [one, many].map(time => `${time.toFixed(2)} s`)
    console.log(name.padEnd(32) + cells(...times, ...[speedup, speedupByCpu].map(ratio => `${ratio.toFixed(2)} x`)))
  }
}

function cells(...texts: string[]): string {
  return texts.map(text => text.padStart(13)).join('')
}
