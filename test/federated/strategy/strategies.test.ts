import { describe, expect, test } from 'vitest'
import {
  applyDelta,
  createModel,
  fedAvg,
  federate,
  fedSgd,
  iid,
  type Model,
  type Strategy,
  VirtualWorker,
} from '../../../src/federated/index.ts'
import { expectCode } from '../codes.ts'
import { lineLearner, lineModel, pointsOnLine } from '../linear-learner.ts'

const points = pointsOnLine(30, 2, -1)

/** A round without the protocol: the mean of the updates, weighted by examples, in the clear. */
async function plainRound(strategy: Strategy, model: Model, round: number): Promise<Model> {
  const workers = ['alice', 'bob', 'carol', 'dave'].map(id => new VirtualWorker(id, { learner: lineLearner }))
  const federated = federate(points, { workers, partition: iid({ seed: 3 }) })
  const mean = new Float64Array(model.parameters.length)
  for (const worker of federated.workers) {
    const { update, weight } = await worker.train(model, { ...strategy.localTraining(round), seed: round })
    for (const [i, entry] of update.entries()) mean[i]! += (weight / points.length) * entry
  }
  return strategy.apply(model, mean)
}

describe('FedAvg', () => {
  test('tells every worker its epochs, batch size and learning rate', () => {
    const strategy = fedAvg({ epochs: 5, batchSize: 10, learningRate: 0.1 })
    expect(strategy.name).toBe('FedAvg')
    expect(strategy.localTraining(0)).toEqual({ epochs: 5, batchSize: 10, learningRate: 0.1 })
    expect(strategy.localTraining(99)).toEqual(strategy.localTraining(0))
  })

  test('learns the line from workers of unequal size', async () => {
    const strategy = fedAvg({ epochs: 5, batchSize: 3, learningRate: 0.2 })
    let model = lineModel
    for (let round = 0; round < 30; round++) model = await plainRound(strategy, model, round)
    expect(model.parameters[0]).toBeCloseTo(2, 3)
    expect(model.parameters[1]).toBeCloseTo(-1, 3)
  })

  test('moves the model by the mean update times the server’s learning rate, rounded once', () => {
    const model = createModel(lineModel.schema, Float32Array.of(1, 2))
    const mean = Float64Array.of(0.1, -0.3)
    const moved = (serverLearningRate?: number) =>
      fedAvg({ epochs: 1, batchSize: 1, learningRate: 1, ...(serverLearningRate && { serverLearningRate }) }).apply(
        model,
        mean,
      )
    expect(moved()).toEqual(applyDelta(model, mean))
    expect([...moved(0.5).parameters]).toEqual([Math.fround(1 + 0.5 * 0.1), Math.fround(2 + 0.5 * -0.3)])
    expect([...mean]).toEqual([0.1, -0.3])
    expect([...model.parameters]).toEqual([1, 2])
  })

  test('refuses settings that workers would refuse', () => {
    const good = { epochs: 1, batchSize: 1, learningRate: 1 }
    expectCode(() => fedAvg({ ...good, epochs: 0 }), 'invalid-training-settings', /epochs/)
    expectCode(() => fedAvg({ ...good, batchSize: 'none' as never }), 'invalid-training-settings', /batchSize/)
    expectCode(() => fedAvg({ ...good, learningRate: Number.NaN }), 'invalid-training-settings', /learningRate/)
    expectCode(() => fedAvg({ ...good, serverLearningRate: 0 }), 'invalid-option', /serverLearningRate/)
  })
})

describe('FedSGD', () => {
  test('is one gradient step over all data of each worker', () => {
    const strategy = fedSgd({ learningRate: 0.3 })
    expect(strategy.name).toBe('FedSGD')
    expect(strategy.localTraining(7)).toEqual({ epochs: 1, batchSize: 'all', learningRate: 0.3 })
    expectCode(() => fedSgd({ learningRate: -1 }), 'invalid-training-settings', /learningRate/)
  })

  test('takes the same step as gradient descent over the data of all workers together', async () => {
    const strategy = fedSgd({ learningRate: 0.3 })
    const federated = await plainRound(strategy, lineModel, 1)
    const central = await lineLearner.train(lineModel, points, { ...strategy.localTraining(1), seed: 1 })
    for (const [i, value] of federated.parameters.entries()) expect(value).toBeCloseTo(central.parameters[i]!, 6)
    expect(federated.parameters.some(value => value !== 0)).toBe(true)
  })
})

describe('the seam of strategies', () => {
  test('fits one with state on the server, such as momentum', async () => {
    const withMomentum = (inner: Strategy, beta: number): Strategy => {
      let velocity = new Float64Array(0)
      return {
        ...inner,
        name: `${inner.name} with momentum`,
        apply: (model, meanDelta) => {
          const before = velocity
          velocity = meanDelta.map((entry, i) => beta * (before[i] ?? 0) + entry)
          return inner.apply(model, velocity)
        },
      }
    }
    const strategy = withMomentum(fedSgd({ learningRate: 0.1 }), 0.5)
    const first = strategy.apply(lineModel, Float64Array.of(1, 0))
    const second = strategy.apply(first, Float64Array.of(1, 0))
    expect([...second.parameters]).toEqual([2.5, 0])
  })
})
