import { describe, expect, it, vi } from 'vitest'
import {
  dropoutsAt,
  type PhaseReport,
  runSecureFederatedEvaluation,
  runSecureFederatedRound,
  secureSum,
  type Worker,
} from '../../../src/federated/index.ts'
import { encodedLength, encodeMessage } from '../../../src/secagg/messages/frame.ts'
import type { ServerMessage } from '../../../src/secagg/messages/message.ts'
import { SecAggServer } from '../../../src/secagg/server/index.ts'
import { lineModel } from '../linear-learner.ts'
import { fixedWorkers, lineWorkers, listen, rejectionOf, tapServer, vectorModel } from './cohort.ts'

const model = vectorModel(3)

/** An event in one line: its type, and what it is about. */
function brief(event: ReturnType<typeof listen>['events'][number]): string {
  switch (event.type) {
    case 'phase-started':
      return `${event.phase} starts, ${event.expected}`
    case 'phase-finished':
      return `${event.report.phase} ends, ${event.report.clients}`
    case 'worker-trained':
    case 'worker-evaluated':
      return `${event.worker} is done`
    case 'worker-dropped':
      return `${event.dropped.id} dropped`
    case 'warning':
    case 'aborted':
      return `${event.type}: ${event.code}`
    default:
      return event.type
  }
}

describe('the events of a round', () => {
  it('come in the order of what happens', async () => {
    const { events, onEvent } = listen()
    const dropouts = dropoutsAt({ 4: { w1: 'ShareKeys', w3: 'Unmasking' } })
    const threatModel = 'semi-malicious'
    await runSecureFederatedRound({
      model,
      workers: fixedWorkers(6, 3),
      round: 4,
      threatModel,
      threshold: 3,
      dropouts,
      onEvent,
    })
    expect(events.map(brief)).toEqual([
      'round-started',
      'AdvertiseKeys starts, 6',
      'AdvertiseKeys ends, 6',
      'ShareKeys starts, 6',
      'ShareKeys ends, 5',
      'w1 dropped',
      'MaskedInputCollection starts, 5',
      'Training starts, 5',
      'w0 is done',
      'w2 is done',
      'w3 is done',
      'w4 is done',
      'w5 is done',
      'Training ends, 5',
      'MaskedInputCollection ends, 5',
      'ConsistencyCheck starts, 5',
      'ConsistencyCheck ends, 5',
      'Unmasking starts, 5',
      'Unmasking ends, 4',
      'w3 dropped',
      'round-finished',
    ])
    expect(events[0]).toEqual({
      type: 'round-started',
      federatedRound: 4,
      workers: ['w0', 'w1', 'w2', 'w3', 'w4', 'w5'],
    })
    expect(events.at(-1)).toMatchObject({ federatedRound: 4, survivors: expect.arrayContaining(['w0', 'w3']) })
  })

  it('end with an abort when too many leave', async () => {
    const { events, onEvent } = listen()
    const dropouts = dropoutsAt({ 0: { w0: 'MaskedInputCollection', w1: 'MaskedInputCollection' } })
    const error = await rejectionOf(runSecureFederatedRound({ model, workers: fixedWorkers(4, 3), dropouts, onEvent }))
    expect(events.map(brief).slice(-4)).toEqual([
      'MaskedInputCollection ends, 2',
      'w0 dropped',
      'w1 dropped',
      'aborted: too-few-survivors',
    ])
    expect(events.at(-1)).toMatchObject({ message: (error as Error).message })
    expect((error as Error).message).toMatch(/2 of 4 workers had dropped out.*No sum came out: run the round again/)
  })

  it('end with an abort when the sum means nothing, and without round-finished', async () => {
    const { of, onEvent } = listen()
    const idle = fixedWorkers(3, 3).map(({ id }): Worker => {
      return { id, train: async () => ({ update: new Float32Array(3), weight: 0, metrics: {} }) }
    })
    await rejectionOf(runSecureFederatedRound({ model, workers: idle, onEvent }))
    expect(of('aborted').map(({ code }) => code)).toEqual(['total-weight-zero'])
    expect(of('round-finished')).toEqual([])
  })

  it('hold no worker’s metrics, weight, update or data', async () => {
    const { events, onEvent } = listen()
    const telling = [0.123456, 0.234567, 0.345678].map((secret, i): Worker => {
      const result = { update: Float32Array.of(secret, 0, 0), weight: 12_345 + i, metrics: { loss: secret + 5 } }
      return { id: `w${i}`, train: async () => result }
    })
    await runSecureFederatedRound({ model, workers: telling, onEvent })
    const text = JSON.stringify(events)
    for (const secret of ['.123456', '.234567', '.345678', '12345', '12346', '12347']) {
      expect(text).not.toContain(secret)
    }
    const keys = events.flatMap(event => Object.keys(event))
    expect(keys).not.toEqual(expect.arrayContaining(['metrics']))
  })

  it('of an evaluation speak of an evaluation', async () => {
    const { events, onEvent } = listen()
    const { phases } = await runSecureFederatedEvaluation({ model: lineModel, workers: lineWorkers(3), onEvent })
    expect(events.map(brief).slice(5, 12)).toEqual([
      'MaskedInputCollection starts, 3',
      'Evaluation starts, 3',
      'w0 is done',
      'w1 is done',
      'w2 is done',
      'Evaluation ends, 3',
      'MaskedInputCollection ends, 3',
    ])
    expect(phases[0]).toMatchObject({ phase: 'Evaluation', clients: 3, bytesDown: 3 * 8, bytesUp: 0 })
  })

  it('of a secure sum speak of no training: there is none', async () => {
    const { of, onEvent } = listen()
    const { phases } = await secureSum([[1], [2], [3]], { kind: 'integers', min: 0, max: 3, onEvent })
    expect(of('worker-trained')).toEqual([])
    expect(phases.map(({ phase }) => phase)).toEqual([
      'AdvertiseKeys',
      'ShareKeys',
      'MaskedInputCollection',
      'Unmasking',
    ])
  })

  it('reach a listener that throws only once: the round ends with its error', async () => {
    const thrown = new Error('the screen is gone')
    let calls = 0
    const onEvent = () => {
      calls++
      throw thrown
    }
    expect(await rejectionOf(runSecureFederatedRound({ model, workers: fixedWorkers(3, 3), onEvent }))).toBe(thrown)
    expect(calls).toBe(1)
  })
})

