import type { TensorFlow } from '../packages.ts'
import { convPool, registerConvPool } from './conv-pool.ts'
import { convPoolGradient, registerConvPoolGradient } from './conv-pool-gradient.ts'
import { registerConv2DBackpropFilter } from './conv2d-backprop-filter.ts'
import { dense, denseInputGradient, denseKernelGradient, registerDense } from './dense.ts'
import { descend } from './descend.ts'
import type { LayerOps } from './layer-ops.ts'
import { Native } from './native.ts'

/**
 * The operations by kernels of our own on the memory of the wasm backend, which must be started. The backend's own are made for
 * inference: XNNPACK repacks the right-hand matrix at every step (weights change), transposed products leave it for a naive loop, and so
 * do the gradients of convolution and pool.
 *
 * @throws CnnError `engine-failed` where WebAssembly has no SIMD.
 */
export async function wasmOps(tf: TensorFlow): Promise<LayerOps> {
  await Native.start(tf)
  // Nothing here needs it: for those who go on from `Engine.tf` with gradients of their own.
  registerConv2DBackpropFilter(tf)
  registerConvPool(tf)
  registerConvPoolGradient(tf)
  registerDense(tf)
  return {
    convPool: (x, kernel, bias, padding, isFirst) => convPool(tf, x, kernel, bias, padding, isFirst),
    convPoolGradient: (trace, kernel, padding, dPooled) => convPoolGradient(tf, trace, kernel, padding, dPooled),
    dense: (x, kernel, bias) => dense(tf, x, kernel, bias),
    denseInputGradient: (dy, kernel) => denseInputGradient(tf, dy, kernel),
    denseKernelGradient: (x, dy) => denseKernelGradient(tf, x, dy),
    descend: (weights, direction, rate) => descend(tf, weights, direction, rate),
  }
}
