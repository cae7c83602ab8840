import type { Tensor4D, TensorInfo } from '@tensorflow/tfjs-core'
import type { TensorFlow } from '../packages.ts'
import { type KernelCall, registerWasmKernel } from './wasm-backend.ts'

const NAME = 'SecaggMaxPool2x2Grad'

type Call = KernelCall<{ dy: TensorInfo; input: TensorInfo; output: TensorInfo }, object>

/** Registers the kernel behind {@link maxPool2x2Gradient}. */
export function registerMaxPool2x2Grad(tf: TensorFlow): void {
  registerWasmKernel(tf, NAME, (call: Call) => maxPool2x2Grad(call))
}

/**
 * The gradient of a 2x2 max-pool with stride 2. The backend's own `MaxPoolGrad` asks, for each input, every window that holds it;
 * windows that do not overlap can be walked once, and each sends its gradient to the first input that equals its maximum.
 */
export function maxPool2x2Gradient(tf: TensorFlow, dy: Tensor4D, input: Tensor4D, output: Tensor4D): Tensor4D {
  return tf.engine().runKernel(NAME, { dy, input, output }) as Tensor4D
}

function maxPool2x2Grad({ inputs: { dy, input, output }, backend }: Call): TensorInfo {
  const [batch, height, width, channels] = input.shape as [number, number, number, number]
  const gradient = backend.makeOutput(input.shape, 'float32')
  const x = backend.typedArrayFromHeap(input)
  const y = backend.typedArrayFromHeap(output)
  const dys = backend.typedArrayFromHeap(dy)
  const dx = backend.typedArrayFromHeap(gradient)
  dx.fill(0)
  const row = width * channels
  const windowRows = batch * (height >> 1)
  const windowRow = (width >> 1) * channels
  // An odd last row belongs to no window.
  const oddRow = (height & 1) * row
  for (let r = 0, at = 0; r < windowRows; r++) {
    const top = 2 * r * row + Math.floor(r / (height >> 1)) * oddRow
    for (let column = 0; column < windowRow; column += channels) {
      for (let c = 0; c < channels; c++, at++) {
        const value = dys[at]!
        if (value === 0) continue
        const corner = top + 2 * column + c
        const maximum = y[at]!
        if (x[corner] === maximum) dx[corner] = value
        else if (x[corner + channels] === maximum) dx[corner + channels] = value
        else if (x[corner + row] === maximum) dx[corner + row] = value
        else dx[corner + row + channels] = value
      }
    }
  }
  return gradient
}
