import type { NamedAttrMap, NamedTensorMap, Tensor1D, Tensor4D, TensorInfo } from '@tensorflow/tfjs-core'
import type { TensorFlow } from '../packages.ts'
import { type ConvLayout, convLayout } from './conv-layout.ts'
import type { ConvPoolGradient, ConvPoolTrace, Padding, Shape4D } from './layer-ops.ts'
import { addressOf, Native } from './native.ts'
import { type KernelCall, registerWasmKernel, type WasmBackend } from './wasm-backend.ts'
import { Workspace } from './workspace.ts'

const NAME = 'SecaggConvPoolGradient'

interface Attributes {
  readonly padding: Padding
  readonly isFirst: boolean
}

interface Inputs {
  readonly x: TensorInfo
  readonly kernel: TensorInfo
  readonly pooled: TensorInfo
  readonly winners: TensorInfo
  readonly dPooled: TensorInfo
}

type Call = KernelCall<Inputs, Attributes>

/** Registers the kernel behind {@link convPoolGradient}. */
export function registerConvPoolGradient(tf: TensorFlow): void {
  registerWasmKernel(tf, NAME, (call: Call) => backward(call))
}

/** See `LayerOps.convPoolGradient`. */
export function convPoolGradient(
  tf: TensorFlow,
  { x, pooled, pixels, isFirst }: ConvPoolTrace,
  kernel: Tensor4D,
  padding: Padding,
  dPooled: Tensor4D,
): ConvPoolGradient {
  const inputs: NamedTensorMap = { x, kernel, pooled, winners: pixels, dPooled }
  const attributes: Attributes = { padding, isFirst }
  const outputs = tf.engine().runKernel(NAME, inputs, attributes as unknown as NamedAttrMap)
  const [dKernel, dBias, dx] = outputs as unknown as [Tensor4D, Tensor1D, Tensor4D | undefined]
  return { kernel: dKernel, bias: dBias, x: dx }
}

function backward({ inputs, attrs, backend }: Call): TensorInfo[] {
  const native = Native.of(backend)
  const [shape, kernelShape] = [inputs.x.shape as Shape4D, inputs.kernel.shape as Shape4D]
  const filters = kernelShape[3]
  const layout = convLayout(shape, kernelShape, attrs.padding, attrs.isFirst)
  const { runs, run, pitch, stride } = layout
  const windows = layout.windowRows * layout.windowColumns
  const turnedBytes = 4 * filters * runs * pitch
  const [list, sums, kernel, spread, ...pictures] = native.scratch(
    8 * windows,
    turnedBytes,
    turnedBytes,
    layout.padded.bytes,
    layout.padded.bytes,
    layout.bytes,
  )
  const outputs = makeOutputs(backend, kernelShape, attrs.isFirst ? undefined : shape)
  const [dKernel, dBias, dx] = outputs.map(output => addressOf(backend, output)) as [number, number, number?]
  native.floats(dBias, filters).fill(0)
  for (const turned of [sums, kernel]) native.floats(turned, turnedBytes / 4).fill(0)
  native.functions.turnKernel(addressOf(backend, inputs.kernel), runs, run, pitch, filters, kernel)
  const workspace = new Workspace(native, layout, shape, addressOf(backend, inputs.x), pictures)
  const incoming = [inputs.dPooled, inputs.pooled, inputs.winners].map(tensor => addressOf(backend, tensor))
  for (let n = 0; n < shape[0]; n++) {
    const at = workspace.load(n)
    if (dx !== undefined) native.floats(spread, layout.padded.bytes / 4).fill(0)
    native.functions.convPoolGradient(
      ...[at, runs, pitch, stride, filters, windows],
      ...incoming.map(address => address + n * 4 * windows * filters),
      ...[sums, dBias, dx === undefined ? 0 : spread, kernel, list],
    )
    if (dx !== undefined) withoutMargin(native, layout, shape, spread, dx, n)
  }
  native.functions.turnKernelBack(sums, runs, run, pitch, filters, dKernel)
  return outputs
}

function makeOutputs(backend: WasmBackend, kernel: Shape4D, input: Shape4D | undefined): TensorInfo[] {
  const shapes = [kernel, [kernel[3]], ...(input ? [input] : [])]
  return shapes.map(shape => backend.makeOutput(shape, 'float32'))
}

/** Copies what lies within the margin to picture `n` at `to`. */
function withoutMargin(native: Native, { padded }: ConvLayout, shape: Shape4D, from: number, to: number, n: number) {
  const [, height, width, channels] = shape
  const rowBytes = 4 * width * channels
  native.functions.copyRows(
    ...[from + padded.start, padded.rowBytes],
    ...[to + n * height * rowBytes, rowBytes, height, rowBytes],
  )
}
