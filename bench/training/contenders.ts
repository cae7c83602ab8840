import { type Cnn, createCnn, type EngineName, type ImageData, type Model, type NetworkName } from 'secagg/cnn'

/** Examples trained, and the seconds that they took. */
export interface Sample {
  readonly examples: number
  readonly cpu: number
  readonly wall: number
}

/** Somebody who trains a network for about so many seconds. */
export interface Contender {
  readonly name: string
  readonly version: string
  measure(network: NetworkName, batch: number, seconds: number): Promise<Sample>
}

/** One of our engines, or why it does not take part. */
export async function engineContender(engine: EngineName, data: ImageData): Promise<Contender | string> {
  const ready = new Map<string, { readonly cnn: Cnn; readonly model: Model }>()
  try {
    await createCnn('small', { engine })
  } catch (error) {
    return (error as Error).message
  }
  const settings = { epochs: 1, learningRate: 0.05, seed: 1 }
  return {
    name: engine,
    version: `secagg on ${engine}`,
    async measure(network, batchSize, seconds) {
      const key = `${network} ${batchSize}`
      let entry = ready.get(key)
      if (entry === undefined) {
        // Warms up: compiles the kernels and fills the caches, and a network that has learned something is the usual case.
        const cnn = await createCnn(network, { engine })
        const start = cnn.initialize(1)
        const some = engine === 'cpu' ? firstOf(data, 2 * batchSize) : data
        const { parameters } = await cnn.train(start, some, { ...settings, batchSize })
        entry = { cnn, model: { schema: start.schema, parameters } }
        ready.set(key, entry)
      }
      // The plain one does a few pictures in a second.
      const part = engine === 'cpu' ? firstOf(data, batchSize) : data
      const { cnn, model } = entry
      return during(seconds, async () => {
        await cnn.train(model, part, { ...settings, batchSize })
        return part.length
      })
    },
  }
}

/** Repeats `work`, which returns how many examples it did. */
export async function during(seconds: number, work: () => Promise<number>): Promise<Sample> {
  const cpu = process.cpuUsage()
  const clock = performance.now()
  let examples = 0
  while (performance.now() - clock < 1000 * seconds) examples += await work()
  const { user, system } = process.cpuUsage(cpu)
  return { examples, cpu: (user + system) / 1e6, wall: (performance.now() - clock) / 1e3 }
}

/** The first `wanted` examples, or as many as there are. */
export function firstOf(data: ImageData, wanted: number): ImageData {
  const length = Math.min(wanted, data.length)
  return { images: data.images.subarray(0, 784 * length), labels: data.labels.subarray(0, length), length }
}
