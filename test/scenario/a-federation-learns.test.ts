import { describe, expect, it } from 'vitest'
import {
  dropoutsAt,
  fedAvg,
  federate,
  fedSgd,
  labelShards,
  type Model,
  modelHash,
  runPlaintextFederatedRound,
  runSecureFederatedEvaluation,
  runSecureFederatedRound,
  VirtualWorker,
} from '../../src/index.ts'
import { lineLearner, lineModel, type Points, pointsOnLine } from '../federated/linear-learner.ts'

/**
 * Eight weather stations have each seen a part of one line, y = 2x + 1, sorted so that none could find it alone. Together
 * they learn it, round by round, while some lose their connection.
 */
describe('eight stations learn a line that none of them has seen', () => {
  const stations = Array.from({ length: 8 }, (_, i) => {
    return new VirtualWorker<Points>(`station-${i}`, { learner: lineLearner })
  })
  federate(pointsOnLine(160, 2, 1), { workers: stations, partition: labelShards({ seed: 3 }) })
  const dropouts = dropoutsAt({
    1: { 'station-0': 'AdvertiseKeys' },
    2: { 'station-3': 'MaskedInputCollection', 'station-7': 'Unmasking' },
    4: { 'station-1': 'ShareKeys' },
  })
  // Updates of the first rounds are large: without room for them they would be clipped.
  const encoding = { clip: { kind: 'coordinate', bound: 2 }, weightBound: 20 } as const

  it('with federated averaging, the model of every round equal to the baseline’s to the bit', async () => {
    const strategy = fedAvg({ epochs: 5, batchSize: 5, learningRate: 0.2 })
    let secure: Model = lineModel
    let plain: Model = lineModel
    const losses: number[] = []
    for (let round = 0; round < 6; round++) {
      const common = { workers: stations, strategy, encoding, dropouts, round, seed: 1 }
      const result = await runSecureFederatedRound({ ...common, model: secure })
      plain = (await runPlaintextFederatedRound({ ...common, model: plain })).model
      secure = result.model
      losses.push(result.metrics.loss!)
      expect(modelHash(secure), `round ${round}`).toBe(modelHash(plain))
      expect(result.encoding.clippedFraction).toBe(0)
    }
    expect([...secure.parameters]).toEqual([expect.closeTo(2, 1), expect.closeTo(1, 1)])
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 50)

    const evaluation = await runSecureFederatedEvaluation({ model: secure, workers: stations, weightBound: 20 })
    expect(evaluation.totalWeight).toBe(160)
    expect(evaluation.metrics.loss).toBeLessThan(0.01)
  })

  it('with federated SGD, which is gradient descent on the data of all', async () => {
    const strategy = fedSgd({ learningRate: 0.5 })
    const { model } = await runSecureFederatedRound({
      model: lineModel,
      workers: stations,
      strategy,
      encoding: { ...encoding, bits: 32 },
    })
    const all = await lineLearner.train(lineModel, pointsOnLine(160, 2, 1), {
      epochs: 1,
      batchSize: 'all',
      learningRate: 0.5,
      seed: 0,
    })
    for (const [i, value] of model.parameters.entries()) expect(value).toBeCloseTo(all.parameters[i]!, 6)
  })

  it('and a round that too many leave costs nothing: the model stays, and the next round goes on from it', async () => {
    const leaving = dropoutsAt({
      0: Object.fromEntries(stations.slice(0, 4).map(({ id }) => [id, 'Unmasking' as const])),
    })
    const common = { model: lineModel, workers: stations, encoding, seed: 2 }
    const before = modelHash(lineModel)
    await expect(runSecureFederatedRound({ ...common, dropouts: leaving })).rejects.toMatchObject({
      name: 'AggregationAbortedError',
      code: 'too-few-shares',
    })
    expect(modelHash(lineModel)).toBe(before)
    const again = await runSecureFederatedRound({ ...common, dropouts: leaving, round: 1 })
    expect(again.survivors).toHaveLength(8)
  })
})
