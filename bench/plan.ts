/**
 * What the planner predicts, beside what a real aggregation takes: npm run bench:plan [-- --json] [--rounds N]
 *
 * Predicted and measured are CPU seconds of this process. The calibration is made anew before every aggregation, so that
 * a busy machine slows both. Medians over the rounds.
 */
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { calibrate } from '../src/secagg/planning/calibrate.ts'
import type { PlanOptions } from '../src/secagg/planning/options.ts'
import { planAggregation } from '../src/secagg/planning/plan.ts'
import { type PredictedTimes, predictTimes } from '../src/secagg/planning/predict.ts'
import { cpuClock, type MeasuredAggregation, runAggregation } from './plan/aggregation.ts'

const BELIEFS = { corruptFraction: 0.05, dropoutFraction: 0.1, bits: 16 } as const

/** Long vectors, where masks cost the most, and short ones, where keys and shares do. */
const CASES: readonly (PlanOptions & { readonly threatModel: 'semi-honest' | 'semi-malicious' })[] = [
  { ...BELIEFS, clients: 60, dimension: 400_000, threatModel: 'semi-honest' },
  { ...BELIEFS, clients: 200, dimension: 1_000, threatModel: 'semi-honest' },
  { ...BELIEFS, clients: 60, dimension: 10_000, threatModel: 'semi-malicious' },
]

interface Comparison {
  readonly predicted: number
  readonly measured: number
}

interface Result {
  readonly client: Comparison
  readonly server: Comparison
  /** Seconds by the clock. */
  readonly calibration: number
}

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '3' } },
})
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a number of rounds, 1 or more')

const results: (Result & { options: PlanOptions })[] = []
for (const options of CASES) results.push({ options, ...(await compare(options)) })
const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, load: loadavg(), node: process.version }
printTable()
if (values.json) console.log(JSON.stringify({ rounds, results, machine }))

async function compare(options: PlanOptions): Promise<Result> {
  const plan = planAggregation(options)
  const samples: { predicted: PredictedTimes; measured: MeasuredAggregation; calibration: number }[] = []
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    const predicted = predictTimes(plan, await calibrate(plan, { clock: cpuClock }))
    const calibration = (performance.now() - start) / 1000
    const measured = await runAggregation(plan, options)
    samples.push({ predicted, measured, calibration })
  }
  const median = (pick: (sample: (typeof samples)[number]) => number) =>
    samples.map(pick).sort((a, b) => a - b)[Math.floor(samples.length / 2)]!
  const comparison = (field: 'clientSeconds' | 'serverSeconds') => ({
    predicted: median(({ predicted }) => predicted[field]),
    measured: median(({ measured }) => measured[field]),
  })
  return {
    client: comparison('clientSeconds'),
    server: comparison('serverSeconds'),
    calibration: median(({ calibration }) => calibration),
  }
}

function printTable(): void {
  console.log(`${machine.cpu}, ${machine.cores} cores, load ${machine.load.map(load => load.toFixed(1)).join(' ')}`)
  console.log(`Node ${machine.node}; CPU time in milliseconds, medians of ${rounds} rounds\n`)
  console.log(`${'aggregation'.padEnd(46)}${cells('predicted', 'measured', 'ratio')}`)
  for (const { options, client, server } of results) {
    const { clients, dimension, threatModel } = options
    const name = `${clients} clients, ${dimension.toLocaleString('en-US')}, ${threatModel}`
    for (const [who, { predicted, measured }] of Object.entries({ client, server })) {
      const figures = [predicted, measured].map(seconds => (1000 * seconds).toFixed(1))
      console.log(`${`${name}: ${who}`.padEnd(46)}${cells(...figures, (predicted / measured).toFixed(2))}`)
    }
  }
  const calibrations = results.map(({ calibration }) => calibration.toFixed(2)).join(', ')
  console.log(`\nCalibrated in ${calibrations} s by the clock. Ratio: predicted over measured.`)
}

function cells(...texts: string[]): string {
  return texts.map(text => text.padStart(11)).join('')
}
