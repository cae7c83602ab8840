import { createCnn, type EngineName, type ImageData, type NetworkName } from 'secagg/cnn'
import { firstOf } from './contenders.ts'

/** Of the step's length. The steps are differences of single-precision parameters, which is coarser than the gradients. */
const TOLERANCE = 1e-3

/** One step on an engine must be that of the plain engine, or its speed says nothing. @throws Error that names the network. */
export async function verify(engine: EngineName, networks: readonly NetworkName[], data: ImageData): Promise<void> {
  for (const network of networks) {
    const [mine, reference] = [await stepOf(engine, network, data), await stepOf('cpu', network, data)]
    const length = Math.hypot(...chunked(reference))
    const error = Math.hypot(...chunked(mine.map((value, i) => value - reference[i]!))) / length
    if (!(error < TOLERANCE)) throw new Error(`${network} on ${engine}: a step is wrong by ${error}`)
  }
}

async function stepOf(engine: EngineName, network: NetworkName, data: ImageData): Promise<Float32Array> {
  const cnn = await createCnn(network, { engine })
  const start = cnn.initialize(2)
  const settings = { epochs: 1, batchSize: 'all' as const, learningRate: 1, seed: 1 }
  const { parameters } = await cnn.train(start, firstOf(data, 2), settings)
  return parameters.map((value, i) => value - start.parameters[i]!)
}

/** The lengths of parts, for a call takes no million arguments. */
function chunked(values: Float32Array): number[] {
  const lengths: number[] = []
  for (let from = 0; from < values.length; from += 1000) lengths.push(Math.hypot(...values.subarray(from, from + 1000)))
  return lengths
}
