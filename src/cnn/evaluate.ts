import type { Engine } from './engine.ts'
import { type BatchScore, score } from './loss.ts'
import { CLASSES, IMAGE_SIZE, type Network, type Schema } from './networks.ts'
import { forward, type Weights } from './pass.ts'
import { Pauses } from './pauses.ts'
import { gatherImages, upload } from './tensors.ts'
import type { Evaluation, ImageData, Model } from './types.ts'

/** Pictures that go through the network at once when nothing is learned. */
const BATCH = 500

/** Scores a model. The arguments are already checked. See `Cnn.evaluate`. */
export async function evaluateModel(
  engine: Engine,
  network: Network,
  schema: Schema,
  model: Model,
  data: ImageData,
  signal: AbortSignal | undefined,
): Promise<Evaluation> {
  const confusion = new Uint32Array(CLASSES * CLASSES)
  let loss = 0
  let correct = 0
  await forEachBatch(engine, network, schema, model, data.images, data.labels, signal, (batch, from) => {
    loss += batch.loss
    correct += batch.correct
    for (const [i, prediction] of batch.predictions.entries()) {
      confusion[data.labels[from + i]! * CLASSES + prediction]!++
    }
  })
  return { loss: loss / data.length, accuracy: correct / data.length, examples: data.length, correct, confusion }
}

/** Recognizes pictures. The arguments are already checked. See `Cnn.predict`. */
export async function predictDigits(
  engine: Engine,
  network: Network,
  schema: Schema,
  model: Model,
  images: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const digits = new Uint8Array(images.length / IMAGE_SIZE)
  await forEachBatch(engine, network, schema, model, images, undefined, signal, (batch, from) => {
    digits.set(batch.predictions, from)
  })
  return digits
}

async function forEachBatch(
  engine: Engine,
  network: Network,
  schema: Schema,
  model: Model,
  images: Uint8Array,
  labels: Uint8Array | undefined,
  signal: AbortSignal | undefined,
  visit: (batch: BatchScore, from: number) => void,
): Promise<void> {
  const pauses = new Pauses(signal)
  const weights = upload(engine, schema, model.parameters)
  try {
    for (let from = 0; from < images.length / IMAGE_SIZE; from += BATCH) {
      const part = images.subarray(from * IMAGE_SIZE, (from + BATCH) * IMAGE_SIZE)
      visit(score(logitsOf(engine, network, weights, part), labels?.subarray(from, from + BATCH)), from)
      await pauses.rest()
    }
  } finally {
    engine.tf.dispose(weights as Weights[number][])
  }
}

function logitsOf(engine: Engine, network: Network, weights: Weights, images: Uint8Array): Float32Array {
  return engine.run(() => {
    const indices = Uint32Array.from({ length: images.length / IMAGE_SIZE }, (_, index) => index)
    return forward(engine, network, weights, gatherImages(engine.tf, images, indices)).logits.dataSync<'float32'>()
  })
}
