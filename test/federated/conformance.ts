import { describe, expect, test } from 'vitest'
import {
  type FederatedErrorCode,
  type LocalTraining,
  type Model,
  modelHash,
  parameterCount,
  validateWorkers,
  type Worker,
} from '../../src/federated/index.ts'
import { expectRejection } from './codes.ts'

/** What the suite needs to know of the workers it checks. */
export interface WorkerSuite {
  /** A model that the workers can train, and from which one step of training goes somewhere. */
  readonly model: Model
  /** A worker that holds data, ready to train; each call gives a new one with the same id and the same data. */
  readonly create: () => Worker | Promise<Worker>
  /** Whether these workers can evaluate. */
  readonly evaluates: boolean
  readonly settings?: LocalTraining
}

const SETTINGS: LocalTraining = { epochs: 2, batchSize: 4, learningRate: 0.1, seed: 11 }

/** Registers the tests that every kind of worker passes, wherever it lives. */
export function workerConformance(kind: string, suite: WorkerSuite): void {
  const { model, settings = SETTINGS } = suite
  describe(`${kind} is a worker`, () => {
    test('with an id of 1 to 64 bytes that stays the same', async () => {
      const worker = await suite.create()
      validateWorkers([worker])
      const { id } = worker
      await worker.train(model, settings)
      expect(worker.id).toBe(id)
    })

    test('whose update has one finite entry per parameter and moves the model', async () => {
      const { update } = await (await suite.create()).train(model, settings)
      expect(update).toBeInstanceOf(Float32Array)
      expect(update.length).toBe(parameterCount(model.schema))
      expect(update.every(Number.isFinite)).toBe(true)
      expect(update.some(entry => entry !== 0)).toBe(true)
    })

    test('whose weight counts examples and whose metrics are finite numbers', async () => {
      const { weight, metrics } = await (await suite.create()).train(model, settings)
      expect(Number.isSafeInteger(weight)).toBe(true)
      expect(weight).toBeGreaterThan(0)
      expectFinite(metrics)
    })

    test('that leaves the model and the settings as they were', async () => {
      const before = modelHash(model)
      const told = { ...settings }
      await (await suite.create()).train(model, told)
      expect(modelHash(model)).toBe(before)
      expect(told).toEqual(settings)
    })

    test('that repeats a training to the bit', async () => {
      const worker = await suite.create()
      const first = await worker.train(model, settings)
      expect(await worker.train(model, settings)).toEqual(first)
      expect(await (await suite.create()).train(model, settings)).toEqual(first)
    })

    test('whose trainings at the same time do not disturb one another', async () => {
      const worker = await suite.create()
      const longer = { ...settings, epochs: settings.epochs + 1 }
      const alone = [await worker.train(model, settings), await worker.train(model, longer)]
      const together = await Promise.all([worker.train(model, settings), worker.train(model, longer)])
      expect(together).toEqual(alone)
    })

    test('whose results are its caller’s to change', async () => {
      const worker = await suite.create()
      const first = await worker.train(model, settings)
      const kept = first.update.slice()
      first.update.fill(0)
      expect((await worker.train(model, settings)).update).toEqual(kept)
    })

    test('that rejects with the reason of a signal that has aborted, and can train again', async () => {
      const worker = await suite.create()
      const reason = new Error('the round is over')
      const aborted = worker.train(model, { ...settings, signal: AbortSignal.abort(reason) })
      await expect(aborted).rejects.toBe(reason)
      expect((await worker.train(model, settings)).weight).toBeGreaterThan(0)
    })

    test('that rejects with the reason of a signal that aborts while it trains', async () => {
      const controller = new AbortController()
      const reason = new Error('the deadline has passed')
      const worker = await suite.create()
      const training = worker.train(model, { ...settings, epochs: 50, signal: controller.signal })
      controller.abort(reason)
      await expect(training).rejects.toBe(reason)
    })

    const wrong: [string, Partial<Record<keyof LocalTraining, unknown>>][] = [
      ['no epochs', { epochs: 0 }],
      ['half an epoch', { epochs: 0.5 }],
      ['an empty batch', { batchSize: 0 }],
      ['an unknown batch size', { batchSize: 'some' }],
      ['a learning rate of zero', { learningRate: 0 }],
      ['an infinite learning rate', { learningRate: Number.POSITIVE_INFINITY }],
      ['a negative seed', { seed: -1 }],
    ]
    test.each(wrong)('that refuses settings with %s', async (_, change) => {
      const broken = { ...settings, ...change } as LocalTraining
      await expectRejection((await suite.create()).train(model, broken), 'invalid-training-settings')
    })

    test.each(brokenModels(model))('that refuses a model with %s', async (_, broken, code) => {
      const worker = await suite.create()
      await expectRejection(worker.train(broken, settings), code)
    })

    if (!suite.evaluates) {
      test('that says by absence that it cannot evaluate', async () => {
        expect((await suite.create()).evaluate).toBeUndefined()
      })
      return
    }

    test('that measures a model without changing it, always to the same result', async () => {
      const worker = await suite.create()
      const before = modelHash(model)
      const first = await worker.evaluate!(model)
      expect(Number.isSafeInteger(first.weight)).toBe(true)
      expect(first.weight).toBeGreaterThan(0)
      expectFinite(first.metrics)
      expect(await worker.evaluate!(model)).toEqual(first)
      expect(modelHash(model)).toBe(before)
    })

    test.each(brokenModels(model))('that refuses to measure a model with %s', async (_, broken, code) => {
      const worker = await suite.create()
      await expectRejection(worker.evaluate!(broken), code)
    })
  })
}

function brokenModels({ schema, parameters }: Model): [string, Model, FederatedErrorCode][] {
  const diverged = parameters.slice()
  diverged[0] = Number.NaN
  return [
    ['a parameter missing', { schema, parameters: parameters.slice(1) }, 'parameters-misfit'],
    ['a parameter that is not finite', { schema, parameters: diverged }, 'non-finite-parameter'],
    ['no tensors', { schema: [], parameters: new Float32Array(0) }, 'invalid-schema'],
  ]
}

function expectFinite(metrics: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(metrics)) expect(Number.isFinite(value), name).toBe(true)
}
