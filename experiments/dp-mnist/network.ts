import { experimentRandom, type Learner, type LocalTraining, type Model, type TensorSpec } from 'secagg/federated'
import { type Convolution, convolve, convolveBackward, kernelShape, sideAfter } from './layers.ts'

/** Labelled pictures of 28 x 28 bytes; an `ImageDataset` is one. */
export interface Digits {
  readonly images: Uint8Array
  readonly labels: Uint8Array
  readonly length: number
}

const SIDE = 28
const PIXELS = SIDE * SIDE
const CLASSES = 10
const FIRST: Convolution = { side: SIDE, inputs: 1, outputs: 6 }
const SECOND: Convolution = { side: sideAfter(SIDE), inputs: 6, outputs: 12 }
const FEATURES = sideAfter(SECOND.side) ** 2 * SECOND.outputs

/**
 * Two strided convolutions (28 -> 12 -> 4) with tanh and a dense layer: 3,898 parameters. The noise of differential privacy
 * grows with the root of their number, and small steps on ten digits gain nothing from an engine: this is plain code.
 *
 * LeCun et al., "Backpropagation Applied to Handwritten Zip Code Recognition", Neural Computation 1989, without its hidden
 * layer.
 */
export const SCHEMA: readonly TensorSpec[] = [
  { name: 'conv1/kernel', shape: kernelShape(FIRST) },
  { name: 'conv1/bias', shape: [FIRST.outputs] },
  { name: 'conv2/kernel', shape: kernelShape(SECOND) },
  { name: 'conv2/bias', shape: [SECOND.outputs] },
  { name: 'dense1/kernel', shape: [FEATURES, CLASSES] },
  { name: 'dense1/bias', shape: [CLASSES] },
]

const SIZES = SCHEMA.map(({ shape }) => shape.reduce((product, side) => product * side, 1))
const PARAMETERS = SIZES.reduce((sum, size) => sum + size, 0)

/** Biases 0, kernels uniform in ±sqrt(6 / (inputs + outputs)) (Glorot and Bengio, AISTATS 2010), from the seed. */
export function initialModel(seed: number): Model {
  const random = experimentRandom(seed)
  const parameters = new Float32Array(PARAMETERS)
  let offset = 0
  for (const [index, { shape }] of SCHEMA.entries()) {
    const outputs = shape.at(-1)!
    const limit = shape.length > 1 ? Math.sqrt(6 / (SIZES[index]! / outputs + outputs)) : 0
    for (let i = 0; i < SIZES[index]!; i++) parameters[offset++] = (2 * random.uniform() - 1) * limit
  }
  return { schema: SCHEMA, parameters }
}

/** Trains by minibatch SGD on the softmax cross-entropy, in double precision; the seed orders the examples. */
export const cnnLearner: Learner<Digits> = {
  async train(model: Model, data: Digits, { epochs, batchSize, learningRate, seed }: LocalTraining) {
    const network = new Cnn(Float64Array.from(model.parameters))
    const random = experimentRandom(seed)
    const order = Uint32Array.from({ length: data.length }, (_, i) => i)
    const size = batchSize === 'all' ? data.length : batchSize
    let loss = 0
    for (let epoch = 0; epoch < epochs; epoch++) {
      shuffle(order, bound => random.below(bound))
      loss = 0
      for (let from = 0; from < order.length; from += size) {
        const batch = order.subarray(from, from + size)
        for (const i of batch) loss += network.accumulate(data, i)
        network.step(learningRate / batch.length)
      }
    }
    return {
      parameters: Float32Array.from(network.parameters),
      examples: data.length,
      metrics: { loss: loss / data.length },
    }
  },
}

/** The fraction of the digits that the model reads correctly. */
export function accuracyOf(model: Model, data: Digits): number {
  const network = new Cnn(Float64Array.from(model.parameters))
  let right = 0
  for (let i = 0; i < data.length; i++) {
    const logits = network.forward(data, i)
    if (logits.indexOf(Math.max(...logits)) === data.labels[i]) right++
  }
  return right / data.length
}

