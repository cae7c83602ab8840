import type { Conv2DBackpropFilterAttrs, TensorInfo } from '@tensorflow/tfjs-core'
import type { TensorFlow } from '../packages.ts'
import { type KernelCall, registerWasmKernel, runWasmKernel } from './wasm-backend.ts'

type Call = KernelCall<{ x: TensorInfo; dy: TensorInfo }, Conv2DBackpropFilterAttrs>
type Shape = [number, number, number, number]

/** Registers `Conv2DBackpropFilter`, which the wasm backend of 4.22 lacks, under its standard name and attributes. */
export function registerConv2DBackpropFilter(tf: TensorFlow): void {
  registerWasmKernel(tf, 'Conv2DBackpropFilter', (call: Call) => conv2dBackpropFilter(tf, call))
}

/**
 * The kernel's gradient is a forward convolution with batch and channels swapped:
 *
 *     dw[i, j, c, o] = sum over n, p, q of  x[n, p s + i - top, q s + j - left, c]  dy[n, p, q, o]
 *
 * is, for "pictures" x' = [C, H, W, N] and a "kernel" dy' = [oH, oW, N, O], the convolution of x' by dy' with the padding of the
 * forward pass, dilated by its stride s. Its output [C, h, w, O] is transposed to [h, w, C, O].
 */
function conv2dBackpropFilter(tf: TensorFlow, { inputs: { x, dy }, attrs, backend }: Call): TensorInfo {
  if (attrs.dataFormat !== 'NHWC')
    throw new Error(`Conv2DBackpropFilter on wasm: data format ${attrs.dataFormat}, not NHWC.`)
  const { strides, pad, dimRoundingMode, filterShape } = attrs
  const info = tf.backend_util.computeConv2DInfo(x.shape as Shape, filterShape, strides, 1, pad, dimRoundingMode)
  const rows = usedRows(info.inHeight, info.padInfo.top, info.outHeight, info.strideHeight, info.filterHeight)
  const columns = usedRows(info.inWidth, info.padInfo.left, info.outWidth, info.strideWidth, info.filterWidth)
  const run = (name: string, inputs: Record<string, TensorInfo>, attributes: object): TensorInfo =>
    runWasmKernel(tf, backend, name, inputs, attributes as never)
  const free = (...tensors: TensorInfo[]): void => {
    for (const tensor of tensors) backend.disposeData(tensor.dataId)
  }

  let pictures = run('Transpose', { x }, { perm: [3, 1, 2, 0] })
  if (rows.used < info.inHeight || columns.used < info.inWidth) {
    const size = [info.inChannels, rows.used, columns.used, info.batchSize]
    const cropped = run('Slice', { x: pictures }, { begin: [0, 0, 0, 0], size })
    free(pictures)
    pictures = cropped
  }
  const filter = run('Transpose', { x: dy }, { perm: [1, 2, 0, 3] })
  const padding = [
    [0, 0],
    [info.padInfo.top, rows.after],
    [info.padInfo.left, columns.after],
    [0, 0],
  ]
  const dilations = [info.strideHeight, info.strideWidth]
  const convolved = run('Conv2D', { x: pictures, filter }, { strides: 1, pad: padding, dilations, dataFormat: 'NHWC' })
  const gradient = run('Transpose', { x: convolved }, { perm: [1, 2, 0, 3] })
  free(pictures, filter, convolved)
  return gradient
}

/** How many input rows the forward pass touched, and the padding after them with which the output has `filter` rows. */
function usedRows(
  input: number,
  before: number,
  output: number,
  stride: number,
  filter: number,
): { used: number; after: number } {
  const extent = (output - 1) * stride + filter - before
  const used = Math.min(input, extent)
  return { used, after: extent - used }
}
