/**
 * Beside Flower's SecAgg+: npm run bench:peers [-- --quick] [--cell N] [--cache DIR]
 *
 * The same cohort, dimension, graph, threshold, dropouts and grid of quantization, in one run: ours, then Flower's, then
 * ours again. Figures are CPU seconds of the process, all of its threads included, for a client and for the server. Flower's
 * code runs in Python from a virtual environment that is made in the cache folder (--cache; ~/.cache/secagg-bench) the
 * first time; where it cannot be had the bench says so and ends well. See bench/peers/flower_secaggplus.py for what
 * of it is timed. The last line is JSON.
 */
import { parseArgs } from 'node:util'
import { configureThreads } from 'secagg/secagg'
import { type Cell, FULL, QUICK, TARGETS } from './peers/cells.ts'
import { type FlowerCosts, type StageCosts, startFlower } from './peers/flower.ts'
import { type OurCosts, runOurs } from './peers/ours.ts'
import { describeMachine, machineLine } from './support/machine.ts'
import { milliseconds, tableRow, times } from './support/table.ts'

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, cell: { type: 'string' }, cache: { type: 'string' } },
})
const all = values.quick ? QUICK : FULL
const cells = values.cell === undefined ? all : [all[Number(values.cell) - 1]!]
if (cells.includes(undefined as never)) throw new Error(`--cell is a number from 1 to ${all.length}`)

interface Result {
  readonly cell: Cell
  readonly ours: OurCosts
  readonly flower: FlowerCosts
  readonly ratio: Pick<OurCosts, 'client' | 'server'>
  readonly acceptance: { readonly client: number | null; readonly server: number; readonly met: boolean } | null
}

const flower = await startFlower(values.cache)
if (typeof flower === 'string') {
  console.log(`skipped: ${flower}`)
  console.log(JSON.stringify({ skipped: flower }))
} else {
  const versions = Object.entries(flower.versions).map(([name, version]) => `${name} ${version}`)
  console.log(machineLine(describeMachine()))
  console.log(`${versions.join(', ')}\n`)
  configureThreads({ threads: 1 }) // Flower's masks have one too, and CPU time is what is compared
  await runOurs({ ...cells[0]!, dimension: 10_000 }) // compiles what is to be timed
  const results: Result[] = []
  for (const cell of cells) {
    const before = await runOurs(cell)
    const theirs = await flower.run(cell)
    const after = await runOurs(cell)
    const ours = { ...after, client: (before.client + after.client) / 2, server: (before.server + after.server) / 2 }
    const result = compare(cell, ours, theirs)
    results.push(result)
    print(result)
  }
  flower.end()
  console.log(
    'A mask of Flower is numpy.random.RandomState(seed).randint: a Mersenne twister, which is no cryptographic generator.\n' +
      'Its seed is the secret, XORed into one 32-bit word: 2^32 self-masks; and 2^28 pairwise ones at most, for what is XORed\n' +
      'there are the base64 characters of the agreed key, whose highest bit is never set. Ours are AES-128-CTR under keys of\n' +
      '128 bits.',
  )
  console.log(JSON.stringify({ results, versions: flower.versions, machine: describeMachine() }))
}

function compare(cell: Cell, ours: OurCosts, flower: FlowerCosts): Result {
  const ratio = { client: totalOf(flower.client) / ours.client, server: totalOf(flower.server) / ours.server }
  const target = TARGETS.find(({ dimension, dropouts }) => dimension === cell.dimension && dropouts === cell.dropouts)
  const acceptance = target && {
    client: target.client ?? null,
    server: target.server,
    met: ratio.server >= target.server && ratio.client >= (target.client ?? 0),
  }
  return { cell, ours, flower, ratio, acceptance: acceptance ?? null }
}

function print({ cell, ours, flower, ratio, acceptance }: Result): void {
  const { clients, dimension, numShares, threshold, dropouts, sample } = cell
  const shape = `${clients} clients, ${dimension.toLocaleString('en-US')} coordinates`
  console.log(`${shape}, ${numShares} shares (${numShares - 1} neighbours), threshold ${threshold}`)
  console.log(`${dropouts} masked inputs do not arrive; of Flower's clients ${sample} are timed, of ours all that stay`)
  line('CPU, ms', ['setup', 'share', 'mask', 'unmask', 'total', 'ours', 'ratio'])
  line('client: Flower', [...stages(flower.client), milliseconds(ours.client), times(ratio.client)])
  line('server: Flower', [...stages(flower.server), milliseconds(ours.server), times(ratio.server)])
  if (acceptance !== null) {
    const asked = [acceptance.client && `client ${acceptance.client} x`, `server ${acceptance.server} x`].filter(
      Boolean,
    )
    console.log(`asked for: at least ${asked.join(', ')}: ${acceptance.met ? 'met' : 'NOT met'}`)
  }
  console.log()
}

function stages(costs: StageCosts): string[] {
  return [costs.setup, costs.share, costs.mask, costs.unmask, totalOf(costs)].map(milliseconds)
}

function totalOf(costs: StageCosts): number {
  return Object.values(costs).reduce((sum, cost) => sum + cost, 0)
}

function line(name: string, texts: readonly string[]): void {
  console.log(tableRow(name, texts, { first: 18 }))
}
