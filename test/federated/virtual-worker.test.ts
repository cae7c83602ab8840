import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { deriveSeed, type Learner, type LocalTraining, type Model, VirtualWorker } from '../../src/federated/index.ts'
import { expectCode, expectRejection } from './codes.ts'
import { workerConformance } from './conformance.ts'
import { lineLearner, lineModel, Points, pointsOnLine } from './linear-learner.ts'

const settings: LocalTraining = { epochs: 1, batchSize: 2, learningRate: 0.1, seed: 5 }
const data = pointsOnLine(10, 2, 1)

workerConformance('a VirtualWorker', {
  model: lineModel,
  evaluates: true,
  create: () => new VirtualWorker('alice', { learner: lineLearner, data }),
})

workerConformance('a VirtualWorker whose learner cannot evaluate', {
  model: lineModel,
  evaluates: false,
  create: () => new VirtualWorker('alice', { learner: { train: lineLearner.train }, data }),
})

/** A learner that gives this result, whatever it is asked. */
function answering(result: unknown): Learner<Points> {
  return { train: async () => result as never, evaluate: async () => result as never }
}

describe('the data of a virtual worker', () => {
  const secret = 31337.25
  const worker = new VirtualWorker('alice', { learner: lineLearner, data: new Points([secret], [secret]) })

  test('is reached by none of its properties', () => {
    const names = Reflect.ownKeys(worker).map(key => (worker as never)[key])
    expect(names.filter(value => typeof value === 'object')).toEqual([])
    expect(Reflect.ownKeys(worker)).toEqual(['id', 'evaluate'])
  })

  test('does not show when the worker is printed or serialized', () => {
    expect(JSON.parse(JSON.stringify(worker))).toEqual({ id: 'alice', examples: 1 })
    expect(inspect(worker, { depth: 9, showHidden: true })).toBe('VirtualWorker { id: "alice", examples: 1 }')
    expect(`${inspect({ nested: [worker] }, { depth: 9 })}${JSON.stringify([worker])}`).not.toContain('31337')
  })

  test('does not show in the errors of its training', async () => {
    const bad = new VirtualWorker('bob', {
      learner: answering({ parameters: [secret], examples: 1, metrics: {} }),
      data: new Points([secret], [secret]),
    })
    const error = await expectRejection(bad.train(lineModel, settings), 'learner-misbehaved')
    expect(inspect(error)).not.toContain('31337')
    expect(error.clientId).toBe('bob')
  })

  test('is replaced by what the worker receives, and counted', () => {
    const bob = new VirtualWorker<Points>('bob', { learner: lineLearner })
    expect(bob.examples).toBe(0)
    bob.receive(data)
    expect(bob.examples).toBe(10)
    bob.receive(data.subset([0, 1]))
    expect(bob.examples).toBe(2)
  })

  test('must say how many examples it holds', () => {
    const bob = new VirtualWorker<Points>('bob')
    for (const wrong of [{}, { length: -1 }, { length: 1.5 }, null]) {
      expectCode(() => bob.receive(wrong as never), 'invalid-dataset', /"bob" needs a length/)
    }
    expect(bob.examples).toBe(0)
  })
})

