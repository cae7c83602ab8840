import type { NamedAttrMap, NamedTensorMap, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { TensorFlow } from '../packages.ts'
import type { LayerOps } from './layer-ops.ts'

/** The operations by the kernels that complete backends (tfjs-node, cpu) bring under TensorFlow's own names. */
export function standardOps(tf: TensorFlow): LayerOps {
  const kernel = (name: string, inputs: NamedTensorMap, attributes: NamedAttrMap): Tensor4D =>
    tf.engine().runKernel(name, inputs, attributes) as Tensor4D
  return {
    convPool: (x, filter, bias, pad, isFirst) => {
      const pixels = tf.fused.conv2d({ x, filter, strides: 1, pad, bias, activation: 'relu' })
      return { x, pooled: tf.maxPool(pixels, 2, 2, 'valid'), pixels, isFirst }
    },
    convPoolGradient: ({ x, pooled, pixels, isFirst }, filter, pad, dPooled) => {
      // Where the ReLU gave 0 nothing flows back. The pool only moves gradients, so the rest may be masked and summed before it.
      const masked = tf.mul<Tensor4D>(dPooled, tf.step(pooled))
      const pool = { filterSize: 2, strides: 2, pad: 'valid' }
      const dy = kernel('MaxPoolGrad', { dy: masked, input: pixels, output: pooled }, pool)
      const conv = { strides: 1, pad, dataFormat: 'NHWC' }
      return {
        kernel: kernel('Conv2DBackpropFilter', { x, dy }, { ...conv, filterShape: filter.shape }),
        bias: tf.sum<Tensor1D>(masked, [0, 1, 2]),
        x: isFirst ? undefined : kernel('Conv2DBackpropInput', { dy, filter }, { ...conv, inputShape: x.shape }),
      }
    },
    dense: (x, w, bias) => tf.add<Tensor2D>(tf.matMul<Tensor2D>(x, w), bias),
    denseInputGradient: (dy, w) => tf.matMul<Tensor2D>(dy, w, false, true),
    denseKernelGradient: (x, dy) => tf.matMul<Tensor2D>(x, dy, true, false),
    descend: (weights, direction, rate) => {
      const next = tf.keep(tf.sub<typeof weights>(weights, tf.mul(direction, rate)))
      weights.dispose()
      return next
    },
  }
}
