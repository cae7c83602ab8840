/**
 * The MNIST CNN on TensorFlow.js, which is optional and loaded when the first network is created.
 *
 * @packageDocumentation
 */
export { type Cnn, type CnnOptions, createCnn } from './cnn.ts'
export { type Engine, type EngineChoice, type EngineName, type EngineOptions, loadEngine } from './engine.ts'
export { CnnError, type CnnErrorCode } from './errors.ts'
export type { ConvPoolGradient, ConvPoolTrace, LayerOps, Padding, Shape4D } from './kernels/layer-ops.ts'
export type { NetworkName, ParameterTensor, Schema } from './networks.ts'
export { INSTALL_COMMAND, type TensorFlow } from './packages.ts'
export type { Evaluation, ImageData, Metrics, Model, TrainResult, TrainSettings } from './types.ts'
