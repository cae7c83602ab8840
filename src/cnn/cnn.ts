import { checkData, checkImages, checkModel, checkSeed, checkSettings, checkThreads } from './checks.ts'
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
import type { Job } from './threads/messages.ts'
import { hasThreads, ThreadPool } from './threads/pool.ts'
import { trainModel } from './train.ts'
import type { Evaluation, ImageData, Model, TrainResult, TrainSettings } from './types.ts'

/** How to create a {@link Cnn}. */
export interface CnnOptions {
  /** An engine, or its name. Default `auto`: tfjs-node when it is installed, else wasm. */
  readonly engine?: EngineChoice | Engine
  /**
   * How many threads train and evaluate, each with a wasm engine of its own: as many calls make progress at the same time, with the same
   * results to the bit. Default 1, which is no other thread than the caller's. In browsers, and on engines other than wasm
   * (tfjs-node has threads of its own), it stays at that. An application that is bundled must keep this package outside the bundle.
   */
  readonly threads?: number
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
  /** How many calls of `train` and `evaluate` make progress at the same time: the threads. More calls wait for their turn. */
  readonly concurrency: number
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
  /** Ends it and its threads: later calls throw CnnError `disposed`, and those under way on threads. The engine stays. */
  dispose(): void
}

/**
 * Creates a network by name, on TensorFlow.js.
 *
 * @throws CnnError `network-unknown` and `engine-unknown`, listing the choices; `tensorflow-missing`, with the command that
 * installs it; `engine-failed`; `bad-setting`.
 */
export async function createCnn(name: NetworkName, options: CnnOptions = {}): Promise<Cnn> {
  const network = networkByName(name)
  const { engine: choice = 'auto', threads = 1 } = options
  checkThreads(threads)
  const engine = typeof choice === 'string' ? await loadEngine(choice) : choice
  return new TensorFlowCnn(network, engine, engine.name === 'wasm' && hasThreads() ? threads : 1)
}

class TensorFlowCnn implements Cnn {
  readonly name: NetworkName
  readonly schema: Schema
  readonly parameterCount: number
  readonly concurrency: number
  readonly #network: Network
  readonly #engine: Engine
  readonly #pool: ThreadPool | undefined
  #disposed = false

  constructor(network: Network, engine: Engine, threads: number) {
    this.name = network.name
    this.schema = schemaOf(network)
    this.parameterCount = parameterCountOf(this.schema)
    this.#network = network
    this.#engine = engine
    this.concurrency = threads
    if (threads > 1) this.#pool = new ThreadPool({ network: network.name, engine: engine.name }, threads)
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
    if (this.#pool !== undefined) {
      return (await this.#pool.run(this.#trainJob(model, data, settings), settings.signal)) as TrainResult
    }
    return trainModel(this.#engine, this.#network, this.schema, model, data, settings)
  }

  async evaluate(model: Model, data: ImageData, options: { readonly signal?: AbortSignal } = {}): Promise<Evaluation> {
    this.#check(model)
    checkData(data)
    if (this.#pool !== undefined) {
      const own = { schema: this.schema, parameters: model.parameters }
      return (await this.#pool.run({ method: 'evaluate', model: own, data }, options.signal)) as Evaluation
    }
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
    this.#pool?.end()
  }

  /** Only what is known: whatever else an application keeps in these objects may not be fit to travel. */
  #trainJob(model: Model, data: ImageData, settings: TrainSettings): Job {
    const { epochs, batchSize, learningRate, seed, momentum = 0, proximal = 0 } = settings
    return {
      method: 'train',
      model: { schema: this.schema, parameters: model.parameters },
      data,
      settings: { epochs, batchSize, learningRate, seed, momentum, proximal },
    }
  }

  #check(model: Model): void {
    if (this.#disposed) throw new CnnError('disposed', 'This network was disposed of: create another one.')
    checkModel(model, this.name, this.schema)
  }
}
