import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { Engine } from './engine.ts'
import { logitsGradient, score } from './loss.ts'
import { CLASSES, type Network } from './networks.ts'
import { backward, forward, type Weights } from './pass.ts'
import { gatherImages, gatherLabels } from './tensors.ts'
import type { ImageData } from './types.ts'

/**
 * Examples that go through the network at once. Larger batches are cut into such pieces, whose gradients are added up: memory
 * stays bounded (the first layer of `mcmahan` alone takes 100 kB an example), and the caches are used better.
 */
export const MICRO_BATCH = 64

/** The gradient of a batch's mean loss, and the batch's summed loss and hits. */
export interface BatchGradient {
  readonly gradients: Weights
  readonly loss: number
  readonly correct: number
}

/** Computes the gradient of the mean loss over the examples at `indices`. Call it within `engine.run`. */
export function batchGradient(
  engine: Engine,
  network: Network,
  weights: Weights,
  data: ImageData,
  indices: Uint32Array,
): BatchGradient {
  const { tf } = engine
  const scale = 1 / indices.length
  let total = pieceGradient(engine, network, weights, data, indices.subarray(0, MICRO_BATCH), scale)
  for (let from = MICRO_BATCH; from < indices.length; from += MICRO_BATCH) {
    const before = total
    total = engine.run(() => {
      const piece = pieceGradient(engine, network, weights, data, indices.subarray(from, from + MICRO_BATCH), scale)
      const gradients = before.gradients.map((sum, i) => tf.add(sum, piece.gradients[i]!)) as unknown as Weights
      return { gradients, loss: before.loss + piece.loss, correct: before.correct + piece.correct }
    })
    tf.dispose(before.gradients as Weights[number][])
  }
  return total
}

function pieceGradient(
  engine: Engine,
  network: Network,
  weights: Weights,
  data: ImageData,
  indices: Uint32Array,
  scale: number,
): BatchGradient {
  const { tf } = engine
  return engine.run(() => {
    const labels = gatherLabels(data.labels, indices)
    const trace = forward(engine, network, weights, gatherImages(tf, data.images, indices))
    const { loss, correct } = score(trace.logits.dataSync<'float32'>(), labels)
    const softmax = tf.softmax<Tensor2D>(trace.logits).dataSync<'float32'>()
    const dLogits = tf.tensor2d(logitsGradient(softmax, labels, scale), [labels.length, CLASSES])
    return { gradients: backward(engine, network, weights, trace, dLogits), loss, correct }
  })
}
