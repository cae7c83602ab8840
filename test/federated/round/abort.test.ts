import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type FederatedRoundOptions,
  modelHash,
  type RoundEvent,
  runPlaintextFederatedRound,
  runSecureFederatedEvaluation,
  runSecureFederatedRound,
  secureSum,
  type Worker,
} from '../../../src/federated/index.ts'
import { SecAggClient } from '../../../src/secagg/client/index.ts'
import { lineModel } from '../linear-learner.ts'
import { fixedWorkers, lineWorkers, listen, rejectionOf, tapServer, vectorModel } from './cohort.ts'

const model = vectorModel(3)
const reason = new Error('the user has pressed Ctrl-C')

let unhandled: unknown[] = []
const note = (error: unknown) => void unhandled.push(error)

beforeEach(() => {
  unhandled = []
  process.on('unhandledRejection', note)
})

afterEach(async () => {
  await new Promise(resolve => setTimeout(resolve, 5))
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

/** Ends a round when an event says so, and tells who has left by then. */
async function abortOn(when: (event: RoundEvent) => boolean, more: Partial<FederatedRoundOptions> = {}) {
  const controller = new AbortController()
  const abandoned = vi.spyOn(SecAggClient.prototype, 'abandon')
  const { events, of, onEvent } = listen()
  const listener = (event: RoundEvent) => {
    onEvent(event)
    if (when(event)) controller.abort(reason)
  }
  const options = { model, workers: fixedWorkers(4, 3), onEvent: listener, signal: controller.signal, ...more }
  const error = await rejectionOf(runSecureFederatedRound(options))
  const left = new Set(abandoned.mock.contexts.map(client => (client as SecAggClient).id))
  return { error, events, of, left }
}

describe('a signal', () => {
  it('that has aborted before ends the call before anything happens', async () => {
    const signal = AbortSignal.abort(reason)
    const sent = tapServer()
    const { events, onEvent } = listen()
    const workers = lineWorkers(3)
    const common = { signal, onEvent }
    expect(await rejectionOf(runSecureFederatedRound({ model: lineModel, workers, ...common }))).toBe(reason)
    expect(await rejectionOf(runPlaintextFederatedRound({ model: lineModel, workers, ...common }))).toBe(reason)
    expect(await rejectionOf(runSecureFederatedEvaluation({ model: lineModel, workers, ...common }))).toBe(reason)
    expect(await rejectionOf(secureSum([[1], [2], [3]], { kind: 'integers', min: 0, max: 9, ...common }))).toBe(reason)
    expect(sent).toEqual([])
    expect(events).toEqual([])
  })

  it('that aborts between two trainings stops the round there; everybody leaves, the model stays', async () => {
    const before = modelHash(model)
    const { error, of, left } = await abortOn(event => event.type === 'worker-trained' && event.worker === 'w1')
    expect(error).toBe(reason)
    expect(of('worker-trained')).toHaveLength(2)
    expect(left).toEqual(new Set(['w0', 'w1', 'w2', 'w3']))
    expect(of('aborted')).toEqual([{ type: 'aborted', code: 'cancelled', message: 'the signal was aborted' }])
    expect(modelHash(model)).toBe(before)
  })

  it('that aborts during a training ends the round at once, even if the worker takes no notice', async () => {
    const controller = new AbortController()
    const deaf = (id: string): Worker => ({
      id,
      train: () => {
        queueMicrotask(() => controller.abort(reason))
        return new Promise(() => {})
      },
    })
    const { onEvent, of } = listen()
    const options = { model, workers: ['a', 'b', 'c'].map(deaf), signal: controller.signal, onEvent }
    expect(await rejectionOf(runSecureFederatedRound(options))).toBe(reason)
    expect(of('aborted')).toHaveLength(1)
    expect(of('worker-dropped')).toEqual([])
  })

  it('that aborts in the worker itself, before its first await, is noticed too', async () => {
    for (const run of [runSecureFederatedRound, runPlaintextFederatedRound]) {
      const controller = new AbortController()
      const rash = (id: string): Worker => ({
        id,
        train: () => {
          controller.abort(reason)
          return new Promise(() => {})
        },
      })
      const options = { model, workers: ['a', 'b', 'c'].map(rash), signal: controller.signal }
      expect(await rejectionOf(run(options))).toBe(reason)
    }
  })

  it('reaches the trainings, and a training that fails afterwards disturbs nobody', async () => {
    const controller = new AbortController()
    let heard: AbortSignal | undefined
    const failing = (id: string): Worker => ({
      id,
      train: async (_, settings) => {
        heard = settings.signal
        setTimeout(() => controller.abort(reason), 1)
        await new Promise(resolve => setTimeout(resolve, 3))
        throw new Error('too late')
      },
    })
    const options = { model, workers: ['a', 'b', 'c'].map(failing), signal: controller.signal }
    expect(await rejectionOf(runSecureFederatedRound(options))).toBe(reason)
    expect(heard).toBe(controller.signal)
  })

  it.each(['ShareKeys', 'MaskedInputCollection', 'Unmasking'] as const)(
    'that aborts when %s starts or ends lets no sum out',
    async phase => {
      for (const type of ['phase-started', 'phase-finished'] as const) {
        const { error, of, left } = await abortOn(event =>
          type === 'phase-started'
            ? event.type === type && event.phase === phase
            : event.type === 'phase-finished' && event.report.phase === phase,
        )
        expect(error).toBe(reason)
        expect(of('round-finished')).toEqual([])
        expect(left.size).toBe(4)
      }
    },
  )

  it('that aborts when the round is over changes nothing', async () => {
    const controller = new AbortController()
    const onEvent = (event: RoundEvent) => {
      if (event.type === 'round-finished') controller.abort(reason)
    }
    const options = { model, workers: fixedWorkers(3, 3), onEvent, signal: controller.signal }
    expect((await runSecureFederatedRound(options)).survivors).toHaveLength(3)
  })

  it('leaves no listeners behind', async () => {
    const { signal } = new AbortController()
    const added = vi.spyOn(signal, 'addEventListener')
    const removed = vi.spyOn(signal, 'removeEventListener')
    await runSecureFederatedRound({ model, workers: fixedWorkers(3, 3), signal })
    expect(added).toHaveBeenCalledTimes(3)
    expect(removed).toHaveBeenCalledTimes(3)
  })

  it('aborts an evaluation and a secure sum as well', async () => {
    const controller = new AbortController()
    const onEvent = (event: RoundEvent) => {
      if (event.type === 'phase-started' && event.phase === 'MaskedInputCollection') controller.abort(reason)
    }
    const { signal } = controller
    const evaluation = runSecureFederatedEvaluation({ model: lineModel, workers: lineWorkers(3), onEvent, signal })
    expect(await rejectionOf(evaluation)).toBe(reason)
    const again = new AbortController()
    const sum = secureSum([[1], [2], [3]], {
      kind: 'integers',
      min: 0,
      max: 9,
      signal: again.signal,
      onEvent: event => void (event.type === 'phase-finished' && again.abort(reason)),
    })
    expect(await rejectionOf(sum)).toBe(reason)
  })
})
