/**
 * How cost grows with clients, neighbours and dimension: npm run bench:scale [-- --quick] [--axis neighbours] [--cell 10000x100000] [--threads N]
 *
 * Whole aggregations with real clients, a tenth of which leave after ShareKeys. The server is alone in a process of its own,
 * so its peak of memory is its own; the clients take turns in this one. Times are CPU time of all threads, of the work on
 * messages alone. Exponents are slopes of least-squares lines through logarithms along one axis at a time; along the
 * dimension the cost with a single coordinate is taken off first. --cell runs one cohort by itself: 10,000 clients
 * with 100,000 coordinates take minutes. The last line is JSON.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { configureThreads } from 'secagg/secagg'
import { type Axis, axesOf, type Cell, cellOf, DROPOUT, MODULUS_BITS, nameOf, parametersOf } from './scale/cells.ts'
import { exponentOf } from './scale/fit.ts'
import { RemoteServer } from './scale/remote-server.ts'
import { runAggregation } from './support/aggregation.ts'
import { type Cost, totalOf } from './support/costs.ts'
import { inputOf, leavesOf } from './support/inputs.ts'
import { describeMachine, machineLine } from './support/machine.ts'
import { bytes, milliseconds, tableRow } from './support/table.ts'

const MEMORY_TARGET = { cell: '10000x100000', bytes: 1e9 }

interface Result {
  readonly cell: Cell
  /** One that stayed to the end: the mean. */
  readonly client: Cost
  readonly server: Cost
  readonly serverPeakBytes: number
  /** Of one client. */
  readonly bytesUp: number
  readonly bytesDown: number
}

type Side = 'client' | 'server'

interface Fit {
  readonly axis: Axis['name']
  readonly cells: readonly string[]
  readonly client: number
  readonly server: number
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    axis: { type: 'string' },
    cell: { type: 'string' },
    threads: { type: 'string' },
  },
})
const threads = Number(values.threads ?? availableParallelism())
configureThreads({ threads })

console.log(machineLine(describeMachine()))
console.log(`${threads} masking threads; ${100 * DROPOUT} % of the clients leave; entries of ${MODULUS_BITS} bits\n`)
await measure(cellOf(50, 50_000)) // compiles what the clients do; the server is in a fresh process each time
line('clients x coordinates', ['k', 'client, ms', 'server, ms', 'clock, ms', 'peak MB', 'bytes up', 'bytes down'])
if (values.cell === undefined) await runAll()
else await runOne(values.cell)

async function runAll(): Promise<void> {
  const axes = axesOf(values.quick).filter(({ name }) => values.axis === undefined || name === values.axis)
  if (axes.length === 0) throw new Error('--axis is clients, neighbours or dimension')
  const results = new Map<string, Result>()
  for (const cell of axes.flatMap(({ cells, origin }) => [...cells, ...(origin ? [origin] : [])])) {
    if (results.has(nameOf(cell))) continue
    const result = await measure(cell)
    results.set(nameOf(cell), result)
    print(result)
  }
  const fits = axes.map(axis => fitAlong(axis, results))
  console.log('\nGrowth: cost ~ x ^ exponent')
  for (const { axis, cells, client, server } of fits) {
    console.log(`  ${axis.padEnd(12)}client ${client.toFixed(2)}, server ${server.toFixed(2)}   (${cells.join(', ')})`)
  }
  console.log(JSON.stringify({ threads, results: [...results.values()], fits, machine: describeMachine() }))
}

async function runOne(name: string): Promise<void> {
  const [clients, dimension, degree] = name.split('x').map(Number)
  if (!(clients! >= 3 && dimension! >= 1)) throw new Error('--cell is clients x coordinates, as in 10000x100000')
  const result = await measure(cellOf(clients!, dimension!, degree))
  print(result)
  const { serverPeakBytes: measured } = result
  const acceptance = name === MEMORY_TARGET.cell && { ...MEMORY_TARGET, measured, met: measured < MEMORY_TARGET.bytes }
  console.log(JSON.stringify({ threads, result, acceptance: acceptance || undefined, machine: describeMachine() }))
}

async function measure(cell: Cell): Promise<Result> {
  const parameters = parametersOf(cell)
  const agreement = { parameters, context: new Uint8Array(32).fill(1), session: new Uint8Array(32).fill(2) }
  const server = await RemoteServer.start(agreement, threads)
  try {
    const run = await runAggregation({
      ...agreement,
      server,
      leaves: leavesOf(DROPOUT),
      prepare: index => {
        const input = inputOf(index, cell.dimension, MODULUS_BITS)
        return () => input
      },
    })
    const flows = Object.values(run.traffic)
    return {
      cell,
      client: totalOf(run.client),
      server: totalOf(run.server.costs),
      serverPeakBytes: await server.peakBytes(),
      bytesUp: flows.reduce((sum, { up }) => sum + up, 0),
      bytesDown: flows.reduce((sum, { down }) => sum + down, 0),
    }
  } finally {
    server.end()
  }
}

function fitAlong({ name, cells, origin, positionOf }: Axis, results: ReadonlyMap<string, Result>): Fit {
  const costOf = (cell: Cell, side: Side) => results.get(nameOf(cell))![side].cpu
  const slopeOf = (side: Side) => {
    const fixed = origin === undefined ? 0 : costOf(origin, side)
    // What noise makes cheaper than nothing has no logarithm.
    const points = cells.map(cell => ({ x: positionOf(cell), y: costOf(cell, side) - fixed })).filter(({ y }) => y > 0)
    return exponentOf(points)
  }
  return { axis: name, cells: cells.map(nameOf), client: slopeOf('client'), server: slopeOf('server') }
}

function print({ cell, client, server, serverPeakBytes, bytesUp, bytesDown }: Result): void {
  const name = `${cell.clients.toLocaleString('en-US')} x ${cell.dimension.toLocaleString('en-US')}`
  const times = [client.cpu, server.cpu, server.wall].map(milliseconds)
  line(name, [`${cell.degree}`, ...times, (serverPeakBytes / 1e6).toFixed(0), bytes(bytesUp), bytes(bytesDown)])
}

function line(name: string, texts: readonly string[]): void {
  console.log(tableRow(name, texts, { first: 24, width: 12 }))
}
