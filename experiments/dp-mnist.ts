/**
 * Accuracy against epsilon on MNIST, without noise, with a trusted server's and with every client's share of it:
 *
 *     tsc -p tsconfig.programs.json && node build/experiments/dp-mnist.js
 *         [--jobs 2] [--repetitions 1] [--state build/dp-mnist] [--out experiments/results]
 *
 * The cells of the table run in processes of their own, `--jobs` at a time. Each saves its model and its results after every
 * round: started again, it goes on from there. Seeds are fixed for everything but the noise.
 */
import { fork } from 'node:child_process'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { finishCell } from './dp-mnist/cell.ts'
import { digits, EPSILONS, mnistSetting } from './dp-mnist/mnist.ts'
import { type Cell, cellsOf, nameOf, roundsOf } from './dp-mnist/setting.ts'
import { linesIn, type RoundLine } from './dp-mnist/state.ts'
import { renderTable } from './dp-mnist/table.ts'

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '2' },
    repetitions: { type: 'string', default: '1' },
    state: { type: 'string', default: 'build/dp-mnist' },
    out: { type: 'string', default: 'experiments/results' },
    /** What a process that was started by this one is to run. */
    cell: { type: 'string' },
  },
})
const cells = cellsOf(EPSILONS, positive('repetitions'))
const jobs = positive('jobs')

if (values.cell === undefined) await runTable()
else await runCell(cells.find(cell => nameOf(cell) === values.cell)!)

async function runCell(cell: Cell): Promise<void> {
  const setting = mnistSetting(await digits())
  await finishCell(cell, setting, stateOf(cell), async ({ cell: name, round, accuracy, epsilon, seconds }) => {
    const spent = epsilon === undefined ? '' : `, epsilon ${epsilon.toFixed(3)} for its clients`
    console.log(`${name}: round ${round}, ${(100 * accuracy).toFixed(2)} % right${spent}, ${seconds} s`)
    // Whoever starts the table again after a kill must not find a process of the last time at work on the same file.
    await setImmediate()
    if (process.send !== undefined && !process.connected) process.exit(1)
  })
}

async function runTable(): Promise<void> {
  const queue = [...cells]
  const work = async () => {
    for (let cell = queue.shift(); cell; cell = queue.shift()) await childFor(cell)
  }
  await Promise.all(Array.from({ length: jobs }, work))
  const data = await digits()
  const setting = mnistSetting(data)
  const { workers, groups, participations, initial, delta, clip, bits, seed } = setting
  const lines = cells.flatMap(cell => linesIn(stateOf(cell)))
  const subject = {
    testName: data.testName,
    testDigits: data.test.length,
    clients: workers.length,
    digitsEach: setting.weightBound,
    cohort: workers.length / groups,
    groups,
    participations,
    parameters: initial.parameters.length,
    delta,
    clip,
    bits,
    jobs,
  }
  const training = setting.strategy.localTraining(0)
  const header = { kind: 'setting', ...subject, rounds: roundsOf(setting), seed, training, node: process.version }
  const table = renderTable(lines, cells, subject)
  mkdirSync(values.out, { recursive: true })
  replace('dp-mnist.jsonl', [header, ...lines].map((line: object | RoundLine) => `${JSON.stringify(line)}\n`).join(''))
  replace('dp-mnist.md', table)
  console.log(table)
}

function childFor(cell: Cell): Promise<void> {
  const { repetitions, state } = values
  const options = ['--cell', nameOf(cell), '--repetitions', repetitions, '--state', state]
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), options)
    child.on('error', reject)
    child.on('exit', code => {
      if (code === 0) resolve()
      else reject(new Error(`${nameOf(cell)} ended with ${code}; started again, it goes on where it stood.`))
    })
  })
}

function stateOf(cell: Cell): string {
  return join(values.state, `${nameOf(cell)}.safetensors`)
}

function replace(name: string, text: string): void {
  const path = join(values.out, name)
  writeFileSync(`${path}.part`, text)
  renameSync(`${path}.part`, path)
}

function positive(name: 'jobs' | 'repetitions'): number {
  const value = Number(values[name])
  if (Number.isInteger(value) && value >= 1) return value
  throw new RangeError(`--${name} takes a whole number from 1, not '${values[name]}'.`)
}
