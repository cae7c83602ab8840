/**
 * How fast masks are expanded and added: npm run bench:masking [-- --json] [--rounds N] [--alternatives]
 *
 * All contenders run in every round, one after the other, so that a busy machine slows them all. A rate is bytes of
 * mask per second of CPU time, of this process with its garbage collection; `openssl speed` counts its own in the same
 * way. Medians over the rounds.
 */
import { readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { configureThreads } from '../src/secagg/primitives/threads.ts'
import { ALTERNATIVES } from './masking/alternatives.ts'
import { ALL_CORES, CONTENDERS, type Contender, VECTOR_WORDS } from './masking/contenders.ts'
import { keysOf } from './masking/keys.ts'
import { opensslBytesPerSecond, opensslVersion } from './masking/openssl.ts'
import { verify } from './masking/verify.ts'

const OPENSSL = 'openssl speed aes-128-ctr'
const PLAIN = 'plain loop over node:crypto'

/** GB/s by CPU time, and by the clock for who wants it. */
interface Rate {
  readonly cpu: number
  readonly wall: number
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '9' },
    alternatives: { type: 'boolean', default: false },
  },
})
const contenders = values.alternatives ? [...CONTENDERS, ...ALTERNATIVES] : CONTENDERS
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a number of rounds, 1 or more')

await verify(contenders)
const rates = await measure(rounds)
const [ours] = CONTENDERS
const fastest = rates.get(ours!.name)!
const openssl = rates.get(OPENSSL)?.cpu
const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  load: loadavg().map(load => Number(load.toFixed(1))),
  node: process.version,
  nodeOpenssl: process.versions.openssl,
  openssl: opensslVersion() ?? null,
  noble: versionOf('@noble/ciphers'),
}
printTable()
if (values.json) {
  const figures = Object.fromEntries([...rates].map(([name, { cpu, wall }]) => [name, { cpu, wall }]))
  const gigabytesPerSecond = fastest.cpu
  const ratioToOpenssl = openssl === undefined ? null : fastest.cpu / openssl
  const ratioToPlainLoop = fastest.cpu / rates.get(PLAIN)!.cpu
  const allCoresToOneByClock = rates.get(ALL_CORES)!.wall / fastest.wall
  const ratios = { ratioToOpenssl, ratioToPlainLoop, allCoresToOneByClock }
  console.log(JSON.stringify({ gigabytesPerSecond, ...ratios, rounds, figures, machine }))
}

async function measure(rounds: number): Promise<Map<string, Rate>> {
  const samples = new Map<string, Rate[]>()
  const keep = (name: string, rate: Rate) => samples.set(name, [...(samples.get(name) ?? []), rate])
  for (const contender of contenders) await time(contender) // warms up: compiles the loops, fills the caches
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) keep(contender.name, await time(contender))
    const bytes = opensslBytesPerSecond()
    if (bytes !== undefined) keep(OPENSSL, { cpu: bytes / 1e9, wall: Number.NaN })
  }
  const median = (list: Rate[], field: keyof Rate) =>
    list.map(rate => rate[field]).sort((a, b) => a - b)[Math.floor(list.length / 2)]!
  return new Map([...samples].map(([name, list]) => [name, { cpu: median(list, 'cpu'), wall: median(list, 'wall') }]))
}

async function time({ mask, masks, times, threads }: Contender): Promise<Rate> {
  const keys = keysOf(masks)
  const target = new Uint32Array(VECTOR_WORDS).fill(1) // the first write to a page is the system's time, not ours
  configureThreads(threads === 'all' ? {} : { threads: 1 })
  // Threads are started when enough has been done without them, and compile their own code.
  if (threads === 'all') for (let i = 0; i < 4; i++) await mask(keys, 0, target)
  const cpu = process.cpuUsage()
  const clock = performance.now()
  for (let i = 0; i < times; i++) await mask(keys, 0, target)
  const milliseconds = performance.now() - clock
  const { user, system } = process.cpuUsage(cpu)
  const bytes = times * masks * target.byteLength
  return { cpu: bytes / 1e3 / (user + system), wall: bytes / 1e6 / milliseconds }
}

function printTable(): void {
  const plain = rates.get(PLAIN)!.cpu
  console.log(`${machine.cpu}, ${machine.cores} cores, load ${machine.load.join(' ')}`)
  console.log(`Node ${machine.node} (OpenSSL ${machine.nodeOpenssl}), noble ${machine.noble}`)
  console.log(`${machine.openssl ?? 'openssl is not installed: nothing to compare with'}\n`)
  console.log(`${'masks expanded and added'.padEnd(32)}${cells('GB/s', 'of openssl', 'of plain', 'by clock')}`)
  for (const [name, { cpu, wall }] of rates) {
    const share = openssl === undefined ? '-' : `${((100 * cpu) / openssl).toFixed(1)} %`
    const byClock = Number.isNaN(wall) ? '-' : wall.toFixed(2)
    console.log(`${name.padEnd(32)}${cells(cpu.toFixed(2), share, `${(cpu / plain).toFixed(2)} x`, byClock)}`)
  }
  const ratio = rates.get(ALL_CORES)!.wall / fastest.wall
  console.log(`\nAll cores to one, by clock: ${ratio.toFixed(2)} x`)
  console.log(`Medians of ${rounds} rounds; GB/s per second of CPU time ("by clock": of the clock).`)
}

function cells(...texts: string[]): string {
  return texts.map(text => text.padStart(11)).join('')
}

function versionOf(name: string): string {
  const manifest = new URL(`../../node_modules/${name}/package.json`, import.meta.url)
  return JSON.parse(readFileSync(manifest, 'utf8')).version
}
