import type { Tensor } from '@tensorflow/tfjs-core'
import type { TensorFlow } from '../packages.ts'
import { addressOf, Native } from './native.ts'
import type { WasmBackend } from './wasm-backend.ts'

/** See `LayerOps.descend`: in place. Call it while the wasm backend is selected, as `Engine.run` does. */
export function descend<T extends Tensor>(tf: TensorFlow, weights: T, direction: T, rate: number): T {
  const backend = tf.backend() as unknown as WasmBackend
  const [to, by] = [addressOf(backend, weights), addressOf(backend, direction)]
  Native.of(backend).functions.addScaled(to, by, -rate, weights.size)
  return weights
}
