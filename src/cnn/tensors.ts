import type { Tensor4D } from '@tensorflow/tfjs-core'
import type { Engine } from './engine.ts'
import { IMAGE_SIDE, IMAGE_SIZE, type Schema, sizeOf } from './networks.ts'
import type { TensorFlow } from './packages.ts'
import type { Weights } from './pass.ts'

/** What a byte of a picture becomes: a number from 0 to 1. */
const BRIGHTNESS: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => byte / 255)

/** Moves a flat vector into tensors. They outlive `engine.run`; free them by `tf.dispose`. */
export function upload(engine: Engine, schema: Schema, parameters: Float32Array): Weights {
  // A copy, since some backends keep the array they get and the caller may go on writing into his.
  const own = parameters.slice()
  return engine.run(() => {
    let offset = 0
    return schema.map(({ shape }) => {
      const end = offset + sizeOf(shape)
      const tensor = engine.tf.tensor(own.subarray(offset, end), [...shape], 'float32')
      offset = end
      return engine.tf.keep(tensor) as Weights[number]
    })
  })
}

/** Copies tensors into one flat vector. */
export function download(engine: Engine, weights: Weights): Float32Array {
  return engine.run(() => {
    const parameters = new Float32Array(weights.reduce((sum, tensor) => sum + tensor.size, 0))
    let offset = 0
    for (const tensor of weights) {
      parameters.set(tensor.dataSync<'float32'>(), offset)
      offset += tensor.size
    }
    return parameters
  })
}

/** The pictures at `indices`, as [batch, 28, 28, 1]. */
export function gatherImages(tf: TensorFlow, images: Uint8Array, indices: Uint32Array): Tensor4D {
  const pixels = new Float32Array(indices.length * IMAGE_SIZE)
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]! * IMAGE_SIZE
    const to = i * IMAGE_SIZE
    for (let p = 0; p < IMAGE_SIZE; p++) pixels[to + p] = BRIGHTNESS[images[from + p]!]!
  }
  return tf.tensor4d(pixels, [indices.length, IMAGE_SIDE, IMAGE_SIDE, 1])
}

/** The labels at `indices`. */
export function gatherLabels(labels: Uint8Array, indices: Uint32Array): Uint8Array {
  return Uint8Array.from(indices, index => labels[index]!)
}
