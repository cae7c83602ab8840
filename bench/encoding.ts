/**
 * What turning an update into bytes costs, beside a mask of its length: npm run bench:encoding [-- --quick] [--rounds N]
 *
 * All contenders run in every round, one after the other on one thread, and results are checked before. Milliseconds of
 * CPU time of this process with its garbage collection; medians over the rounds, and of the ratio to the mask of the same
 * round. The last line is JSON.
 */
import { parseArgs } from 'node:util'
import { configureThreads } from '../src/secagg/primitives/threads.ts'
import { BOTH, type Contender, MASK, makeWorkload, PARAMETERS } from './encoding/contenders.ts'
import { verify } from './encoding/verify.ts'
import { describeMachine, machineLine } from './support/machine.ts'
import { tableRow, times } from './support/table.ts'

interface Figure {
  readonly milliseconds: number
  readonly wallMilliseconds: number
  /** To the mask. */
  readonly ratio: number
}

interface Sample {
  readonly cpu: number
  readonly wall: number
}

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string' } },
})
const rounds = Number(values.rounds ?? (values.quick ? 5 : 21))
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a number of rounds, 1 or more')

configureThreads({ threads: 1 })
const workload = await makeWorkload()
await verify(workload)
const figures = await measure(workload.contenders)
const machine = describeMachine()
printTable()
const ratio = figures.get(BOTH)!.ratio
console.log(JSON.stringify({ ratio, parameters: PARAMETERS, rounds, figures: Object.fromEntries(figures), machine }))

async function measure(contenders: readonly Contender[]): Promise<Map<string, Figure>> {
  for (const contender of contenders) await time(contender) // compiles the loops
  const samples = contenders.map((): Sample[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, contender] of contenders.entries()) samples[i]!.push(await time(contender))
  }
  const masks = samples[contenders.findIndex(({ name }) => name === MASK)]!
  return new Map(
    contenders.map(({ name }, i) => {
      const own = samples[i]!
      const milliseconds = median(own.map(({ cpu }) => cpu))
      const wallMilliseconds = median(own.map(({ wall }) => wall))
      return [name, { milliseconds, wallMilliseconds, ratio: median(own.map(({ cpu }, r) => cpu / masks[r]!.cpu)) }]
    }),
  )
}

async function time({ run, times }: Contender): Promise<Sample> {
  const clock = performance.now()
  const before = process.cpuUsage()
  for (let i = 0; i < times; i++) await run()
  const { user, system } = process.cpuUsage(before)
  return { cpu: (user + system) / 1000 / times, wall: (performance.now() - clock) / times }
}

function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]!
}

function printTable(): void {
  console.log(`${machineLine(machine)}\n`)
  console.log(tableRow('1,663,370 parameters', ['ms', 'of a mask', 'by clock']))
  for (const [name, { milliseconds, wallMilliseconds, ratio }] of figures) {
    console.log(tableRow(name, [milliseconds.toFixed(2), times(ratio), wallMilliseconds.toFixed(2)]))
  }
  console.log(`\nMedians of ${rounds} rounds, milliseconds of CPU time ("by clock": of the clock).`)
}
