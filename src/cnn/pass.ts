import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { Engine } from './engine.ts'
import type { Shape4D } from './kernels/layer-ops.ts'
import type { Network } from './networks.ts'

/** A layer's kernel and bias. */
interface Layer<Kernel> {
  readonly kernel: Kernel
  readonly bias: Tensor1D
}

/** What the backward pass needs of a convolution: its input, its output after ReLU, and that after the pool. */
interface ConvTrace {
  readonly x: Tensor4D
  readonly active: Tensor4D
  readonly pooled: Tensor4D
}

/** What a forward pass leaves behind for the backward pass. Its tensors live as long as the enclosing `engine.run`. */
export interface Trace {
  readonly convs: readonly ConvTrace[]
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
  const convs: ConvTrace[] = []
  let x = images
  for (const { kernel, bias } of convLayers) {
    const active = tf.fused.conv2d({ x, filter: kernel, strides: 1, pad: network.padding, bias, activation: 'relu' })
    const pooled = tf.maxPool(active, 2, 2, 'valid')
    convs.push({ x, active, pooled })
    x = pooled
  }
  const dense: Tensor2D[] = []
  let h: Tensor2D = tf.reshape(x, [images.shape[0], -1])
  for (const [index, { kernel, bias }] of denseLayers.entries()) {
    dense.push(h)
    const sum = tf.add<Tensor2D>(ops.dense(h, kernel), bias)
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
    // The input came out of a ReLU, the first layer's out of one and a pool: where it is 0, nothing flows back.
    dy = tf.mul(ops.denseInputGradient(dy, denseLayers[index]!.kernel), tf.step(x))
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
    const { x, active, pooled } = trace.convs[index]!
    const kernel = layers[index]!.kernel
    const dy = ops.maxPoolGradient(dPooled, active, pooled)
    // The pool only moves gradients, so the bias's may be summed before it, over a quarter of the numbers.
    gradients.unshift(
      ops.convKernelGradient(x, dy, kernel.shape as Shape4D, network.padding),
      tf.sum(dPooled, [0, 1, 2]),
    )
    if (index > 0) {
      const dx = ops.convInputGradient(dy, kernel, x.shape as Shape4D, network.padding)
      dPooled = tf.mul(dx, tf.step(x))
    }
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
