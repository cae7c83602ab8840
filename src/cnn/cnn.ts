import { checkData, checkImages, checkModel, checkSeed, checkSettings } from './checks.ts'
import { type Engine, type EngineChoice, type EngineName, loadEngine } from './engine.ts'
import { CnnError } from './errors.ts'
import { evaluateModel, predictDigits } from './evaluate.ts'
import {
  initialParameters,
  type Network,
  type NetworkName,
  networkByName,
  parameterCountOf,
  type Schema,
  schemaOf,
} from './networks.ts'
import { trainModel } from './train.ts'
import type { Evaluation, ImageData, Model, TrainResult, TrainSettings } from './types.ts'

/** How to create a {@link Cnn}. */
export interface CnnOptions {
  /** An engine, or its name. Default `auto`: tfjs-node when it is installed, else wasm. */
  readonly engine?: EngineChoice | Engine
}

/**
 * A network that recognizes handwritten digits. It keeps no parameters: every call takes a model and gives new numbers, so one
 * `Cnn` serves any number of workers, also at the same time.
 */
export interface Cnn {
  readonly name: NetworkName
  readonly engine: { readonly name: EngineName; readonly reason: string }
  /** The model's tensors, in the order of its flat vector. */
  readonly schema: Schema
  readonly parameterCount: number
  /**
   * A fresh model. The same seed gives the same bits everywhere.
   * @throws CnnError `bad-setting` for a seed that is no integer from 0 to 2^53 - 1.
   */
  initialize(seed: number): Model
  /**
   * Trains by minibatch SGD on the softmax cross-entropy, from `model`, which stays as it is. On the wasm engine the result is
   * the same to the bit for the same arguments.
   * @throws CnnError `model-mismatch`, `no-examples`, `bad-data`, `bad-setting`, or `diverged` when the loss ceases to be finite;
   * the signal's reason when aborted.
   */
  train(model: Model, data: ImageData, settings: TrainSettings): Promise<TrainResult>
  /** @throws CnnError `model-mismatch`, `no-examples`, `bad-data`; the signal's reason when aborted. */
  evaluate(model: Model, data: ImageData, options?: { readonly signal?: AbortSignal }): Promise<Evaluation>
  /**
   * The most likely digit of each picture; `images` holds 784 bytes each, of none if need be.
   * @throws CnnError `model-mismatch`, `bad-data`; the signal's reason when aborted.
   */
  predict(model: Model, images: Uint8Array, options?: { readonly signal?: AbortSignal }): Promise<Uint8Array>
  /** Ends it: later calls throw CnnError `disposed`. The engine, which may be shared, stays. */
  dispose(): void
}

/**
 * Creates a network by name, on TensorFlow.js.
 *
 * @throws CnnError `network-unknown` and `engine-unknown`, listing the choices; `tensorflow-missing`, with the command that
 * installs it; `engine-failed`.
 */
export async function createCnn(name: NetworkName, options: CnnOptions = {}): Promise<Cnn> {
  const network = networkByName(name)
  const { engine = 'auto' } = options
  return new TensorFlowCnn(network, typeof engine === 'string' ? await loadEngine(engine) : engine)
}

class TensorFlowCnn implements Cnn {
  readonly name: NetworkName
  readonly schema: Schema
  readonly parameterCount: number
  readonly #network: Network
  readonly #engine: Engine
  #disposed = false

  constructor(network: Network, engine: Engine) {
    this.name = network.name
    this.schema = schemaOf(network)
    this.parameterCount = parameterCountOf(this.schema)
    this.#network = network
    this.#engine = engine
  }

  get engine(): { readonly name: EngineName; readonly reason: string } {
    return { name: this.#engine.name, reason: this.#engine.reason }
  }

  initialize(seed: number): Model {
    checkSeed(seed)
    return { schema: this.schema, parameters: initialParameters(this.schema, seed) }
  }

  async train(model: Model, data: ImageData, settings: TrainSettings): Promise<TrainResult> {
    this.#check(model)
    checkSettings(settings)
    checkData(data)
    return trainModel(this.#engine, this.#network, this.schema, model, data, settings)
  }

  async evaluate(model: Model, data: ImageData, options: { readonly signal?: AbortSignal } = {}): Promise<Evaluation> {
    this.#check(model)
    checkData(data)
    return evaluateModel(this.#engine, this.#network, this.schema, model, data, options.signal)
  }

  async predict(
    model: Model,
    images: Uint8Array,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Uint8Array> {
    this.#check(model)
    checkImages(images)
    return predictDigits(this.#engine, this.#network, this.schema, model, images, options.signal)
  }

  dispose(): void {
    this.#disposed = true
  }

  #check(model: Model): void {
    if (this.#disposed) throw new CnnError('disposed', 'This network was disposed of: create another one.')
    checkModel(model, this.name, this.schema)
  }
}
