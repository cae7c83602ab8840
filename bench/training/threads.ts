import { createCnn, type ImageData, type NetworkName } from 'secagg/cnn'
import { VirtualWorker } from 'secagg/federated'

const THREADS = 2
const WORKERS = 4
/** About half a second of work for each round of either side, as a rule. */
const PASSES: Readonly<Record<NetworkName, number>> = { small: 5, pysyft: 2, mcmahan: 1 }
const SETTINGS = { batchSize: 32, learningRate: 0.05, seed: 1 }

export interface ThreadFigure {
  readonly network: NetworkName
  readonly threads: number
  /** Seconds of the clock for one round of all workers: on this thread alone, and on the threads. Medians. */
  readonly one: number
  readonly many: number
  /** Median over the rounds of `one` by `many`, each pair measured one after the other. */
  readonly speedup: number
  /** What it would be if every thread had a core to itself, which on a busy machine it has not: by CPU time, in the same way. */
  readonly speedupByCpu: number
}

/** Virtual workers that train one after the other on this thread, and at the same time on threads. */
export async function measureThreads(network: NetworkName, data: ImageData, rounds: number): Promise<ThreadFigure> {
  const sides = [await workersOf(network, data, 1), await workersOf(network, data, THREADS)]
  // Warms up, and verifies: a thread that trains something else would be fast for nothing.
  const [expected, actual] = [await sides[0]!.round(), await sides[1]!.round()]
  expected.forEach((update, i) => {
    if (update.some((value, j) => value !== actual[i]![j])) throw new Error(`${network}: threads train differently`)
  })
  const times: { readonly one: Times; readonly many: Times }[] = []
  for (let round = 0; round < rounds; round++) {
    times.push({ one: await timed(sides[0]!.round), many: await timed(sides[1]!.round) })
  }
  for (const { end } of sides) end()
  return {
    network,
    threads: THREADS,
    one: median(times.map(({ one }) => one.clock)),
    many: median(times.map(({ many }) => many.clock)),
    speedup: median(times.map(({ one, many }) => one.clock / many.clock)),
    speedupByCpu: median(times.map(({ one, many }) => (THREADS * one.cpu) / many.cpu)),
  }
}

async function workersOf(network: NetworkName, data: ImageData, threads: number) {
  const cnn = await createCnn(network, { engine: 'wasm', threads })
  const model = cnn.initialize(1)
  const workers = Array.from({ length: WORKERS }, (_, i) => new VirtualWorker(`w${i}`, { learner: cnn, data }))
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
