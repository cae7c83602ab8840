import type { FederatedRoundOptions, ReceivedMessage, Worker } from '../../index.ts'
import { limitsFor } from '../../secagg/index.ts'
import type { Experiment } from '../training/experiment.ts'
import { type MaskedWords, maskedWords } from './masked-words.ts'

/** Pixels of a picture of an update; of a larger network the first parameters are shown. */
export const MOST_SHOWN = 24_576

/** One worker's update, and what the server received of it. */
export interface ServerView {
  readonly worker: string
  /** The update in clear, at most {@link MOST_SHOWN} parameters of it. */
  readonly update: Float32Array
  /** The same entries of the vector, in the message that the server received. */
  readonly received: MaskedWords
}

/**
 * Looks at one worker of each round from both ends: keeps the update that its training gives, and the masked words in the very
 * bytes that come to the server. Only whoever owns a worker's process can do the first; the command owns its virtual workers.
 */
export class ServerViewRecorder {
  /** Of the last round in which a masked vector came in. */
  view: ServerView | undefined
  #candidate: Pick<ServerView, 'worker' | 'update'> | undefined

  /** The same experiment, under observation. */
  observe(experiment: Experiment): Experiment {
    return {
      ...experiment,
      roundOptions: () => this.#observed(experiment),
    }
  }

  #observed(experiment: Experiment): Omit<FederatedRoundOptions, 'model'> {
    const { vectorLength, modulusBits } = experiment.plan
    const clients = experiment.settings.workers
    const limits = limitsFor({ clients, graph: { kind: 'complete' }, vectorLength, modulusBits })
    const options = experiment.roundOptions()
    const onMessage = (message: ReceivedMessage) => {
      if (message.round === 'AdvertiseKeys') this.#candidate = undefined
      if (message.round !== 'MaskedInputCollection' || message.worker !== this.#candidate?.worker) return
      const received = maskedWords(message, limits, this.#candidate.update.length)
      if (received !== undefined) this.view = { ...this.#candidate, received }
    }
    return { ...options, workers: options.workers.map(worker => this.#watched(worker)), onMessage }
  }

  /** The first worker of a round to get done is the one whose update is kept. */
  #watched(worker: Worker): Worker {
    return {
      id: worker.id,
      train: async (model, settings) => {
        const result = await worker.train(model, settings)
        this.#candidate ??= { worker: worker.id, update: result.update.slice(0, MOST_SHOWN) }
        return result
      },
    }
  }
}
