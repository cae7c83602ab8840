import { CnnError } from './errors.ts'
import { SeededRandom } from './random.ts'

/** Rows and columns of a picture. */
export const IMAGE_SIDE = 28
/** Pixels, and bytes, of a picture. */
export const IMAGE_SIZE: number = IMAGE_SIDE * IMAGE_SIDE
/** The ten digits. */
export const CLASSES = 10

/** One named tensor of a model. `shape` is in the order of TensorFlow: [height, width, in, out] or [in, out]. */
export interface ParameterTensor {
  readonly name: string
  readonly shape: readonly number[]
}

/** The tensors of a model in the order in which they lie in its flat vector. */
export type Schema = readonly ParameterTensor[]

/**
 * A classic LeNet-like network: for each entry of `filters` a convolution with a square kernel, ReLU and a 2x2 max-pool;
 * then the hidden dense layers with ReLU; then a dense layer with one logit for each digit.
 */
export interface Network {
  readonly name: NetworkName
  readonly kernelSide: number
  /** TensorFlow's padding: `same` keeps the side, `valid` shrinks it by `kernelSide - 1`. */
  readonly padding: 'same' | 'valid'
  /** Output channels of each convolution. */
  readonly filters: readonly number[]
  /** Units of each hidden dense layer. */
  readonly hidden: readonly number[]
}

/** The networks that can be asked for by name. */
export type NetworkName = 'small' | 'pysyft' | 'mcmahan'

/** The networks by name, with where they come from. */
export const NETWORKS: Readonly<Record<NetworkName, Network>> = {
  /** Small enough to train in seconds, and to mask and send quickly: 20,522 parameters. */
  small: { name: 'small', kernelSide: 5, padding: 'valid', filters: [8, 16], hidden: [64] },
  /** The network of PySyft's federated MNIST tutorial: 431,080 parameters. */
  pysyft: { name: 'pysyft', kernelSide: 5, padding: 'valid', filters: [20, 50], hidden: [500] },
  /** McMahan et al., AISTATS 2017, section 3: 1,663,370 parameters. */
  mcmahan: { name: 'mcmahan', kernelSide: 5, padding: 'same', filters: [32, 64], hidden: [512] },
}

/** @throws CnnError `network-unknown`, listing the choices. */
export function networkByName(name: string): Network {
  if (!Object.hasOwn(NETWORKS, name)) {
    throw new CnnError(
      'network-unknown',
      `There is no network '${name}': choose one of ${Object.keys(NETWORKS).join(', ')}.`,
    )
  }
  return NETWORKS[name as NetworkName]
}

/** The tensors of a network: `conv1/kernel`, `conv1/bias`, ..., `dense1/kernel`, `dense1/bias`, ... */
export function schemaOf(network: Network): Schema {
  const schema: ParameterTensor[] = []
  let side = IMAGE_SIDE
  let channels = 1
  network.filters.forEach((filters, index) => {
    const shape = [network.kernelSide, network.kernelSide, channels, filters]
    schema.push({ name: `conv${index + 1}/kernel`, shape }, { name: `conv${index + 1}/bias`, shape: [filters] })
    side = (network.padding === 'same' ? side : side - network.kernelSide + 1) >> 1
    channels = filters
  })
  let inputs = side * side * channels
  for (const [index, units] of [...network.hidden, CLASSES].entries()) {
    schema.push(
      { name: `dense${index + 1}/kernel`, shape: [inputs, units] },
      { name: `dense${index + 1}/bias`, shape: [units] },
    )
    inputs = units
  }
  return schema
}

/** How many numbers a tensor of this shape holds. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1)
}

/** How many numbers the flat vector of a schema holds. */
export function parameterCountOf(schema: Schema): number {
  return schema.reduce((sum, tensor) => sum + sizeOf(tensor.shape), 0)
}

/**
 * Fresh parameters: biases 0, kernels uniform in ±sqrt(6 / inputs) (He et al., ICCV 2015) for layers that ReLU follows and
 * in ±sqrt(6 / (inputs + outputs)) (Glorot and Bengio, AISTATS 2010) for the logits. Uniform, not normal: it needs no
 * logarithm or cosine, which JavaScript engines round differently, so a seed gives the same bits everywhere.
 */
export function initialParameters(schema: Schema, seed: number): Float32Array {
  const random = new SeededRandom(seed)
  const parameters = new Float32Array(parameterCountOf(schema))
  const lastKernel = schema.findLast(tensor => tensor.shape.length > 1)
  let offset = 0
  for (const tensor of schema) {
    const end = offset + sizeOf(tensor.shape)
    if (tensor.shape.length > 1) {
      const inputs = sizeOf(tensor.shape.slice(0, -1))
      const limit = Math.sqrt(6 / (tensor === lastKernel ? inputs + tensor.shape.at(-1)! : inputs))
      for (let i = offset; i < end; i++) parameters[i] = (2 * random.nextUnit() - 1) * limit
    }
    offset = end
  }
  return parameters
}
