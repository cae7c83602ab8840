import { firstNonFinite, shown } from './check.ts'
import { FederatedError } from './errors.ts'
import { type Learner, type LocalTraining, validateLocalTraining } from './learner.ts'
import { assertModel, type Model } from './model.ts'
import { deriveSeed } from './random.ts'
import { type LocalEvaluation, type LocalResult, validateWorkerId, type Worker } from './worker.ts'

/** Data that can be counted: an array of examples, or columns with a common length. */
export interface Sized {
  readonly length: number
}

/** What a virtual worker may be born with. */
export interface VirtualWorkerOptions<D extends Sized> {
  /** How it trains. Needed before `train` is called. */
  readonly learner?: Learner<D>
  /** Its own data; otherwise {@link VirtualWorker.receive} brings it. */
  readonly data?: D
}

/**
 * A worker that lives in this process and behaves as a remote one would: its data goes in and never comes out. There is
 * no accessor for it, and printing or serializing the worker shows only its id and how many examples it holds.
 *
 * ```ts
 * const alice = new VirtualWorker('alice', { learner, data })
 * const { update, weight } = await alice.train(model, { epochs: 1, batchSize: 32, learningRate: 0.1, seed: 7 })
 * ```
 *
 * @typeParam D the kind of data that its learner trains on
 */
export class VirtualWorker<D extends Sized> implements Worker {
  readonly id: string
  /** Present when the learner can evaluate: measures a model on the worker's data. */
  readonly evaluate?: (model: Model) => Promise<LocalEvaluation>
  readonly #learner: Learner<D> | undefined
  #data: D | undefined

  /** @throws {FederatedError} `invalid-worker` for an id that is not 1 to 64 bytes of UTF-8, `invalid-dataset` */
  constructor(id: string, options: VirtualWorkerOptions<D> = {}) {
    validateWorkerId(id)
    this.id = id
    this.#learner = options.learner
    if (options.data !== undefined) this.receive(options.data)
    const evaluate = options.learner?.evaluate?.bind(options.learner)
    if (evaluate !== undefined) this.evaluate = model => this.#measure(model, evaluate)
  }

  /** How many examples the worker holds. */
  get examples(): number {
    return this.#data?.length ?? 0
  }

  /**
   * Moves data to the worker, in place of what it held.
   *
   * @throws {FederatedError} `invalid-dataset` when the data does not say how many examples it has
   */
  receive(data: D): void {
    const length: unknown = data?.length
    if (!isCount(length)) {
      const message = `Data for worker "${this.id}" needs a length (its number of examples), not ${shown(length)}.`
      throw new FederatedError('invalid-dataset', message, { clientId: this.id })
    }
    this.#data = data
  }

  /**
   * Trains from `model` on the worker's data with a seed of its own, derived from `settings.seed` and its id: workers
   * differ from each other, and a run can be repeated.
   *
   * @throws {FederatedError} `worker-without-learner`, `worker-without-data`, `invalid-training-settings`, what
   *   `createModel` throws, or `learner-misbehaved` when the result has the wrong length or is not finite
   */
  async train(model: Model, settings: LocalTraining): Promise<LocalResult> {
    validateLocalTraining(settings)
    assertModel(model)
    const learner = this.#needLearner()
    const data = this.#needData()
    settings.signal?.throwIfAborted()
    const seed = deriveSeed(settings.seed, 'virtual-worker', this.id)
    const trained = await learner.train(ownCopy(model), data, { ...settings, seed })
    settings.signal?.throwIfAborted()
    return {
      update: this.#difference(trained.parameters, model.parameters),
      weight: this.#checkExamples(trained.examples),
      metrics: this.#checkMetrics(trained.metrics),
    }
  }

  /** What `JSON.stringify` shows: no data. */
  toJSON(): { id: string; examples: number } {
    return { id: this.id, examples: this.examples }
  }

  /** What Node's `console.log` and `util.inspect` show: no data. */
  static {
    Object.defineProperty(VirtualWorker.prototype, Symbol.for('nodejs.util.inspect.custom'), {
      value(this: VirtualWorker<Sized>): string {
        return `VirtualWorker { id: ${JSON.stringify(this.id)}, examples: ${this.examples} }`
      },
    })
  }

  async #measure(model: Model, evaluate: NonNullable<Learner<D>['evaluate']>): Promise<LocalEvaluation> {
    assertModel(model)
    const { examples, ...measured } = await evaluate(ownCopy(model), this.#needData())
    return { weight: this.#checkExamples(examples), metrics: this.#checkMetrics(measured) }
  }

  #needLearner(): Learner<D> {
    if (this.#learner !== undefined) return this.#learner
    const message = `Worker "${this.id}" has no learner. Pass one: new VirtualWorker(id, { learner }).`
    throw new FederatedError('worker-without-learner', message, { clientId: this.id })
  }

  #needData(): D {
    if (this.#data !== undefined && this.#data.length > 0) return this.#data
    const message = `Worker "${this.id}" holds no examples. Move some to it with federate() or receive().`
    throw new FederatedError('worker-without-data', message, { clientId: this.id })
  }

  /** Computed in double precision, rounded to single once. */
  #difference(local: Float32Array, global: Float32Array): Float32Array {
    if (!(local instanceof Float32Array) || local.length !== global.length) {
      const got = local instanceof Float32Array ? `${local.length} parameters` : shown(local)
      throw this.#misbehaved(`returned ${got} for a model of ${global.length}`)
    }
    const update = new Float32Array(global.length)
    for (let i = 0; i < update.length; i++) update[i] = local[i]! - global[i]!
    const position = firstNonFinite(update)
    if (position < 0) return update
    throw this.#misbehaved(`changed parameter ${position} to something not finite. A lower learning rate may help`)
  }

  #checkExamples(examples: number): number {
    if (isCount(examples)) return examples
    throw this.#misbehaved(`must say how many examples it used, a non-negative integer, not ${shown(examples)}`)
  }

  /** The numbers among what the learner measured; anything else stays here. */
  #checkMetrics(measured: object): Readonly<Record<string, number>> {
    const metrics: Record<string, number> = {}
    for (const [name, value] of Object.entries(measured ?? {})) {
      if (typeof value !== 'number') continue
      if (!Number.isFinite(value)) throw this.#misbehaved(`gave the metric "${name}", which is not a finite number`)
      metrics[name] = value
    }
    return metrics
  }

  #misbehaved(what: string): FederatedError {
    return new FederatedError('learner-misbehaved', `The learner of worker "${this.id}" ${what}.`, {
      clientId: this.id,
    })
  }
}

/** A learner that trained in place would otherwise train the model of every worker. */
function ownCopy(model: Model): Model {
  return { schema: model.schema, parameters: model.parameters.slice() }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
