/**
 * A whole aggregation, round by round: npm run bench:protocol [-- --quick] [--cell 1000/30] [--threads N]
 *
 * Figure 8 of Bonawitz et al., "Practical Secure Aggregation for Privacy-Preserving Machine Learning" (CCS 2017), measured
 * again: vectors of 100,000 entries of 24 bits, an honest-but-curious server, clients that leave after ShareKeys. Every
 * client is a real one, every message is encoded, sent and decoded as bytes, and the sum is compared with that of the
 * inputs before anything is printed. The last line is JSON.
 *
 * The floor is the keystream that the server must expand, at the rate of `openssl speed aes-128-ctr` in the same run: what
 * nobody can do faster with this cipher.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { configureThreads, type ProtocolRound } from 'secagg/secagg'
import { opensslBytesPerSecond } from './masking/openssl.ts'
import { BELIEFS, type Cell, FULL, MODULUS_BITS, masksToRemove, nameOf, parametersOf, QUICK } from './protocol/cells.ts'
import { publishedServer } from './protocol/published.ts'
import { type AggregationCosts, runAggregation } from './support/aggregation.ts'
import { type RoundCosts, totalOf } from './support/costs.ts'
import { inputOf, leavesOf } from './support/inputs.ts'
import { describeMachine, machineLine } from './support/machine.ts'
import { MeteredServer } from './support/server.ts'
import { bytes, milliseconds, seconds, tableRow, times } from './support/table.ts'

/** An honest-but-curious server needs no ConsistencyCheck. */
const ROUNDS = ['AdvertiseKeys', 'ShareKeys', 'MaskedInputCollection', 'Unmasking'] as const
/** A word of keystream per entry, however few of its bits the ring keeps. */
const WORD_BYTES = 4
const ACCEPTED = { cell: '1000/30', timesFloor: 5 }

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, cell: { type: 'string' }, threads: { type: 'string' } },
})
const threads = Number(values.threads ?? availableParallelism())
configureThreads({ threads })
const all = values.quick ? QUICK : FULL
const cells = values.cell === undefined ? all : all.filter(cell => nameOf(cell) === values.cell)
if (cells.length === 0) throw new Error(`--cell is one of ${all.map(nameOf).join(', ')}`)

interface Floor {
  readonly keystreamBytes: number
  /** Of CPU time, of one core. */
  readonly bytesPerSecond: number
  readonly timesCpu: number
  /** With the keystream spread over as many cores as there are threads. */
  readonly timesWall: number
}

interface Result extends AggregationCosts {
  readonly cell: Cell
  readonly degree: number
  readonly threshold: number
  readonly floor: Floor | null
}

await measure({ clients: 20, entries: 70_000, dropout: 0.2, graph: 'complete' }) // compiles what is to be timed
console.log(machineLine(describeMachine()))
console.log(`${threads} masking threads on either side; figures are CPU time of all threads unless they say "clock"`)
const { corruptFraction, dropoutFraction, security } = BELIEFS
console.log(
  `SecAgg+ graphs bear ${100 * corruptFraction} % corrupted and ${100 * dropoutFraction} % dropping out, but for 2^-${security}\n`,
)
const results: Result[] = []
for (const cell of cells) {
  const result = await measure(cell)
  results.push(result)
  print(result)
}
const accepted = results.find(({ cell }) => nameOf(cell) === ACCEPTED.cell)?.floor
const acceptance = accepted && {
  ...ACCEPTED,
  measured: accepted.timesCpu,
  met: accepted.timesCpu <= ACCEPTED.timesFloor,
}
console.log(JSON.stringify({ beliefs: BELIEFS, threads, results, acceptance, machine: describeMachine() }))

async function measure(cell: Cell): Promise<Result> {
  const parameters = parametersOf(cell)
  const agreement = { parameters, context: new Uint8Array(32).fill(1), session: new Uint8Array(32).fill(2) }
  const { clients, entries, dropout } = cell
  const before = opensslBytesPerSecond()
  const costs = await runAggregation({
    ...agreement,
    server: new MeteredServer(agreement),
    leaves: leavesOf(dropout),
    prepare: index => {
      const input = inputOf(index, entries, MODULUS_BITS)
      return () => input
    },
  })
  const after = opensslBytesPerSecond()
  const degree = parameters.graph.kind === 'complete' ? clients - 1 : parameters.graph.degree
  const floor = before && after ? floorOf(cell, degree, (before + after) / 2, costs.server.costs) : null
  return { cell, degree, threshold: parameters.threshold!, floor, ...costs }
}

function floorOf(cell: Cell, degree: number, bytesPerSecond: number, server: RoundCosts): Floor {
  const keystreamBytes = Math.round(masksToRemove(cell, degree) * cell.entries * WORD_BYTES)
  const least = keystreamBytes / bytesPerSecond
  const { cpu, wall } = totalOf(server)
  return { keystreamBytes, bytesPerSecond, timesCpu: cpu / least, timesWall: wall / (least / threads) }
}

function print({ cell, degree, threshold, client, traffic, server, floor }: Result): void {
  const { clients, entries, dropout, graph } = cell
  const [count, drop] = [clients.toLocaleString('en-US'), Math.round(100 * dropout)]
  const kind = graph === 'complete' ? 'complete graph' : 'SecAgg+'
  console.log(
    `${count} clients, ${drop} % drop out, ${entries.toLocaleString('en-US')} entries of ${MODULUS_BITS} bits`,
  )
  const total = totalOf(server.costs)
  line(`${kind}: k ${degree}, t ${threshold}`, ['Advertise', 'Share', 'Mask', 'Unmask', 'total'])
  line('  client, ms', costs(client, 'cpu'))
  line('  server, ms', costs(server.costs, 'cpu'))
  line('  server, ms by the clock', costs(server.costs, 'wall'))
  for (const direction of ['up', 'down'] as const) {
    const list = ROUNDS.map((round: ProtocolRound) => traffic[round][direction])
    const sum = list.reduce((one, other) => one + other, 0)
    line(direction === 'up' ? '  client sends, bytes' : '  client receives, bytes', [...list, sum].map(bytes))
  }
  const published = publishedServer(cell)
  if (published !== undefined) {
    const note = published.checked ? '' : ' (quoted from a citation, not checked against the paper)'
    const ratio = times(published.seconds / total.cpu)
    console.log(`  published: server ${published.seconds} s, complete graph, Java${note}: ${ratio} ours`)
  }
  if (floor !== null) {
    const { keystreamBytes, bytesPerSecond, timesCpu, timesWall } = floor
    const rate = `${(keystreamBytes / 1e9).toFixed(2)} GB of keystream at ${(bytesPerSecond / 1e9).toFixed(2)} GB/s`
    console.log(
      `  server / floor (${rate}: ${seconds(keystreamBytes / bytesPerSecond)}): ${times(timesCpu)}, by the clock ` +
        `${times(timesWall)} of the floor on ${threads} cores`,
    )
  }
  console.log()
}

function costs(rounds: RoundCosts, field: 'cpu' | 'wall'): string[] {
  return [...ROUNDS.map(round => rounds[round][field]), totalOf(rounds)[field]].map(milliseconds)
}

function line(name: string, texts: readonly string[]): void {
  console.log(tableRow(name, texts, { first: 28, width: 12 }))
}
