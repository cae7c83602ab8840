import { describe, expect, it } from 'vitest'
import {
  dropoutsAt,
  type FederatedRoundOptions,
  runPlaintextFederatedRound,
  runSecureFederatedRound,
  type Worker,
} from '../../../src/federated/index.ts'
import { expectRejection } from '../codes.ts'
import { fixedWorkers, vectorModel } from './cohort.ts'

/** Workers of which the first take longest, and a count of how many train at once. */
function slowWorkers(count: number): { workers: Worker[]; most: () => number } {
  let running = 0
  let most = 0
  const workers = fixedWorkers(count, 5).map((worker, i): Worker => {
    const train: Worker['train'] = async (model, settings) => {
      most = Math.max(most, ++running)
      await new Promise(resolve => setTimeout(resolve, 20 * (count - i)))
      running--
      return worker.train(model, settings)
    }
    return { id: worker.id, train }
  })
  return { workers, most: () => most }
}

async function story(concurrency: number) {
  const { workers, most } = slowWorkers(7)
  const events: string[] = []
  const options: FederatedRoundOptions = {
    model: vectorModel(5),
    workers,
    seed: 3,
    concurrency,
    dropouts: dropoutsAt({ 0: { w2: 'MaskedInputCollection' } }),
    onEvent: event => events.push(event.type === 'worker-trained' ? event.worker : event.type),
  }
  const { model, survivors, dropped, phases } = await runSecureFederatedRound(options)
  const secureMost = most()
  const plaintext = await runPlaintextFederatedRound(options)
  expect(plaintext.model).toEqual(model)
  return { told: { model, survivors, dropped, events, floats: plaintext.floatDelta }, phases, most: secureMost }
}

describe('workers that train at the same time', () => {
  it('give the same models, dropouts and events as one after the other', async () => {
    const [one, three] = [await story(1), await story(3)]
    expect(one.most).toBe(1)
    expect(three.most).toBe(3)
    expect(three.told).toEqual(one.told)
  })

  it('are timed by the clock: what overlaps counts once', async () => {
    const started = performance.now()
    const { phases } = await story(7)
    const wall = (performance.now() - started) / 1000
    const [training] = phases
    expect(training).toMatchObject({ phase: 'Training', clients: 6 })
    // Added up they train for 20 * (7 + 6 + 4 + 3 + 2 + 1) = 460 ms, side by side for 140; the rest of the round takes less.
    expect(phases.reduce((total, { seconds }) => total + seconds, 0)).toBeLessThanOrEqual(wall)
  })

  it('are at least one', async () => {
    const round = runSecureFederatedRound({ model: vectorModel(5), workers: fixedWorkers(3, 5), concurrency: 0 })
    await expectRejection(round, 'invalid-option', /concurrency must be an integer of at least 1/)
  })
})
