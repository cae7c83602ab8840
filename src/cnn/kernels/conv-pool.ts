import type { NamedAttrMap, Tensor1D, Tensor4D, TensorInfo } from '@tensorflow/tfjs-core'
import type { TensorFlow } from '../packages.ts'
import { convLayout } from './conv-layout.ts'
import type { ConvPoolTrace, Padding, Shape4D } from './layer-ops.ts'
import { addressOf, Native } from './native.ts'
import { type KernelCall, registerWasmKernel } from './wasm-backend.ts'
import { Workspace } from './workspace.ts'

const NAME = 'SecaggConvPool'

interface Attributes {
  readonly padding: Padding
  readonly isFirst: boolean
}

type Call = KernelCall<{ x: TensorInfo; kernel: TensorInfo; bias: TensorInfo }, Attributes>

/** Registers the kernel behind {@link convPool}. */
export function registerConvPool(tf: TensorFlow): void {
  registerWasmKernel(tf, NAME, (call: Call) => forward(call))
}

/** See `LayerOps.convPool`. The trace's `pixels` (int32) tell where in the workspace the patch of each window's winner begins. */
export function convPool(
  tf: TensorFlow,
  x: Tensor4D,
  kernel: Tensor4D,
  bias: Tensor1D,
  padding: Padding,
  isFirst: boolean,
): ConvPoolTrace {
  const attributes: Attributes = { padding, isFirst }
  const outputs = tf.engine().runKernel(NAME, { x, kernel, bias }, attributes as unknown as NamedAttrMap)
  const [pooled, pixels] = outputs as unknown as [Tensor4D, Tensor4D]
  return { x, pooled, pixels, isFirst }
}

function forward({ inputs, attrs, backend }: Call): TensorInfo[] {
  const native = Native.of(backend)
  const [shape, kernelShape] = [inputs.x.shape as Shape4D, inputs.kernel.shape as Shape4D]
  const layout = convLayout(shape, kernelShape, attrs.padding, attrs.isFirst)
  const { runs, run, stride, pixel, row, windowRows, windowColumns } = layout
  const filters = kernelShape[3]
  const columns = 8 * Math.ceil(filters / 8)
  const taps = runs * run
  const [sums, panels, biases, ...pictures] = native.scratch(
    128,
    4 * taps * columns,
    4 * columns,
    layout.padded.bytes,
    layout.bytes,
  )
  const outShape: Shape4D = [shape[0], windowRows, windowColumns, filters]
  const pooled = backend.makeOutput(outShape, 'float32')
  const winners = backend.makeOutput(outShape, 'int32')
  native.functions.packPanels(addressOf(backend, inputs.kernel), taps, filters, panels)
  native.functions.packPanels(addressOf(backend, inputs.bias), 1, filters, biases)
  const workspace = new Workspace(native, layout, shape, addressOf(backend, inputs.x), pictures)
  const outBytes = 4 * windowRows * windowColumns * filters
  const [pooledAt, winnersAt] = [addressOf(backend, pooled), addressOf(backend, winners)]
  for (let n = 0; n < shape[0]; n++) {
    const [at, out] = [workspace.load(n), n * outBytes]
    native.functions.convPool(
      ...[at, runs, run, stride, pixel, row, panels, biases, filters, windowRows, windowColumns],
      ...[pooledAt + out, winnersAt + out, sums],
    )
  }
  return [pooled, winners]
}
