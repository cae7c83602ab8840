import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { TensorFlow } from '../packages.ts'
import { col2im, registerCol2im } from './col2im.ts'
import { registerConv2DBackpropFilter } from './conv2d-backprop-filter.ts'
import { flipFilter, registerFlipFilter } from './flip-filter.ts'
import type { LayerOps } from './layer-ops.ts'
import { maxPool2x2Gradient, registerMaxPool2x2Grad } from './max-pool-2x2-grad.ts'
import { standardOps } from './standard-ops.ts'

/** From so many filters on, adding up patches costs less than convolving the zeros of full padding. Measured: 16 and 50. */
const MANY_FILTERS = 32

/**
 * The operations composed for the wasm backend, so that the work falls on XNNPACK's matrix product and convolution:
 *
 * - `matMul` with a transposed argument leaves XNNPACK for a naive loop, 10 to 20 times slower;
 * - XNNPACK repacks its right-hand matrix, slowly, at every step (weights change), so the large matrix, a dense layer's kernel,
 *   stands on the left and the small batch on the right: y' = W' x' and dx' = W dy', where ' is the transpose;
 * - the gradient of a convolution's input is a convolution, with full padding if that of the layer is `valid`. Full padding spends
 *   half the work on zeros, so where that is much work it is a matrix product whose patches are added up. Either is ten times as
 *   fast as the backend's naive `Conv2DBackpropInput`.
 */
export function wasmOps(tf: TensorFlow): LayerOps {
  registerConv2DBackpropFilter(tf)
  registerCol2im(tf)
  registerFlipFilter(tf)
  registerMaxPool2x2Grad(tf)
  const turn = (matrix: Tensor2D): Tensor2D => tf.transpose(matrix)
  return {
    dense: (x, kernel) => turn(tf.matMul(turn(kernel), turn(x))),
    denseInputGradient: (dy, kernel) => turn(tf.matMul(kernel, turn(dy))),
    denseKernelGradient: (x, dy) => tf.matMul(turn(x), dy),
    convInputGradient: (dy, kernel, inputShape, padding) => {
      const [side, , , filters] = kernel.shape
      if (padding === 'same' || filters < MANY_FILTERS) {
        // The side is odd, which keeps `same` symmetric.
        return tf.conv2d(dy, flipFilter(tf, kernel), 1, padding === 'same' ? 'same' : side - 1)
      }
      const patches = tf.matMul<Tensor2D>(tf.reshape(dy, [-1, filters]), turn(tf.reshape(kernel, [-1, filters])))
      return col2im(tf, patches, inputShape, side)
    },
    convKernelGradient: standardOps(tf).convKernelGradient,
    maxPoolGradient: (dy, x, y) => maxPool2x2Gradient(tf, dy, x, y),
  }
}
