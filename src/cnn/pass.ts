import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { Engine } from './engine.ts'
import type { ConvPoolTrace } from './kernels/layer-ops.ts'
import type { Network } from './networks.ts'

/** A layer's kernel and bias. */
interface Layer<Kernel> {
  readonly kernel: Kernel
  readonly bias: Tensor1D
}

/** What a forward pass leaves behind for the backward pass. Its tensors live as long as the enclosing `engine.run`. */
export interface Trace {
  readonly convs: readonly ConvPoolTrace[]
  /** The input of each dense layer. */
  readonly dense: readonly Tensor2D[]
  /** [batch, 10] */
  readonly logits: Tensor2D
}

/** The tensors of a model, in schema order, as TensorFlow.js has them. */
export type Weights = readonly (Tensor1D | Tensor2D | Tensor4D)[]

/** Computes the logits of `images` [batch, 28, 28, 1]. Call it within `engine.run`. */
export function forward(engine: Engine, network: Network, weights: Weights, images: Tensor4D): Trace {
  const { tf, ops } = engine
  const convLayers = layersOf<Tensor4D>(weights).slice(0, network.filters.length)
  const denseLayers = layersOf<Tensor2D>(weights).slice(network.filters.length)
  const convs: ConvPoolTrace[] = []
  let x = images
  for (const { kernel, bias } of convLayers) {
    const trace = ops.convPool(x, kernel, bias, network.padding, convs.length === 0)
    convs.push(trace)
    x = trace.pooled
  }
  const dense: Tensor2D[] = []
  let h: Tensor2D = tf.reshape(x, [images.shape[0], -1])
  for (const [index, { kernel, bias }] of denseLayers.entries()) {
    dense.push(h)
    const sum = ops.dense(h, kernel, bias)
    h = index < denseLayers.length - 1 ? tf.relu(sum) : sum
  }
  return { convs, dense, logits: h }
}

/**
 * The gradients of all weights, in schema order, given `dLogits` [batch, 10], the loss's gradient by the logits. Explicit, since
 * TensorFlow.js core registers no gradients in Node. Call it within the same `engine.run` as {@link forward}.
 */
export function backward(engine: Engine, network: Network, weights: Weights, trace: Trace, dLogits: Tensor2D): Weights {
  const { tf, ops } = engine
  const denseLayers = layersOf<Tensor2D>(weights).slice(network.filters.length)
  const gradients: Weights[number][] = []
  let dy = dLogits
  for (let index = denseLayers.length - 1; index >= 0; index--) {
    const x = trace.dense[index]!
    gradients.unshift(ops.denseKernelGradient(x, dy), tf.sum(dy, 0))
    dy = ops.denseInputGradient(dy, denseLayers[index]!.kernel)
    // The input came out of a ReLU: where it is 0, nothing flows back. The convolutions see to their own.
    if (index > 0) dy = tf.mul(dy, tf.step(x))
  }
  return [...convGradients(engine, network, weights, trace, dy), ...gradients]
}

/** The same for the convolutions, given the gradient of the last one's pooled output, flattened. */
function convGradients(engine: Engine, network: Network, weights: Weights, trace: Trace, dFlat: Tensor2D): Weights {
  const { tf, ops } = engine
  const layers = layersOf<Tensor4D>(weights)
  const gradients: Weights[number][] = []
  let dPooled: Tensor4D = tf.reshape(dFlat, trace.convs.at(-1)!.pooled.shape)
  for (let index = trace.convs.length - 1; index >= 0; index--) {
    const gradient = ops.convPoolGradient(trace.convs[index]!, layers[index]!.kernel, network.padding, dPooled)
    gradients.unshift(gradient.kernel, gradient.bias)
    if (gradient.x !== undefined) dPooled = gradient.x
  }
  return gradients
}

/** Kernels and biases alternate in a schema. */
function layersOf<Kernel>(weights: Weights): Layer<Kernel>[] {
  const layers: Layer<Kernel>[] = []
  for (let i = 0; i < weights.length; i += 2) {
    layers.push({ kernel: weights[i] as Kernel, bias: weights[i + 1] as Tensor1D })
  }
  return layers
}
