import type { NamedAttrMap, NamedTensorMap, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { TensorFlow } from '../packages.ts'
import type { LayerOps } from './layer-ops.ts'

/** The operations by the kernels that complete backends (tfjs-node, cpu) bring under TensorFlow's own names. */
export function standardOps(tf: TensorFlow): LayerOps {
  const kernel = (name: string, inputs: NamedTensorMap, attributes: NamedAttrMap): Tensor4D =>
    tf.engine().runKernel(name, inputs, attributes) as Tensor4D
  return {
    dense: (x, w) => tf.matMul<Tensor2D>(x, w),
    denseInputGradient: (dy, w) => tf.matMul<Tensor2D>(dy, w, false, true),
    denseKernelGradient: (x, dy) => tf.matMul<Tensor2D>(x, dy, true, false),
    convInputGradient: (dy, filter, inputShape, pad) =>
      kernel('Conv2DBackpropInput', { dy, filter }, { strides: 1, pad, dataFormat: 'NHWC', inputShape }),
    convKernelGradient: (x, dy, filterShape, pad) =>
      kernel('Conv2DBackpropFilter', { x, dy }, { strides: 1, pad, dataFormat: 'NHWC', filterShape }),
    maxPoolGradient: (dy, input, output) =>
      kernel('MaxPoolGrad', { dy, input, output }, { filterSize: 2, strides: 2, pad: 'valid' }),
  }
}
