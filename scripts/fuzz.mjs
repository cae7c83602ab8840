// Throws damaged and arbitrary bytes at every decoder, and damaged messages at both machines.
//   npm run fuzz -- [--seconds N] [--inputs N] [--seed S]
// Prints what was thrown and what came of it. A finding is printed with its input, and ends in exit code 1.
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'

/** No input takes as long, on however busy a machine. */
const HANG_SECONDS = 30
const LONGEST_SHOWN = 20_000

const { values } = parseArgs({
  options: { seconds: { type: 'string' }, inputs: { type: 'string' }, seed: { type: 'string' } },
})
const number = (name, fallback) => {
  const value = Number(values[name] ?? fallback)
  if (value > 0) return value
  console.error(`--${name} takes a number above 0`)
  process.exit(2)
}
const inputs = number('inputs', Number.POSITIVE_INFINITY)
const seconds = number('seconds', values.inputs === undefined ? 60 : Number.POSITIVE_INFINITY)
const seed = number('seed', 1 + Math.floor(Math.random() * 2 ** 31))

const pulse = new Float64Array(new SharedArrayBuffer(16))
const current = new Uint8Array(new SharedArrayBuffer(LONGEST_SHOWN))
const worker = new Worker(new URL('./fuzz/worker.mjs', import.meta.url), {
  workerData: { inputs, seconds, seed, pulse, current },
})
console.log(`seed ${seed}`)

let seen = -1
const watch = setInterval(() => {
  if (pulse[0] > 0 && pulse[0] === seen) {
    console.error(`FINDING an input does not end: ${Buffer.from(current.subarray(0, pulse[1])).toString('hex')}`)
    process.exit(1)
  }
  seen = pulse[0]
}, 1000 * HANG_SECONDS)

worker.on('error', error => {
  console.error(error)
  process.exit(1)
})
worker.on('message', report => {
  clearInterval(watch)
  print(report)
  process.exitCode = report.findings.length > 0 ? 1 : 0
})

function print({ inputs: thrown, seconds: took, cpuSeconds, slowest, counts, findings }) {
  for (const [target, verdicts] of Object.entries(counts)) {
    const sorted = [...verdicts].sort((a, b) => b[1] - a[1])
    const total = sorted.reduce((sum, [, count]) => sum + count, 0)
    console.log(`\n${target}: ${total.toLocaleString('en-US')}`)
    for (const [verdict, count] of sorted)
      console.log(`  ${verdict.padEnd(26)} ${count.toLocaleString('en-US').padStart(12)}`)
  }
  for (const { target, index, problem, hex } of findings) {
    console.error(`\nFINDING in ${target}, input ${index} of seed ${seed}: ${problem}\n${hex}`)
  }
  console.log(
    `\n${thrown.toLocaleString('en-US')} inputs in ${took.toFixed(1)} s (${cpuSeconds.toFixed(1)} s of CPU), ` +
      `the slowest ${slowest.toFixed(1)} ms, ${findings.length} findings`,
  )
}
