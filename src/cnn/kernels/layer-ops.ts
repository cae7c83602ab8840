import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'

/**
 * The operations of a layer's forward and backward pass that backends compute in different ways. Everything else is plain
 * TensorFlow.js. All tensors are float32 unless they are said to be others; pictures are [batch, height, width, channels].
 */
export interface LayerOps {
  /** A convolution with stride 1, its bias, ReLU and a 2x2 max-pool with stride 2 (an odd last row or column is left out). */
  convPool(x: Tensor4D, kernel: Tensor4D, bias: Tensor1D, padding: Padding, isFirst: boolean): ConvPoolTrace
  /**
   * The gradients of that, given `dPooled`, the gradient of its result. Of equal pixels in a window the first gets the gradient. That
   * of the input is missing if the layer was called the first.
   */
  convPoolGradient(trace: ConvPoolTrace, kernel: Tensor4D, padding: Padding, dPooled: Tensor4D): ConvPoolGradient
  /** `x` [batch, in] times `kernel` [in, out], plus `bias` [out]. */
  dense(x: Tensor2D, kernel: Tensor2D, bias: Tensor1D): Tensor2D
  /** The gradient of the input: `dy` [batch, out] times the transpose of `kernel`. */
  denseInputGradient(dy: Tensor2D, kernel: Tensor2D): Tensor2D
  /** The gradient of the kernel: the transpose of `x` times `dy`, [in, out]. */
  denseKernelGradient(x: Tensor2D, dy: Tensor2D): Tensor2D
  /** `weights` - `rate` times `direction`. Spends `weights`: they are overwritten, or disposed of. The result lives on as they did. */
  descend<T extends Tensor>(weights: T, direction: T, rate: number): T
}

/** What the forward pass of a convolution leaves behind for its backward pass. */
export interface ConvPoolTrace {
  readonly x: Tensor4D
  /** The result: after ReLU and pool. */
  readonly pooled: Tensor4D
  /** What the backend wants to know of the pixels under the pool: all of them after ReLU, or which ones won. */
  readonly pixels: Tensor4D
  /** Whether `x` is the network's input, whose gradient nobody needs. */
  readonly isFirst: boolean
}

/** The gradients of a convolution with its pool. */
export interface ConvPoolGradient {
  readonly kernel: Tensor4D
  readonly bias: Tensor1D
  readonly x: Tensor4D | undefined
}

/** Padding in TensorFlow's words. */
export type Padding = 'same' | 'valid'
/** The shape of a batch of pictures, or of a convolution's kernel. */
export type Shape4D = [number, number, number, number]