/** The mean loss over the data and its gradient by the parameters. */
export function lossAndGradient(
  model: Model,
  data: Digits,
): { readonly loss: number; readonly gradient: Float64Array } {
  const network = new Cnn(Float64Array.from(model.parameters))
  let loss = 0
  for (let i = 0; i < data.length; i++) loss += network.accumulate(data, i) / data.length
  return { loss, gradient: network.gradient.map(value => value / data.length) }
}

class Cnn {
  readonly parameters: Float64Array
  /** Summed over the examples since the last step. */
  readonly gradient: Float64Array
  readonly #weights: readonly Float64Array[]
  readonly #gradients: readonly Float64Array[]
  readonly #x = new Float64Array(PIXELS)
  readonly #first = new Float64Array(sideAfter(FIRST.side) ** 2 * FIRST.outputs)
  readonly #dFirst = new Float64Array(this.#first.length)
  readonly #features = new Float64Array(FEATURES)
  readonly #dFeatures = new Float64Array(FEATURES)
  readonly #logits = new Float64Array(CLASSES)

  constructor(parameters: Float64Array) {
    this.parameters = parameters
    this.gradient = new Float64Array(parameters.length)
    this.#weights = tensorsOf(parameters)
    this.#gradients = tensorsOf(this.gradient)
  }

  forward({ images }: Digits, index: number): Float64Array {
    const [kernel1, bias1, kernel2, bias2, kernel3, bias3] = this.#weights
    const logits = this.#logits
    for (let i = 0, from = index * PIXELS; i < PIXELS; i++) this.#x[i] = images[from + i]! / 255
    convolve(FIRST, this.#x, kernel1!, bias1!, this.#first)
    convolve(SECOND, this.#first, kernel2!, bias2!, this.#features)
    logits.set(bias3!)
    for (let i = 0; i < FEATURES; i++) {
      for (let c = 0; c < CLASSES; c++) logits[c]! += this.#features[i]! * kernel3![i * CLASSES + c]!
    }
    return logits
  }

  /** Adds the gradient of one example, and returns its loss. */
  accumulate(data: Digits, index: number): number {
    const label = data.labels[index]!
    const logits = this.forward(data, index)
    const largest = Math.max(...logits)
    const exponentials = logits.map(logit => Math.exp(logit - largest))
    const total = exponentials.reduce((sum, value) => sum + value, 0)
    this.#backward(exponentials.map((value, c) => value / total - (c === label ? 1 : 0)))
    return Math.log(total) + largest - logits[label]!
  }

  /** Moves against the gradient, and forgets it. */
  step(rate: number): void {
    for (let i = 0; i < this.gradient.length; i++) this.parameters[i]! -= rate * this.gradient[i]!
    this.gradient.fill(0)
  }

  #backward(dLogits: Float64Array): void {
    const [, , kernel2, , kernel3] = this.#weights
    const [dKernel1, dBias1, dKernel2, dBias2, dKernel3, dBias3] = this.#gradients
    for (let c = 0; c < CLASSES; c++) dBias3![c]! += dLogits[c]!
    for (let i = 0, w = 0; i < FEATURES; i++) {
      let back = 0
      for (let c = 0; c < CLASSES; c++, w++) {
        dKernel3![w]! += this.#features[i]! * dLogits[c]!
        back += kernel3![w]! * dLogits[c]!
      }
      this.#dFeatures[i] = back
    }
    const dFirst = this.#dFirst.fill(0)
    const second = { kernel: dKernel2!, bias: dBias2!, x: dFirst }
    convolveBackward(SECOND, this.#first, kernel2!, this.#features, this.#dFeatures, second)
    const first = { kernel: dKernel1!, bias: dBias1! }
    convolveBackward(FIRST, this.#x, this.#weights[0]!, this.#first, dFirst, first)
  }
}

/** Views of the tensors of a flat vector, in the order of the schema. */
function tensorsOf(flat: Float64Array): Float64Array[] {
  let end = 0
  return SIZES.map(size => {
    end += size
    return flat.subarray(end - size, end)
  })
}

function shuffle(order: Uint32Array, below: (bound: number) => number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = below(i + 1)
    const kept = order[i]!
    order[i] = order[j]!
    order[j] = kept
  }
}