describe('a virtual worker', () => {
  test('learns the line that its points lie on', async () => {
    const worker = new VirtualWorker('alice', { learner: lineLearner, data })
    const long = { ...settings, epochs: 200 }
    const { update, weight, metrics } = await worker.train(lineModel, long)
    expect(update[0]).toBeCloseTo(2, 3)
    expect(update[1]).toBeCloseTo(1, 3)
    expect(weight).toBe(10)
    expect(metrics.loss).toBeLessThan(1e-6)
  })

  test('trains with a seed of its own, derived from the round’s seed and its id', async () => {
    const seeds: number[] = []
    const learner: Learner<Points> = {
      train: (model, points, told) => {
        seeds.push(told.seed)
        return lineLearner.train(model, points, told)
      },
    }
    const alice = new VirtualWorker('alice', { learner, data })
    const bob = new VirtualWorker('bob', { learner, data })
    const [first, second] = [await alice.train(lineModel, settings), await bob.train(lineModel, settings)]
    expect(seeds).toEqual(['alice', 'bob'].map(id => deriveSeed(settings.seed, 'virtual-worker', id)))
    expect(first.update).not.toEqual(second.update)
  })

  test('gives as update the difference in double precision, rounded to single once', async () => {
    const [before, after] = [Math.fround(0.1), Math.fround(1e-9)]
    const parameters = Float32Array.of(after, after)
    const model: Model = { schema: lineModel.schema, parameters: Float32Array.of(before, before) }
    const learner = answering({ parameters, examples: 3, metrics: {} })
    const { update, weight } = await new VirtualWorker('alice', { learner, data }).train(model, settings)
    expect(update[0]).toBe(Math.fround(after - before))
    expect(weight).toBe(3)
  })

  test('is not misled by a learner that trains in place', async () => {
    const learner: Learner<Points> = {
      train: async ({ parameters }) => {
        parameters[0]! += 1
        return { parameters, examples: 1, metrics: {} }
      },
    }
    const { update } = await new VirtualWorker('alice', { learner, data }).train(lineModel, settings)
    expect([...update]).toEqual([1, 0])
    expect([...lineModel.parameters]).toEqual([0, 0])
  })

  test('calls its learner as a method, so that a learner may be an object with state', async () => {
    class Stateful implements Learner<Points> {
      readonly calls: string[] = []
      train(...told: Parameters<Learner<Points>['train']>) {
        this.calls.push('train')
        return lineLearner.train(...told)
      }
      evaluate(...told: [Model, Points]) {
        this.calls.push('evaluate')
        return lineLearner.evaluate!(...told)
      }
    }
    const learner = new Stateful()
    const worker = new VirtualWorker('alice', { learner, data })
    await worker.train(lineModel, settings)
    await worker.evaluate!(lineModel)
    expect(learner.calls).toEqual(['train', 'evaluate'])
  })

  test('says what it lacks when it cannot train', async () => {
    const idle = new VirtualWorker('alice', { data })
    const message = /Worker "alice" has no learner\. Pass one/
    await expectRejection(idle.train(lineModel, settings), 'worker-without-learner', message)
    const empty = new VirtualWorker<Points>('bob', { learner: lineLearner })
    await expectRejection(empty.train(lineModel, settings), 'worker-without-data', /"bob" holds no examples/)
    empty.receive(data.subset([]))
    await expectRejection(empty.evaluate!(lineModel), 'worker-without-data')
    await expectRejection(idle.train(lineModel, null as never), 'invalid-training-settings', /not null/)
  })

  test.each([
    [
      'too few parameters',
      { parameters: new Float32Array(1), examples: 1, metrics: {} },
      /1 parameters for a model of 2/,
    ],
    ['no parameters', { examples: 1, metrics: {} }, /returned undefined/],
    ['parameters that diverged', { parameters: Float32Array.of(0, Number.NaN), examples: 1 }, /changed parameter 1/],
    ['a part of an example', { parameters: new Float32Array(2), examples: 0.5, metrics: {} }, /not 0\.5/],
    [
      'a loss that is not a number',
      { parameters: new Float32Array(2), examples: 1, metrics: { loss: Number.NaN } },
      /"loss"/,
    ],
  ])('refuses a learner that returns %s', async (_, result, message) => {
    const worker = new VirtualWorker('alice', { learner: answering(result), data })
    await expectRejection(worker.train(lineModel, settings), 'learner-misbehaved', message)
  })

  test('refuses an evaluation that is not finite or does not count', async () => {
    const measuring = (result: object) =>
      new VirtualWorker('a', { learner: answering(result), data }).evaluate!(lineModel)
    await expectRejection(measuring({ examples: 1, accuracy: Number.NaN }), 'learner-misbehaved', /"accuracy"/)
    await expectRejection(measuring({ accuracy: 1 }), 'learner-misbehaved', /how many examples/)
    expect(await measuring({ examples: 4, accuracy: 1 })).toEqual({ weight: 4, metrics: { accuracy: 1 } })
  })

  test('reports the numbers that its learner measured and keeps the rest', async () => {
    const matrix = new Uint32Array(4)
    const measured = { loss: 0.5, network: 'line', confusion: matrix }
    const learner: Learner<Points> = {
      train: async () => ({ parameters: new Float32Array(2), examples: 3, metrics: measured }),
      evaluate: async () => ({ ...measured, examples: 3 }),
    }
    const worker = new VirtualWorker('a', { learner, data })
    expect((await worker.train(lineModel, settings)).metrics).toEqual({ loss: 0.5 })
    expect(await worker.evaluate!(lineModel)).toEqual({ weight: 3, metrics: { loss: 0.5 } })
  })

  test('does not call its learner for a round that is over', async () => {
    let calls = 0
    const learner: Learner<Points> = {
      train: (...told) => {
        calls++
        return lineLearner.train(...told)
      },
    }
    const worker = new VirtualWorker('a', { learner, data })
    const signal = AbortSignal.abort(new Error('over'))
    await expect(worker.train(lineModel, { ...settings, signal })).rejects.toThrow('over')
    expect(calls).toBe(0)
  })

  test('accepts a learner without metrics', async () => {
    const learner = answering({ parameters: new Float32Array(2), examples: 1 })
    expect((await new VirtualWorker('a', { learner, data }).train(lineModel, settings)).metrics).toEqual({})
  })

  test('needs an id of 1 to 64 bytes', () => {
    expectCode(() => new VirtualWorker(''), 'invalid-worker', /id of 0 bytes/)
  })
})
