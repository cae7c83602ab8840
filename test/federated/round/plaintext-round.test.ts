import { describe, expect, it } from 'vitest'
import { dropoutsAt, runPlaintextFederatedRound } from '../../../src/federated/index.ts'
import { fixedWorker, fixedWorkers, outline, rejectionOf, tapServer, vectorModel } from './cohort.ts'

const model = vectorModel(2)

describe('the plaintext round', () => {
  it('is federated averaging: floatDelta is the weighted mean to the last digits', async () => {
    const workers = [
      fixedWorker('a', { update: [0.5, -0.25], weight: 1 }),
      fixedWorker('b', { update: [0.25, 3], weight: 3 }),
    ]
    const { floatDelta, delta, encoding, totalWeight, survivors } = await runPlaintextFederatedRound({ model, workers })
    expect([...floatDelta]).toEqual([(0.5 + 0.75) / 4, (-0.25 + 9) / 4])
    expect(totalWeight).toBe(4)
    expect(survivors).toEqual(['a', 'b'])
    // The 3 was clipped to 1 in the quantized mean, and is itself in the float one.
    expect(encoding.clippedCoordinates).toBe(1)
    expect(Math.abs(delta[1]! - (-0.25 + 3) / 4)).toBeLessThanOrEqual(encoding.worstCaseError)
  })

  it('uses no protocol at all', async () => {
    const sent = tapServer()
    await runPlaintextFederatedRound({ model, workers: fixedWorkers(3, 2) })
    expect(sent).toEqual([])
  })

  it('leaves out who drops out before the masked inputs are in, and nobody else', async () => {
    const dropouts = dropoutsAt({
      1: {
        w0: 'AdvertiseKeys',
        w1: 'ShareKeys',
        w2: 'MaskedInputCollection',
        w3: 'ConsistencyCheck',
        w4: 'Unmasking',
      },
    })
    const workers = fixedWorkers(6, 2)
    const { survivors, dropped } = await runPlaintextFederatedRound({ model, workers, dropouts, round: 1 })
    expect(survivors).toEqual(['w3', 'w4', 'w5'])
    expect(outline(dropped)).toEqual([
      'w0 AdvertiseKeys silent',
      'w1 ShareKeys silent',
      'w2 MaskedInputCollection silent',
    ])
  })

  it('aborts when nobody is left', async () => {
    const dropouts = () => 'ShareKeys' as const
    expect(
      await rejectionOf(runPlaintextFederatedRound({ model, workers: fixedWorkers(3, 2), dropouts })),
    ).toMatchObject({
      name: 'AggregationAbortedError',
      code: 'too-few-survivors',
      message: 'All 3 workers dropped out. The dropouts were simulated.',
    })
  })
})
