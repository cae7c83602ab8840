import { describe, expect, it } from 'vitest'
import { dropoutsAt, modelHash, runSecureFederatedEvaluation, type Worker } from '../../../src/federated/index.ts'
import type { ThreatModel } from '../../../src/secagg/parameters.ts'
import { secureRandom } from '../../../src/secagg/primitives/random.ts'
import { generateIdentity } from '../../../src/secagg/primitives/signature.ts'
import { expectRejection } from '../codes.ts'
import { lineModel } from '../linear-learner.ts'
import { fixedWorkers, lineWorkers, listen, outline, vectorModel } from './cohort.ts'

function evaluator(id: string, weight: number, metrics: Record<string, number>): Worker {
  return { id, train: () => Promise.reject(new Error('not now')), evaluate: async () => ({ weight, metrics }) }
}

describe('a secure evaluation', () => {
  it.each<ThreatModel>(['semi-honest', 'semi-malicious', 'malicious-server'])(
    'equals the weighted mean computed in clear, within its bound, %s',
    async threatModel => {
      const workers = lineWorkers(5)
      const identities = new Map(workers.map(({ id }) => [id, generateIdentity(secureRandom)]))
      const clear = await Promise.all(workers.map(worker => worker.evaluate!(lineModel)))
      const total = clear.reduce((sum, { weight }) => sum + weight, 0)
      const loss = clear.reduce((sum, { weight, metrics }) => sum + weight * metrics.loss!, 0) / total
      const result = await runSecureFederatedEvaluation({
        model: lineModel,
        workers,
        threatModel,
        identities,
        weightBound: 20,
      })
      expect(result.totalWeight).toBe(total)
      expect(Math.abs(result.metrics.loss! - loss)).toBeLessThanOrEqual(result.metricErrors.loss!)
      expect(result.metricErrors.loss).toBeLessThan(1e-6)
      expect(result.survivors).toEqual(workers.map(({ id }) => id))
      expect(result.encoding.metricsSaturated).toBe(0)
    },
  )

  it('is over those who stay', async () => {
    const workers = [1, 2, 3, 4].map(i => evaluator(`w${i}`, i, { accuracy: i / 10 }))
    const dropouts = dropoutsAt({ 2: { w4: 'ShareKeys' } })
    const { metrics, totalWeight, dropped } = await runSecureFederatedEvaluation({
      model: vectorModel(1),
      workers,
      dropouts,
      threshold: 2,
      round: 2,
    })
    expect(totalWeight).toBe(6)
    expect(metrics).toEqual({ accuracy: expect.closeTo((1 * 0.1 + 2 * 0.2 + 3 * 0.3) / 6, 4) })
    expect(outline(dropped)).toEqual(['w4 ShareKeys silent'])
  })

  it('drops who fails, and warns of values beyond their range', async () => {
    const { of, onEvent } = listen()
    const workers = [1, 2, 3].map(i => evaluator(`w${i}`, i, { f1: i }))
    const broken = { ...evaluator('broken', 1, {}), evaluate: () => Promise.reject('no camera') }
    const { metrics, dropped, encoding } = await runSecureFederatedEvaluation({
      model: vectorModel(1),
      workers: [...workers, broken],
      metrics: [{ name: 'f1', min: 0, max: 2 }],
      threshold: 2,
      onEvent,
    })
    expect(outline(dropped)).toEqual(['broken MaskedInputCollection failed'])
    expect(metrics.f1).toBeCloseTo((1 + 2 * 2 + 3 * 2) / 6, 3)
    expect(encoding.metricsSaturated).toBe(1)
    expect(of('warning').map(({ code }) => code)).toEqual(['metric-saturated'])
  })

  it('repeats its rounding with a seed', async () => {
    const workers = [1, 2, 3].map(i => evaluator(`w${i}`, i, { loss: i / 7 }))
    const run = async (seed: number) =>
      (await runSecureFederatedEvaluation({ model: vectorModel(1), workers, seed })).metrics
    expect(await run(1)).toEqual(await run(1))
    expect(await run(1)).not.toEqual(await run(2))
  })

  it('gives every worker a model of its own', async () => {
    const model = vectorModel(2)
    const before = modelHash(model)
    const seen: number[] = []
    const workers = ['a', 'b', 'c'].map(
      (id): Worker => ({
        ...evaluator(id, 1, {}),
        evaluate: async given => {
          seen.push(given.parameters[0]!)
          given.parameters.fill(9)
          return { weight: 1, metrics: {} }
        },
      }),
    )
    await runSecureFederatedEvaluation({ model, workers })
    expect(seen).toEqual(Array(3).fill(model.parameters[0]))
    expect(modelHash(model)).toBe(before)
  })

  it('refuses workers that cannot evaluate, and options that do not fit, before anything is sent', async () => {
    const model = vectorModel(3)
    const workers = [1, 2, 3].map(i => evaluator(`w${i}`, i, {}))
    const mixed = [...workers, ...fixedWorkers(1, 3)]
    await expectRejection(
      runSecureFederatedEvaluation({ model, workers: mixed }),
      'worker-cannot',
      /"w0" has no evaluate/,
    )
    const tooFew = runSecureFederatedEvaluation({ model, workers: workers.slice(1) })
    await expectRejection(tooFew, 'cohort-too-small', /A cohort of 2/)
    const unweighted = runSecureFederatedEvaluation({ model, workers, weightBound: 0 })
    await expectRejection(unweighted, 'invalid-option', /weightBound must be an integer of at least 1/)
    const unseeded = runSecureFederatedEvaluation({ model, workers, seed: -1 })
    await expectRejection(unseeded, 'invalid-option', /seed/)
  })
})
