import type { Tensor4D, TensorInfo } from '@tensorflow/tfjs-core'
import type { TensorFlow } from '../packages.ts'
import { type KernelCall, registerWasmKernel } from './wasm-backend.ts'

const NAME = 'SecaggFlipFilter'

/** Registers the kernel behind {@link flipFilter}. */
export function registerFlipFilter(tf: TensorFlow): void {
  registerWasmKernel(tf, NAME, (call: KernelCall<{ filter: TensorInfo }, object>) => flip(call))
}

/**
 * The filter [h, w, in, out] with which a convolution of dy gives the gradient of its input: turned by 180 degrees, in and out
 * swapped. As one kernel, since `reverse` and `transpose` of the backend take ten times as long on such small innermost sides.
 */
export function flipFilter(tf: TensorFlow, filter: Tensor4D): Tensor4D {
  return tf.engine().runKernel(NAME, { filter }) as Tensor4D
}

function flip({ inputs: { filter }, backend }: KernelCall<{ filter: TensorInfo }, object>): TensorInfo {
  const [height, width, inputs, outputs] = filter.shape as [number, number, number, number]
  const flipped = backend.makeOutput([height, width, outputs, inputs], 'float32')
  const from = backend.typedArrayFromHeap(filter)
  const to = backend.typedArrayFromHeap(flipped)
  const area = inputs * outputs
  for (let tap = 0; tap < height * width; tap++) {
    const source = tap * area
    const target = (height * width - 1 - tap) * area
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++) to[target + o * inputs + i] = from[source + i * outputs + o]!
    }
  }
  return flipped
}
