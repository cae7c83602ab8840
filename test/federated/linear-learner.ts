import {
  type Divisible,
  experimentRandom,
  type Learner,
  type LocalTraining,
  type Model,
} from '../../src/federated/index.ts'
import { indicesUpTo } from '../../src/federated/partition/partition.ts'
import { shuffle } from '../../src/federated/random.ts'

/** Points of a line in plain arrays: the smallest thing that can be learned, with no machine-learning library. */
export class Points implements Divisible<Points> {
  readonly inputs: readonly number[]
  readonly targets: readonly number[]
  readonly labels: readonly number[]

  constructor(inputs: readonly number[], targets: readonly number[], labels: readonly number[] = inputs.map(() => 0)) {
    this.inputs = inputs
    this.targets = targets
    this.labels = labels
  }

  get length(): number {
    return this.inputs.length
  }

  subset(indices: ArrayLike<number>): Points {
    const pick = (from: readonly number[]) => Array.from(indices, index => from[index]!)
    return new Points(pick(this.inputs), pick(this.targets), pick(this.labels))
  }
}

/** `count` points of target = slope * input + intercept, without noise, labelled by the sign of the input. */
export function pointsOnLine(count: number, slope: number, intercept: number): Points {
  const inputs = Array.from({ length: count }, (_, i) => (2 * i) / Math.max(1, count - 1) - 1)
  return new Points(
    inputs,
    inputs.map(x => slope * x + intercept),
    inputs.map(x => Math.sign(x)),
  )
}

/** A model of a line: one weight and one bias, both 0. */
export const lineModel: Model = {
  schema: [
    { name: 'weight', shape: [1] },
    { name: 'bias', shape: [] },
  ],
  parameters: new Float32Array(2),
}

/** Least squares by mini-batch gradient descent, the order of examples drawn from the seed. */
export const lineLearner: Learner<Points> = {
  async train(model: Model, data: Points, settings: LocalTraining) {
    let [weight = 0, bias = 0] = model.parameters
    const random = experimentRandom(settings.seed)
    const order = indicesUpTo(data.length)
    const size = settings.batchSize === 'all' ? data.length : settings.batchSize
    for (let epoch = 0; epoch < settings.epochs; epoch++) {
      shuffle(order, random)
      for (let start = 0; start < order.length; start += size) {
        settings.signal?.throwIfAborted()
        const batch = order.subarray(start, start + size)
        const [byWeight, byBias] = gradient(weight, bias, data, batch)
        weight -= settings.learningRate * byWeight
        bias -= settings.learningRate * byBias
        await Promise.resolve()
      }
    }
    const metrics = { loss: meanSquaredError(weight, bias, data) }
    return { parameters: Float32Array.of(weight, bias), examples: data.length, metrics }
  },
  async evaluate(model: Model, data: Points) {
    const [weight = 0, bias = 0] = model.parameters
    return { loss: meanSquaredError(weight, bias, data), examples: data.length }
  },
}

/** The gradient of half the mean squared error over a batch. */
function gradient(weight: number, bias: number, data: Points, batch: Uint32Array): [number, number] {
  let byWeight = 0
  let byBias = 0
  for (const i of batch) {
    const error = weight * data.inputs[i]! + bias - data.targets[i]!
    byWeight += (error * data.inputs[i]!) / batch.length
    byBias += error / batch.length
  }
  return [byWeight, byBias]
}

function meanSquaredError(weight: number, bias: number, data: Points): number {
  const squares = data.inputs.map((x, i) => (weight * x + bias - data.targets[i]!) ** 2)
  return squares.reduce((a, b) => a + b, 0) / Math.max(1, data.length)
}
