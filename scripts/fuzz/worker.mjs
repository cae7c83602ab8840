// The fuzzing itself, in a thread of its own: the main one sees to it that it moves on.
import { parentPort, workerData } from 'node:worker_threads'
import { Allocations } from './allocations.mjs'
import { Fuzzer } from './engine.mjs'
import { Random } from './random.mjs'

/** Inputs between two looks at the clock and the machines. */
const BATCH = 5000

const { inputs, seconds, seed, pulse, current } = workerData
const allocations = new Allocations()
allocations.install()
Error.stackTraceLimit = 0

// Only now: what they make must be counted.
const { fieldTarget, packTarget } = await import('./fields.mjs')
const { MachineFuzzer } = await import('./machines.mjs')
const { messageTarget } = await import('./messages.mjs')
const { modelFileTarget } = await import('./model-files.mjs')

/** Leaves word of an input before it runs. */
function announce(bytes) {
  pulse[0]++
  pulse[1] = Math.min(bytes.length, current.length)
  for (let i = 0; i < pulse[1]; i++) current[i] = bytes[i]
}

const random = new Random()
const targets = [messageTarget, fieldTarget, packTarget, modelFileTarget].map(make => make(random))
const decoders = new Fuzzer({ targets, random, seed, allocations, announce })
const machines = new MachineFuzzer({ random, seed, announce })
const start = performance.now()

let index = 0
const isOver = () =>
  decoders.isDone ||
  machines.findings.length > 0 ||
  index + machines.inputs >= inputs ||
  performance.now() - start >= 1000 * seconds
for (let batch = 0; !isOver(); batch++) {
  for (let i = 0; i < BATCH && index + machines.inputs < inputs && !decoders.isDone; i++) decoders.step(index++)
  await machines.play(batch)
}

const counts = { ...Object.fromEntries(decoders.counts), ...machines.counts }
parentPort.postMessage({
  inputs: index + machines.inputs,
  seconds: (performance.now() - start) / 1000,
  cpuSeconds: process.cpuUsage().user / 1e6,
  slowest: decoders.slowest,
  counts,
  findings: [...decoders.findings, ...machines.findings],
})
