import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { createCnn, type ImageData, type NetworkName } from 'secagg/cnn'
import { VirtualWorker } from 'secagg/federated'
import { firstOf } from './contenders.ts'

const THREADS = 2
/** So many that a thread which is held up for a while leaves its share to the other. */
const WORKERS = 8
/** What each has, and how often it goes over it: a second of work for each round of one thread, more or less. */
const EXAMPLES: Readonly<Record<NetworkName, number>> = { small: 640, pysyft: 320, mcmahan: 96 }
const PASSES: Readonly<Record<NetworkName, number>> = { small: 3, pysyft: 1, mcmahan: 1 }
/** A quarter of a second. */
const COUNT = 60_000_000
const SETTINGS = { batchSize: 32, learningRate: 0.05, seed: 1 }

export interface ThreadFigure {
  readonly name: string
  /** Seconds of the clock for one round of all workers: on one thread, and on two. Medians. */
  readonly one: number
  readonly many: number
  /** Median over the rounds of `one` by `many`, each pair measured one after the other. */
  readonly speedup: number
  /** What it would be if every thread had a core to itself, which on a busy machine it has not: by CPU time, in the same way. */
  readonly speedupByCpu: number
}

/** Virtual workers that train one after the other on this thread, and at the same time on threads. */
export async function measureThreads(
  network: NetworkName,
  data: ImageData,
  rounds: number,
  warmUp: number,
): Promise<ThreadFigure> {
  const [one, many] = [await workersOf(network, data, 1), await workersOf(network, data, THREADS)]
  // Warms up: each thread has a JavaScript engine of its own, which compiles everything anew.
  for (let i = 0; i < warmUp; i++) for (const side of [one, many]) await side.round()
  // A thread that trains something else would be fast for nothing.
  const [expected, actual] = [await one.round(), await many.round()]
  expected.forEach((update, i) => {
    if (update.some((value, j) => value !== actual[i]![j])) throw new Error(`${network}: threads train differently`)
  })
  const figure = await compare(network, one.round, many.round, rounds)
  for (const { end } of [one, many]) end()
  return figure
}

/** Threads that only count: what the machine gives at best to two threads, at this moment. */
export async function measureCounting(rounds: number): Promise<ThreadFigure> {
  const script = `const { parentPort } = require('node:worker_threads')
    parentPort.on('message', n => { let x = 0; for (let i = 0; i < n; i++) x = (31 * x + i) | 0; parentPort.postMessage(x) })`
  const threads = Array.from({ length: THREADS }, () => new Worker(script, { eval: true }))
  const count = async (thread: Worker) => {
    thread.postMessage(COUNT)
    await once(thread, 'message')
  }
  const one = async () => {
    for (const _ of threads) await count(threads[0]!)
  }
  const many = () => Promise.all(threads.map(count))
  await many()
  const figure = await compare('counting', one, many, rounds)
  for (const thread of threads) await thread.terminate()
  return figure
}

async function compare(
  name: string,
  one: () => Promise<unknown>,
  many: () => Promise<unknown>,
  rounds: number,
): Promise<ThreadFigure> {
  const times: { readonly one: Times; readonly many: Times }[] = []
  for (let round = 0; round < rounds; round++) times.push({ one: await timed(one), many: await timed(many) })
  return {
    name,
    one: median(times.map(({ one }) => one.clock)),
    many: median(times.map(({ many }) => many.clock)),
    speedup: median(times.map(({ one, many }) => one.clock / many.clock)),
    speedupByCpu: median(times.map(({ one, many }) => (THREADS * one.cpu) / many.cpu)),
  }
}

async function workersOf(network: NetworkName, data: ImageData, threads: number) {
  const cnn = await createCnn(network, { engine: 'wasm', threads })
  const model = cnn.initialize(1)
  const part = firstOf(data, EXAMPLES[network])
  const workers = Array.from({ length: WORKERS }, (_, i) => new VirtualWorker(`w${i}`, { learner: cnn, data: part }))
  const settings = { ...SETTINGS, epochs: PASSES[network] }
  const round = async () => (await Promise.all(workers.map(worker => worker.train(model, settings)))).map(r => r.update)
  return { round, end: () => cnn.dispose() }
}

interface Times {
  readonly clock: number
  readonly cpu: number
}

async function timed(work: () => Promise<unknown>): Promise<Times> {
  const [start, cpu] = [performance.now(), process.cpuUsage()]
  await work()
  const { user, system } = process.cpuUsage(cpu)
  return { clock: (performance.now() - start) / 1e3, cpu: (user + system) / 1e6 }
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}
