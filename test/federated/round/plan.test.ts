import { expect, test } from 'vitest'
import { federate, planFederatedRound, runSecureFederatedRound, VirtualWorker } from '../../../src/index.ts'
import { lineLearner, lineModel, pointsOnLine } from '../linear-learner.ts'

function cohort(size: number) {
  const workers = Array.from({ length: size }, (_, i) => new VirtualWorker(`w${i}`, { learner: lineLearner }))
  federate(pointsOnLine(10 * size, 2, 1), { workers })
  return workers
}

test('the plan of a round names the modulus that the round then uses', async () => {
  const options = { model: lineModel, workers: cohort(5), encoding: { weightBound: 10, bits: 20 }, seed: 1 }
  const plan = planFederatedRound(options)
  const { encoding } = await runSecureFederatedRound(options)
  expect(plan.modulusBits).toBe(encoding.modulusBits)
  // Five times a range of ±(2^19 - 1) takes 23 bits.
  expect(plan.modulusBits).toBe(23)
  expect(plan).toMatchObject({ neighbours: 4, threshold: 3 })
  expect(plan.vectorLength).toBeGreaterThan(lineModel.parameters.length)
})

test('the plan takes over a threshold and the degree of a sparser graph', () => {
  const graph = { kind: 'harary', degree: 4 } as const
  expect(planFederatedRound({ model: lineModel, workers: cohort(9), graph, threshold: 4 })).toMatchObject({
    neighbours: 4,
    threshold: 4,
  })
})

test('planning refuses what the round would refuse', () => {
  const workers = cohort(4)
  expect(() => planFederatedRound({ model: lineModel, workers, threshold: 4 })).toThrow(
    expect.objectContaining({ code: 'threshold-above-cohort' }),
  )
  expect(() => planFederatedRound({ model: lineModel, workers, encoding: { bits: 1 } })).toThrow(
    expect.objectContaining({ code: 'encoding-spec' }),
  )
})
