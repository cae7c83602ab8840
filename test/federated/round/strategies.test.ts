import { describe, expect, it } from 'vitest'
import {
  applyDelta,
  type LocalTraining,
  runPlaintextFederatedRound,
  runSecureFederatedRound,
  type Strategy,
  type Worker,
} from '../../../src/federated/index.ts'
import { fixedWorkers, vectorModel } from './cohort.ts'

const model = vectorModel(2)
const TRAINING = { epochs: 1, batchSize: 'all', learningRate: 1 } as const

describe('a strategy of one’s own', () => {
  it('is asked for the settings of this round, and makes the next model from the mean', async () => {
    const asked: number[] = []
    const halving: Strategy = {
      name: 'halving',
      localTraining: round => {
        asked.push(round)
        return TRAINING
      },
      apply: (before, mean) =>
        applyDelta(
          before,
          mean.map(entry => entry / 2),
        ),
    }
    const options = { model, workers: fixedWorkers(3, 2), strategy: halving, round: 5 }
    const { model: next, delta } = await runSecureFederatedRound(options)
    expect(asked).toEqual([5])
    for (const [i, value] of next.parameters.entries())
      expect(value).toBe(Math.fround(model.parameters[i]! + delta[i]! / 2))
  })

  it('may work in place: the mean that is reported is another array', async () => {
    const rough: Strategy = {
      name: 'in place',
      localTraining: () => TRAINING,
      apply: (before, mean) => applyDelta(before, mean.fill(7)),
    }
    for (const run of [runSecureFederatedRound, runPlaintextFederatedRound]) {
      const { model: next, delta } = await run({ model, workers: fixedWorkers(3, 2), strategy: rough })
      expect([...next.parameters]).toEqual([...model.parameters].map(value => value + 7))
      expect(delta.every(value => Math.abs(value) < 1)).toBe(true)
    }
  })

  it('may have settings of its own, nested ones too; what one worker does to them no other sees', async () => {
    const seen: number[][] = []
    const settings = { ...TRAINING, schedule: { rates: [0.1, 0.01] } }
    const custom: Strategy = { name: 'custom', localTraining: () => settings, apply: before => before }
    const workers = ['a', 'b', 'c'].map(
      (id): Worker => ({
        id,
        train: async (_, given) => {
          const { rates } = (given as LocalTraining & typeof settings).schedule
          seen.push([...rates])
          rates.fill(0)
          return { update: new Float32Array(2), weight: 1, metrics: {} }
        },
      }),
    )
    await runSecureFederatedRound({ model, workers, strategy: custom })
    expect(seen).toEqual(Array(3).fill([0.1, 0.01]))
    expect(settings.schedule.rates).toEqual([0.1, 0.01])
  })

  it('that fails ends the round with its error, unfinished', async () => {
    const thrown = new RangeError('no such round')
    const failing: Strategy = {
      name: 'failing',
      localTraining: () => TRAINING,
      apply: () => {
        throw thrown
      },
    }
    const finished: string[] = []
    const round = runSecureFederatedRound({
      model,
      workers: fixedWorkers(3, 2),
      strategy: failing,
      onEvent: ({ type }) => void finished.push(type),
    })
    await expect(round).rejects.toBe(thrown)
    expect(finished).not.toContain('round-finished')
  })
})

describe('the rounding of a round with a seed', () => {
  it('differs between workers and rounds: one key, one input', async () => {
    const same = ['a', 'b', 'c'].map(
      (id): Worker => ({
        id,
        train: async () => ({ update: new Float32Array(64).fill(1 / 3), weight: 1, metrics: {} }),
      }),
    )
    const wide = vectorModel(64)
    const encoding = { bits: 4, weightBound: 1 }
    const run = async (round: number) => [
      ...(await runPlaintextFederatedRound({ model: wide, workers: same, encoding, seed: 1, round })).delta,
    ]
    const delta = await run(0)
    // 1/3 of 7 steps is 2 or 3 for each: were the three rounded alike, their mean would be 2/7 or 3/7 everywhere.
    const steps = new Set(delta.map(value => Math.round(3 * 7 * value)))
    expect(steps).toEqual(new Set([6, 7, 8, 9]))
    expect(await run(0)).toEqual(delta)
    expect(await run(1)).not.toEqual(delta)
  })
})
