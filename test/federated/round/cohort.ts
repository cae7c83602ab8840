import { vi } from 'vitest'
import {
  type DroppedWorker,
  experimentRandom,
  federate,
  iid,
  type LocalResult,
  type Model,
  type RoundEvent,
  VirtualWorker,
  type Worker,
} from '../../../src/federated/index.ts'
import type { ClientMessage } from '../../../src/secagg/messages/message.ts'
import { SecAggServer } from '../../../src/secagg/server/index.ts'
import { lineLearner, type Points, pointsOnLine } from '../linear-learner.ts'

/** A model of `length` parameters in one tensor, none of them 0. */
export function vectorModel(length: number): Model {
  const parameters = Float32Array.from({ length }, (_, i) => (i + 1) / 8)
  return { schema: [{ name: 'vector', shape: [length] }], parameters }
}

/** A worker that gives what it was told to give, whatever it is asked to train on. */
export function fixedWorker(
  id: string,
  result: Partial<Omit<LocalResult, 'update'>> & { update: ArrayLike<number> },
): Worker {
  const { update, weight = 1, metrics = {} } = result
  return { id, train: async () => ({ update: Float32Array.from(update), weight, metrics }) }
}

/** Workers `w0`, `w1`, … with updates within ±0.9, weights of 1 to 50 and a loss, all from a seed. */
export function fixedWorkers(count: number, length: number, seed = 1): Worker[] {
  const random = experimentRandom(seed)
  return Array.from({ length: count }, (_, i) => {
    const update = Float32Array.from({ length }, () => 1.8 * random.uniform() - 0.9)
    return fixedWorker(`w${i}`, { update, weight: 1 + random.below(50), metrics: { loss: 3 * random.uniform() } })
  })
}

/** Virtual workers `w0`, `w1`, … that share out the points of a line. */
export function lineWorkers(count: number, pointsEach = 12): VirtualWorker<Points>[] {
  const workers = Array.from({ length: count }, (_, i) => new VirtualWorker<Points>(`w${i}`, { learner: lineLearner }))
  federate(pointsOnLine(count * pointsEach, 2, 1), { workers, partition: iid({ seed: 5 }) })
  return workers
}

/** A listener, and what it has heard. */
export function listen() {
  const events: RoundEvent[] = []
  const of = <T extends RoundEvent['type']>(type: T) =>
    events.filter((event): event is Extract<RoundEvent, { type: T }> => event.type === type)
  return { events, of, onEvent: (event: RoundEvent) => void events.push(event) }
}

/** What the server is sent from now on, until mocks are restored after the test. */
export function tapServer(): ClientMessage[] {
  const heard: ClientMessage[] = []
  const { receive } = SecAggServer.prototype
  vi.spyOn(SecAggServer.prototype, 'receive').mockImplementation(function (this: SecAggServer, message) {
    heard.push(message)
    return receive.call(this, message)
  })
  return heard
}

/** Id, round and reason of who dropped out, by id. */
export function outline(dropped: readonly DroppedWorker[]): string[] {
  return dropped.map(({ id, round, reason }) => `${id} ${round} ${reason}`).sort()
}

/** What a promise rejects with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('expected a rejection')
    },
    error => error,
  )
}
