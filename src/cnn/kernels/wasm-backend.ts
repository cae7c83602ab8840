import type { KernelConfig, NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core'
import type { TensorFlow } from '../packages.ts'

/** What kernels of ours use of the wasm backend: tensors that lie on its heap. */
export interface WasmBackend {
  /** A tensor on the heap, its memory not cleared. */
  makeOutput(shape: number[], dtype: 'float32' | 'int32'): TensorInfo
  /** A view of a tensor's memory. Stale as soon as the heap grows: take it after all `makeOutput`, and do not keep it. */
  typedArrayFromHeap(tensor: TensorInfo): Float32Array
  disposeData(dataId: TensorInfo['dataId']): boolean
}

/** What a kernel gets. */
export interface KernelCall<Inputs, Attributes> {
  readonly inputs: Inputs
  readonly attrs: Attributes
  readonly backend: WasmBackend
}

/** Adds a kernel to the wasm backend, unless there is one of this name. */
export function registerWasmKernel<Inputs, Attributes>(
  tf: TensorFlow,
  kernelName: string,
  kernel: (call: KernelCall<Inputs, Attributes>) => TensorInfo | TensorInfo[],
): void {
  if (tf.getKernel(kernelName, 'wasm') !== undefined) return
  tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc: kernel as unknown as KernelConfig['kernelFunc'] })
}

/** Runs one of the backend's own kernels from within a kernel. The caller frees the result by {@link WasmBackend.disposeData}. */
export function runWasmKernel(
  tf: TensorFlow,
  backend: WasmBackend,
  kernelName: string,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap,
): TensorInfo {
  return tf.getKernel(kernelName, 'wasm').kernelFunc({ inputs, attrs, backend }) as TensorInfo
}
