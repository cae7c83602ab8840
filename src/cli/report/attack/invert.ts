import { experimentRandom } from '../../../index.ts'
import { minimize, type Objective } from './lbfgs.ts'
import { CLASSES, INPUTS, probabilities, softmax } from './softmax-layer.ts'

/** Steps of one search; more do not change the picture. */
const ITERATIONS = 60

/** A search may end at the digit's negative, or nowhere: then the next one starts from other noise. */
const STARTS = 3

/** The square of the distance to the observed gradient at which nothing is left to be found. */
const MATCH = 1e-3

/** Grey noise that the search starts from: no pixel is negative, and bright noise takes many more steps. */
const BRIGHTEST_START = 0.2

/** What an attacker makes of a gradient. */
export interface Inversion {
  /** 784 numbers, from 0 to 1 where the attack succeeds. */
  readonly pixels: Float64Array
  readonly label: number
}

/**
 * Gradient inversion, "Deep Leakage from Gradients" (Zhu, Liu and Han, NeurIPS 2019, algorithm 1), against the one dense layer
 * of {@link gradient}: from noise, looks for the digit and the label whose gradient is nearest to `observed`, by L-BFGS. The label
 * is a softmax of free logits, as in the paper. Whoever has one example's gradient and the model needs nothing else.
 */
export function invertGradient(parameters: ArrayLike<number>, observed: ArrayLike<number>, seed: number): Inversion {
  const random = experimentRandom(seed)
  const objective = gradientMatching(parameters, observed)
  let best: { readonly point: Float64Array; readonly value: number } | undefined
  for (let i = 0; i < STARTS && (best === undefined || best.value > MATCH); i++) {
    const start = Float64Array.from({ length: INPUTS + CLASSES }, () => BRIGHTEST_START * random.uniform())
    const found = minimize(objective, start, ITERATIONS)
    if (best === undefined || found.value < best.value) best = found
  }
  const { point } = best!
  const label = softmax(point.slice(INPUTS))
  return { pixels: point.slice(0, INPUTS), label: label.indexOf(Math.max(...label)) }
}

/**
 * D(x, l) = |x e^T - G|^2 + |e - g|^2 with e = softmax(W^T x + b) - softmax(l), for the observed gradients G of the kernel and g of
 * the bias; and its own gradient, by hand: the layer is small enough.
 */
function gradientMatching(parameters: ArrayLike<number>, observed: ArrayLike<number>): Objective {
  return point => {
    const pixels = point.subarray(0, INPUTS)
    const predicted = probabilities(parameters, pixels)
    const label = softmax(point.slice(INPUTS))
    const error = predicted.map((p, j) => p - label[j]!)
    const result = new Float64Array(point.length)
    // How D changes with e.
    const byError = new Float64Array(CLASSES)
    let value = 0
    for (let j = 0; j < CLASSES; j++) {
      const off = error[j]! - observed[INPUTS * CLASSES + j]!
      value += off * off
      byError[j] = 2 * off
    }
    for (let i = 0; i < INPUTS; i++) {
      const x = pixels[i]!
      for (let j = 0; j < CLASSES; j++) {
        const off = x * error[j]! - observed[i * CLASSES + j]!
        value += off * off
        byError[j]! += 2 * off * x
        result[i]! += 2 * off * error[j]!
      }
    }
    // e moves with x by way of the softmax, and with the label's logits the other way.
    const byLogits = throughSoftmax(predicted, byError)
    for (let i = 0; i < INPUTS; i++) {
      for (let j = 0; j < CLASSES; j++) result[i]! += parameters[i * CLASSES + j]! * byLogits[j]!
    }
    result.set(
      throughSoftmax(label, byError).map(slope => -slope),
      INPUTS,
    )
    return { value, gradient: result }
  }
}

/** The transposed Jacobian of the softmax, diag(p) - p p^T, times a vector. */
function throughSoftmax(p: Float64Array, slopes: Float64Array): Float64Array {
  const mean = p.reduce((sum, probability, j) => sum + probability * slopes[j]!, 0)
  return p.map((probability, j) => probability * (slopes[j]! - mean))
}
