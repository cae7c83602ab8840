import { shown } from './check.ts'
import type { DataReceiver } from './dataset.ts'
import { FederatedError } from './errors.ts'
import type { Sized } from './virtual-worker.ts'
import { validateWorkerId } from './worker.ts'

/**
 * What is left of data that was moved to a worker: where it is, and how much. It holds no reference to the data, which comes
 * back to nobody; to learn from it, train where it is.
 */
export class DataPointer {
  /** Id of the worker that holds the data. */
  readonly location: string
  /** Examples. */
  readonly length: number

  constructor(location: string, length: number) {
    this.location = location
    this.length = length
    Object.freeze(this)
  }

  /** @throws {FederatedError} `data-stays`, always: other libraries would send the data back. */
  get(): never {
    throw new FederatedError(
      'data-stays',
      `The ${this.length} examples stay with worker "${this.location}": train there, by runSecureFederatedRound.`,
      { clientId: this.location },
    )
  }

  toString(): string {
    return `DataPointer(${this.length} examples at "${this.location}")`
  }
}

/**
 * Moves data to a worker, in place of what it held. The caller's own copy is the caller's to forget.
 *
 * @throws {FederatedError} `invalid-worker`, `invalid-dataset`
 */
export function send<D extends Sized>(data: D, worker: DataReceiver<D>): DataPointer {
  validateWorkerId(worker?.id)
  if (typeof worker.receive !== 'function') {
    const message = `Worker "${worker.id}" has no receive(data) method, but ${shown(worker.receive)}: it cannot be sent data.`
    throw new FederatedError('invalid-worker', message, { clientId: worker.id })
  }
  worker.receive(data)
  return new DataPointer(worker.id, data.length)
}
