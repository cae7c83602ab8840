/** Side of the square kernels, and how far they move: LeCun et al. 1989 halve the picture in this way, without pooling. */
const KERNEL = 5
const STRIDE = 2

/** A convolution from `inputs` to `outputs` channels, without padding. Maps are [row, column, channel]. */
export interface Convolution {
  readonly side: number
  readonly inputs: number
  readonly outputs: number
}

/** The side of what a convolution makes. */
export function sideAfter(side: number): number {
  return Math.floor((side - KERNEL) / STRIDE) + 1
}

/** The shape of a convolution's kernel, as TensorFlow orders it. */
export function kernelShape({ inputs, outputs }: Convolution): readonly number[] {
  return [KERNEL, KERNEL, inputs, outputs]
}

/** y = tanh(x * kernel + bias). Pixels without ink, four in five, cost nothing. */
export function convolve(
  { side, inputs, outputs }: Convolution,
  x: Float64Array,
  kernel: Float64Array,
  bias: Float64Array,
  y: Float64Array,
): void {
  const after = sideAfter(side)
  for (let row = 0, at = 0; row < after; row++) {
    for (let column = 0; column < after; column++, at += outputs) {
      for (let o = 0; o < outputs; o++) y[at + o] = bias[o]!
      for (let k = 0, w = 0; k < KERNEL; k++) {
        let from = ((row * STRIDE + k) * side + column * STRIDE) * inputs
        for (let i = 0; i < KERNEL * inputs; i++, from++, w += outputs) {
          const value = x[from]!
          if (value === 0) continue
          for (let o = 0; o < outputs; o++) y[at + o]! += value * kernel[w + o]!
        }
      }
      for (let o = 0; o < outputs; o++) y[at + o] = Math.tanh(y[at + o]!)
    }
  }
}

/** What {@link convolve} is differentiated by, and where its gradients go. */
export interface ConvolutionGradients {
  readonly kernel: Float64Array
  readonly bias: Float64Array
  /** Left out for the first layer: nothing lies before it. */
  readonly x?: Float64Array
}

/** Adds the gradients of {@link convolve}, given its input, its output and the loss's gradient by the output. */
export function convolveBackward(
  { side, inputs, outputs }: Convolution,
  x: Float64Array,
  kernel: Float64Array,
  y: Float64Array,
  dy: Float64Array,
  gradients: ConvolutionGradients,
): void {
  const after = sideAfter(side)
  const { kernel: dKernel, bias: dBias, x: dx } = gradients
  const inner = new Float64Array(outputs)
  for (let row = 0, at = 0; row < after; row++) {
    for (let column = 0; column < after; column++, at += outputs) {
      for (let o = 0; o < outputs; o++) {
        inner[o] = dy[at + o]! * (1 - y[at + o]! ** 2)
        dBias[o]! += inner[o]!
      }
      for (let k = 0, w = 0; k < KERNEL; k++) {
        let from = ((row * STRIDE + k) * side + column * STRIDE) * inputs
        for (let i = 0; i < KERNEL * inputs; i++, from++, w += outputs) {
          const value = x[from]!
          if (value !== 0) for (let o = 0; o < outputs; o++) dKernel[w + o]! += value * inner[o]!
          if (dx === undefined) continue
          let back = 0
          for (let o = 0; o < outputs; o++) back += inner[o]! * kernel[w + o]!
          dx[from]! += back
        }
      }
    }
  }
}
