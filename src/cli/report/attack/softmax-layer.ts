import { createModel, type Model } from '../../../index.ts'

/** Pixels of a digit. */
export const INPUTS = 784
/** The ten digits. */
export const CLASSES = 10

/** Parameters of the layer: a kernel, row-major by pixel (pixel, class), then a bias per class. */
export const PARAMETERS: number = INPUTS * CLASSES + CLASSES

/** The smallest network that recognizes digits: one dense layer and a softmax, with these 7,850 parameters. */
export function softmaxModel(parameters: Float32Array): Model {
  const schema = [
    { name: 'dense/kernel', shape: [INPUTS, CLASSES] },
    { name: 'dense/bias', shape: [CLASSES] },
  ]
  return createModel(schema, parameters)
}

/** What the layer makes of a digit: the probabilities of the classes. */
export function probabilities(parameters: ArrayLike<number>, pixels: ArrayLike<number>): Float64Array {
  const logits = new Float64Array(CLASSES)
  for (let j = 0; j < CLASSES; j++) logits[j] = parameters[INPUTS * CLASSES + j]!
  for (let i = 0; i < INPUTS; i++) {
    const x = pixels[i]!
    for (let j = 0; j < CLASSES; j++) logits[j]! += x * parameters[i * CLASSES + j]!
  }
  return softmax(logits)
}

/** The gradient of the cross-entropy of one digit (pixels from 0 to 1): dW = x e^T and db = e, where e = p - y. */
export function gradient(parameters: ArrayLike<number>, pixels: ArrayLike<number>, label: number): Float64Array {
  const error = probabilities(parameters, pixels)
  error[label]! -= 1
  const result = new Float64Array(PARAMETERS)
  for (let i = 0; i < INPUTS; i++) {
    for (let j = 0; j < CLASSES; j++) result[i * CLASSES + j] = pixels[i]! * error[j]!
  }
  result.set(error, INPUTS * CLASSES)
  return result
}

/** Normalized exponentials, without an overflow. */
export function softmax(logits: Float64Array): Float64Array {
  const largest = Math.max(...logits)
  const powers = logits.map(logit => Math.exp(logit - largest))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map(power => power / sum)
}
