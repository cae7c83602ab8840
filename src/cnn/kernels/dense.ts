import type { NamedTensorMap, Tensor1D, Tensor2D, TensorInfo } from '@tensorflow/tfjs-core'
import type { TensorFlow } from '../packages.ts'
import { addressOf, Native } from './native.ts'
import { type KernelCall, registerWasmKernel } from './wasm-backend.ts'

const FORWARD = 'SecaggDense'
const INPUT_GRADIENT = 'SecaggDenseInputGradient'
const KERNEL_GRADIENT = 'SecaggDenseKernelGradient'

/** A tile's sums, and a panel of 256 rows of 8 columns. See assembly/training/dense.ts. */
const SUMS_BYTES = 128
const PANEL_BYTES = 32 * 256

type ForwardCall = KernelCall<{ x: TensorInfo; kernel: TensorInfo; bias: TensorInfo }, object>
type InputCall = KernelCall<{ dy: TensorInfo; kernel: TensorInfo }, object>
type KernelGradientCall = KernelCall<{ x: TensorInfo; dy: TensorInfo }, object>

/** Registers the kernels behind the three functions below. */
export function registerDense(tf: TensorFlow): void {
  registerWasmKernel(tf, FORWARD, (call: ForwardCall) => forward(call))
  registerWasmKernel(tf, INPUT_GRADIENT, (call: InputCall) => inputGradient(call))
  registerWasmKernel(tf, KERNEL_GRADIENT, (call: KernelGradientCall) => kernelGradient(call))
}

/** See `LayerOps.dense`. */
export function dense(tf: TensorFlow, x: Tensor2D, kernel: Tensor2D, bias: Tensor1D): Tensor2D {
  return run(tf, FORWARD, { x, kernel, bias })
}

/** See `LayerOps.denseInputGradient`. */
export function denseInputGradient(tf: TensorFlow, dy: Tensor2D, kernel: Tensor2D): Tensor2D {
  return run(tf, INPUT_GRADIENT, { dy, kernel })
}

/** See `LayerOps.denseKernelGradient`. */
export function denseKernelGradient(tf: TensorFlow, x: Tensor2D, dy: Tensor2D): Tensor2D {
  return run(tf, KERNEL_GRADIENT, { x, dy })
}

function run(tf: TensorFlow, name: string, inputs: NamedTensorMap): Tensor2D {
  return tf.engine().runKernel(name, inputs) as Tensor2D
}

function forward({ inputs: { x, kernel, bias }, backend }: ForwardCall): TensorInfo {
  const native = Native.of(backend)
  const [batch, depth] = x.shape as [number, number]
  const units = kernel.shape[1]!
  const [scratch] = native.scratch(SUMS_BYTES + PANEL_BYTES)
  const y = backend.makeOutput([batch, units], 'float32')
  const [values, biases] = [backend.typedArrayFromHeap(y), backend.typedArrayFromHeap(bias)]
  for (let n = 0; n < batch; n++) values.set(biases, n * units)
  const [a, b, c] = [x, kernel, y].map(tensor => addressOf(backend, tensor))
  native.functions.multiplyAdd(a!, b!, c!, batch, depth, units, 0, scratch)
  return y
}

function inputGradient({ inputs: { dy, kernel }, backend }: InputCall): TensorInfo {
  const native = Native.of(backend)
  const [batch, units] = dy.shape as [number, number]
  const depth = kernel.shape[0]!
  const [scratch] = native.scratch(SUMS_BYTES + PANEL_BYTES)
  const dx = backend.makeOutput([batch, depth], 'float32')
  backend.typedArrayFromHeap(dx).fill(0)
  const [a, b, c] = [dy, kernel, dx].map(tensor => addressOf(backend, tensor))
  native.functions.multiplyAdd(a!, b!, c!, batch, units, depth, 1, scratch)
  return dx
}

function kernelGradient({ inputs: { x, dy }, backend }: KernelGradientCall): TensorInfo {
  const native = Native.of(backend)
  const [batch, depth] = x.shape as [number, number]
  const units = dy.shape[1]!
  const [scratch] = native.scratch(SUMS_BYTES + 32 * batch * Math.ceil(units / 8) + 16 * batch)
  const gradient = backend.makeOutput([depth, units], 'float32')
  const [a, b, c] = [x, dy, gradient].map(tensor => addressOf(backend, tensor))
  native.functions.multiplyTurned(a!, b!, c!, depth, batch, units, scratch)
  return gradient
}
