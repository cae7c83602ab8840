/** Milliseconds of computing between two pauses: an abort, a heartbeat, a progress bar wait no longer than this and a step. */
const PATIENCE = 50

/** Gives the event loop its turn now and then during a long computation, and stops it when it is aborted. */
export class Pauses {
  readonly #signal: AbortSignal | undefined
  #last: number = performance.now()

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal
    signal?.throwIfAborted()
  }

  /** Call it between steps. Rejects with the signal's reason once it is aborted. */
  async rest(): Promise<void> {
    if (performance.now() - this.#last < PATIENCE) return
    await nextTurn()
    this.#last = performance.now()
    this.#signal?.throwIfAborted()
  }
}

function nextTurn(): Promise<void> {
  // A timer lasts 1 ms in Node and 4 ms in browsers; setImmediate, where there is one, does not.
  return new Promise(resolve => {
    if (typeof setImmediate === 'function') setImmediate(resolve)
    else setTimeout(resolve)
  })
}