describe('the phases of a round', () => {
  it('count the bytes that crossed, training and the model first', async () => {
    const sent = tapServer()
    const delivered = tapDeliveries()
    const dropouts = dropoutsAt({ 0: { w1: 'ShareKeys', w2: 'Unmasking' } })
    const { phases } = await runSecureFederatedRound({
      model,
      workers: fixedWorkers(6, 3),
      threatModel: 'semi-malicious',
      threshold: 3,
      dropouts,
    })
    expect(phases.map(({ phase }) => phase)).toEqual([
      'Training',
      'AdvertiseKeys',
      'ShareKeys',
      'MaskedInputCollection',
      'ConsistencyCheck',
      'Unmasking',
    ])
    const [training, ...rounds] = phases as [PhaseReport, ...PhaseReport[]]
    expect(training).toMatchObject({ bytesDown: 6 * model.parameters.byteLength, bytesUp: 0, clients: 5 })

    const opening = ['', 'Roster', 'ShareDelivery', 'Survivors', 'UnmaskingRequest']
    const answering = ['AdvertiseKeys', 'ShareKeys', 'MaskedInput', 'ConsistencyCheck', 'Unmasking']
    for (const [i, report] of rounds.entries()) {
      const up = sent.filter(({ type }) => type === answering[i])
      const down = delivered.filter(({ type }) => type === opening[i])
      expect(report.bytesUp, report.phase).toBe(up.reduce((sum, message) => sum + encodedLength(message), 0))
      expect(report.bytesDown, report.phase).toBe(down.reduce((sum, message) => sum + encodeMessage(message).length, 0))
      expect(report.clients, report.phase).toBe(new Set(up.map(({ sender }) => sender)).size)
      expect(report.seconds).toBeGreaterThanOrEqual(0)
    }
    expect(sent).toHaveLength(6 + 5 + 5 + 5 + 4)
  })

  it('time the training apart from the protocol', async () => {
    const slow = fixedWorkers(3, 3).map(({ id, train }): Worker => {
      return {
        id,
        train: async (...given) => {
          await new Promise(resolve => setTimeout(resolve, 80))
          return train(...given)
        },
      }
    })
    const started = performance.now()
    const { phases } = await runSecureFederatedRound({ model, workers: slow })
    const elapsed = (performance.now() - started) / 1000
    const total = phases.reduce((sum, { seconds }) => sum + seconds, 0)
    expect(phases[0]!.seconds).toBeGreaterThan(0.23)
    expect(total).toBeLessThanOrEqual(elapsed)
    expect(phases.find(({ phase }) => phase === 'MaskedInputCollection')!.seconds).toBeLessThan(elapsed - 0.23)
  })
})

/** What the server hands out from now on, until mocks are restored. */
function tapDeliveries(): ServerMessage[] {
  const handed: ServerMessage[] = []
  const { closeRound } = SecAggServer.prototype
  vi.spyOn(SecAggServer.prototype, 'closeRound').mockImplementation(async function (this: SecAggServer) {
    const outcome = await closeRound.call(this)
    if (outcome.kind === 'next') handed.push(...outcome.messages.values())
    return outcome
  })
  return handed
}
