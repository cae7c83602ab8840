import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'

/**
 * The operations of a layer's forward and backward pass for which backends want different compositions. Everything else is
 * plain TensorFlow.js. All tensors are float32; pictures are [batch, height, width, channels]; convolutions have stride 1.
 */
export interface LayerOps {
  /** `x` [batch, in] times `kernel` [in, out]. */
  dense(x: Tensor2D, kernel: Tensor2D): Tensor2D
  /** The gradient of the input: `dy` [batch, out] times the transpose of `kernel`. */
  denseInputGradient(dy: Tensor2D, kernel: Tensor2D): Tensor2D
  /** The gradient of the kernel: the transpose of `x` times `dy`, [in, out]. */
  denseKernelGradient(x: Tensor2D, dy: Tensor2D): Tensor2D
  /** The gradient of a convolution's input `x`, which has the shape `inputShape`. */
  convInputGradient(dy: Tensor4D, kernel: Tensor4D, inputShape: Shape4D, padding: Padding): Tensor4D
  /** The gradient of a convolution's kernel, of the shape `kernelShape`, [height, width, in, out]. */
  convKernelGradient(x: Tensor4D, dy: Tensor4D, kernelShape: Shape4D, padding: Padding): Tensor4D
  /** The gradient of the input `x` of a 2x2 max-pool with stride 2, whose output was `y`. Ties: the first of a window. */
  maxPoolGradient(dy: Tensor4D, x: Tensor4D, y: Tensor4D): Tensor4D
}

/** Padding in TensorFlow's words. */
export type Padding = 'same' | 'valid'
/** The shape of a batch of pictures, or of a convolution's kernel. */
export type Shape4D = [number, number, number, number]
