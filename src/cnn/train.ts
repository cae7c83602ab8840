import type { Tensor } from '@tensorflow/tfjs-core'
import { firstNonFinite } from './checks.ts'
import type { Engine } from './engine.ts'
import { CnnError } from './errors.ts'
import { batchGradient } from './gradients.ts'
import type { Network, Schema } from './networks.ts'
import type { Weights } from './pass.ts'
import { Pauses } from './pauses.ts'
import { SeededRandom } from './random.ts'
import { download, upload } from './tensors.ts'
import type { ImageData, Metrics, Model, TrainResult, TrainSettings } from './types.ts'

/** The tensors that live from step to step. */
interface Optimizer {
  weights: Weights
  /** What momentum remembers. */
  velocities: Weights | undefined
  /** The model received, for the proximal term. */
  readonly origin: Weights | undefined
}

/** Minibatch SGD. The arguments are already checked. See `Cnn.train`. */
export async function trainModel(
  engine: Engine,
  network: Network,
  schema: Schema,
  model: Model,
  data: ImageData,
  settings: TrainSettings,
): Promise<TrainResult> {
  const pauses = new Pauses(settings.signal)
  const state: Optimizer = {
    weights: upload(engine, schema, model.parameters),
    velocities: undefined,
    origin: settings.proximal ? upload(engine, schema, model.parameters) : undefined,
  }
  try {
    const order = Uint32Array.from({ length: data.length }, (_, index) => index)
    const random = new SeededRandom(settings.seed)
    let metrics: Metrics = { loss: Number.NaN, accuracy: Number.NaN }
    for (let epoch = 0; epoch < settings.epochs; epoch++) {
      random.shuffle(order)
      metrics = await runEpoch(engine, network, state, data, order, settings, pauses)
    }
    const parameters = download(engine, state.weights)
    if (firstNonFinite(parameters) >= 0) throw diverged(settings)
    return { parameters, examples: data.length, metrics }
  } finally {
    for (const kept of [state.weights, state.velocities, state.origin]) disposeAll(engine, kept)
  }
}

async function runEpoch(
  engine: Engine,
  network: Network,
  state: Optimizer,
  data: ImageData,
  order: Uint32Array,
  settings: TrainSettings,
  pauses: Pauses,
): Promise<Metrics> {
  const size = settings.batchSize === 'all' ? order.length : settings.batchSize
  let loss = 0
  let correct = 0
  for (let from = 0; from < order.length; from += size) {
    const indices = order.subarray(from, from + size)
    engine.run(() => {
      const batch = batchGradient(engine, network, state.weights, data, indices)
      loss += batch.loss
      correct += batch.correct
      if (!Number.isFinite(loss)) throw diverged(settings)
      update(engine, state, batch.gradients, settings)
    })
    await pauses.rest()
  }
  return { loss: loss / order.length, accuracy: correct / order.length }
}

/** One step: w <- w - learningRate v, where v <- momentum v + gradient + proximal (w - origin). */
function update(engine: Engine, state: Optimizer, gradients: Weights, settings: TrainSettings): void {
  const { tf, ops } = engine
  const { learningRate, momentum = 0, proximal = 0 } = settings
  const { weights, velocities, origin } = state
  const directions = gradients.map((gradient, i) => {
    if (origin) gradient = tf.add(gradient, tf.mul(tf.sub(weights[i]!, origin[i]!), proximal))
    return velocities ? tf.add(gradient, tf.mul(velocities[i]!, momentum)) : gradient
  }) as unknown as Weights
  state.weights = weights.map((w, i) => ops.descend<Tensor>(w, directions[i]!, learningRate)) as unknown as Weights
  if (momentum > 0) {
    state.velocities = directions.map(direction => tf.keep(direction)) as unknown as Weights
    disposeAll(engine, velocities)
  }
}

function disposeAll(engine: Engine, weights: Weights | undefined): void {
  engine.tf.dispose((weights as Weights[number][] | undefined) ?? [])
}

function diverged(settings: TrainSettings): CnnError {
  return new CnnError(
    'diverged',
    `The training diverged (the loss or a weight is no longer finite) at learning rate ${settings.learningRate}: lower it.`,
  )
}
