/**
 * Kernels for training by SIMD, in AssemblyScript: compiled by scripts/build-kernels.mjs and embedded in the library as
 * src/cnn/kernels/training-wasm.ts. They work on the memory of TensorFlow.js's wasm backend, where the tensors lie, so nothing
 * is copied in or out; all arguments are addresses in it, sizes and counts. The order of every summation is fixed, and there
 * is no relaxed SIMD: the same inputs give the same bits on every machine.
 */
export { convPool, convPoolGradient } from './training/conv-pool'
export { multiplyAdd, multiplyTurned } from './training/dense'
export { addScaled } from './training/step'
export { copyRows, packPanels, turnKernel, turnKernelBack, unfold } from './training/workspace'
