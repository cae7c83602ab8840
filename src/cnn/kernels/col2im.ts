import type { NamedAttrMap, Tensor2D, Tensor4D, TensorInfo } from '@tensorflow/tfjs-core'
import type { TensorFlow } from '../packages.ts'
import type { Shape4D } from './layer-ops.ts'
import { type KernelCall, registerWasmKernel } from './wasm-backend.ts'

const NAME = 'SecaggCol2im'

interface Attributes {
  readonly inputShape: Shape4D
  readonly kernelSide: number
}

type Call = KernelCall<{ patches: TensorInfo }, Attributes>

/** Registers the kernel behind {@link col2im}. */
export function registerCol2im(tf: TensorFlow): void {
  registerWasmKernel(tf, NAME, (call: Call) => addPatches(call))
}

/**
 * Adds up overlapping patches into pictures of `inputShape`: the last step of the gradient of a convolution's input when it is
 * computed as a matrix product (stride 1, no padding). `patches` is [batch * outHeight * outWidth, side * side * channels].
 */
export function col2im(tf: TensorFlow, patches: Tensor2D, inputShape: Shape4D, kernelSide: number): Tensor4D {
  const attributes: Attributes = { inputShape, kernelSide }
  return tf.engine().runKernel(NAME, { patches }, attributes as unknown as NamedAttrMap) as Tensor4D
}

function addPatches({ inputs: { patches }, attrs: { inputShape, kernelSide }, backend }: Call): TensorInfo {
  const [batch, height, width, channels] = inputShape
  const pictures = backend.makeOutput(inputShape, 'float32')
  const from = backend.typedArrayFromHeap(patches)
  const to = backend.typedArrayFromHeap(pictures)
  to.fill(0)
  // A row of a patch is contiguous in the patch and in the picture.
  const run = kernelSide * channels
  let at = 0
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row + kernelSide <= height; row++) {
      for (let column = 0; column + kernelSide <= width; column++) {
        for (let i = 0; i < kernelSide; i++, at += run) {
          const target = ((n * height + row + i) * width + column) * channels
          for (let j = 0; j < run; j++) to[target + j]! += from[at + j]!
        }
      }
    }
  }
  return pictures
}
