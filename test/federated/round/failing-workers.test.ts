import { describe, expect, it } from 'vitest'
import {
  ContributionError,
  type FederatedRoundOptions,
  modelHash,
  runPlaintextFederatedRound,
  runSecureFederatedRound,
  VirtualWorker,
  type Worker,
} from '../../../src/federated/index.ts'
import { AggregationAbortedError } from '../../../src/secagg/errors.ts'
import { lineLearner, lineModel, Points } from '../linear-learner.ts'
import { fixedWorker, fixedWorkers, lineWorkers, listen, outline, rejectionOf, vectorModel } from './cohort.ts'

const model = vectorModel(2)
const sound = fixedWorkers(4, 2)

/** Something in a patient's record, as a worker's own code may well put it into an error. */
const RECORD = 'Jane Doe, 172.5 mmol/l'

class DriverError extends Error {
  readonly code = 'ECONNRESET'
}

function worker(train: () => unknown): Worker {
  return { id: 'bad', train: async () => train() as never }
}

const FAILURES: readonly { what: string; bad: Worker; says: RegExp }[] = [
  {
    what: 'an update with NaN',
    bad: fixedWorker('bad', { update: [1 / 4, Number.NaN] }),
    says: /value 1 is not finite/,
  },
  {
    what: 'an infinite update',
    bad: fixedWorker('bad', { update: [Number.NEGATIVE_INFINITY, 0] }),
    says: /value 0 is not finite/,
  },
  {
    what: 'an update of the wrong length',
    bad: fixedWorker('bad', { update: [0, 0, 0] }),
    says: /"bad": its update has 3 entries, and must have 2/,
  },
  {
    what: 'an update that is no vector',
    bad: worker(() => ({ update: 'weights', weight: 1, metrics: {} })),
    says: /its update is string, and must have 2/,
  },
  { what: 'no result at all', bad: worker(() => undefined), says: /its train gave undefined; it must give \{ update/ },
  {
    what: 'metrics that are no object',
    bad: worker(() => ({ update: [0, 0], weight: 1, metrics: 3 })),
    says: /metrics that are 3; they must be an object/,
  },
  {
    what: 'a weight above the bound',
    bad: fixedWorker('bad', { update: [0, 0], weight: 51 }),
    says: /exceeds the plan's weightBound of 50: raise weightBound, or lower the weight/,
  },
  {
    what: 'a negative weight',
    bad: fixedWorker('bad', { update: [0, 0], weight: -1 }),
    says: /weight must be a non-negative integer/,
  },
  {
    what: 'a fractional weight',
    bad: fixedWorker('bad', { update: [0, 0], weight: 1.5 }),
    says: /weight must be a non-negative integer/,
  },
  {
    what: 'a metric that is not finite',
    bad: fixedWorker('bad', { update: [0, 0], metrics: { loss: Number.NaN } }),
    says: /metric "loss" is not a finite number; leave it out/,
  },
  {
    what: 'an error of its own',
    bad: worker(() => {
      throw new TypeError(`cannot parse ${RECORD}`)
    }),
    says: /its own code threw TypeError;/,
  },
  {
    what: 'an error with a code',
    bad: worker(() => {
      throw new DriverError(RECORD)
    }),
    says: /its own code threw DriverError "ECONNRESET";/,
  },
  {
    what: 'an error whose code is not one',
    bad: worker(() => {
      throw Object.assign(new Error(RECORD), { code: RECORD })
    }),
    says: /its own code threw Error;/,
  },
  {
    what: 'something that is not an error',
    bad: worker(() => {
      throw RECORD
    }),
    says: /its own code threw string;/,
  },
  {
    what: 'nothing for a reason',
    bad: worker(() => {
      throw undefined
    }),
    says: /its own code threw undefined;/,
  },
]

function optionsWith(workers: readonly Worker[]): FederatedRoundOptions {
  return { model, workers, encoding: { weightBound: 50 }, seed: 1 }
}

describe('a worker that fails is dropped, and the round goes on', () => {
  it.each(FAILURES)('with $what', async ({ bad, says }) => {
    const { of, events, onEvent } = listen()
    const result = await runSecureFederatedRound({ ...optionsWith([...sound, bad]), onEvent })
    expect(result.survivors).not.toContain('bad')
    expect(outline(result.dropped)).toEqual(['bad MaskedInputCollection failed'])
    expect(result.dropped[0]!.detail).toMatch(says)
    expect(of('worker-dropped')).toEqual([{ type: 'worker-dropped', dropped: result.dropped[0] }])
    expect(of('worker-trained').map(event => event.worker)).toEqual(sound.map(({ id }) => id))
    expect(JSON.stringify(events)).not.toContain('172.5')

    const plain = await runPlaintextFederatedRound(optionsWith([...sound, bad]))
    expect(modelHash(result.model)).toBe(modelHash(plain.model))
    expect(plain.dropped).toEqual(result.dropped)
  })

  it.each(FAILURES)('unless all do, with $what', async ({ bad, says }) => {
    const all = ['a', 'b', 'c'].map((id): Worker => ({ ...bad, id }))
    const before = modelHash(model)
    for (const run of [runSecureFederatedRound, runPlaintextFederatedRound]) {
      const error = await rejectionOf(run(optionsWith(all)))
      expect(error).toBeInstanceOf(AggregationAbortedError)
      expect(error).toMatchObject({ code: 'too-few-survivors' })
      const { message } = error as Error
      expect(message).toMatch(new RegExp(says.source.replace('"bad"', '"a"')))
      expect(message).not.toContain('172.5')
    }
    expect(modelHash(model)).toBe(before)
  })
})

describe('an error of a worker’s own code', () => {
  it('stays with the worker: the cause of the cause, never the message', async () => {
    const original = new RangeError(RECORD)
    const bad = (id: string): Worker => ({ id, train: () => Promise.reject(original) })
    const error = (await rejectionOf(runSecureFederatedRound(optionsWith(['a', 'b', 'c'].map(bad))))) as Error
    const contribution = error.cause as ContributionError
    expect(contribution).toBeInstanceOf(ContributionError)
    expect(contribution).toMatchObject({ code: 'contribution-failed', clientId: 'a' })
    expect(contribution.message).not.toContain('Jane')
    expect(contribution.cause).toBe(original)
  })

  it('may be thrown without a promise', async () => {
    const rash = {
      id: 'rash',
      train: () => {
        throw new Error('at once')
      },
    } as unknown as Worker
    const { dropped } = await runSecureFederatedRound(optionsWith([...sound, rash]))
    expect(outline(dropped)).toEqual(['rash MaskedInputCollection failed'])
  })
})

describe('a virtual worker that cannot train', () => {
  it('is dropped, and what it misses is told', async () => {
    const empty = new VirtualWorker('empty', { learner: lineLearner })
    const diverged = new VirtualWorker('diverged', {
      learner: lineLearner,
      data: new Points([1, 1e45], [1, 1]),
    })
    const { dropped } = await runSecureFederatedRound({
      model: lineModel,
      workers: [...lineWorkers(6), empty, diverged],
    })
    expect(outline(dropped)).toEqual(['diverged MaskedInputCollection failed', 'empty MaskedInputCollection failed'])
    const details = new Map(dropped.map(({ id, detail }) => [id, detail]))
    expect(details.get('empty')).toMatch(/"empty" holds no examples\. Move some to it/)
    expect(details.get('diverged')).toMatch(/not finite\. A lower learning rate may help/)
  })
})

describe('a worker that does as it likes with what it is given', () => {
  it('trains in place, and neither the caller’s model nor another worker’s is touched', async () => {
    const seen: number[][] = []
    const spoiler = (id: string): Worker => ({
      id,
      train: async (given, settings) => {
        seen.push([...given.parameters])
        given.parameters.fill(99)
        Object.assign(settings, { epochs: 1_000 })
        return { update: Float32Array.of(0.5, 0.25), weight: 1, metrics: {} }
      },
    })
    const epochs: number[] = []
    const witness: Worker = {
      id: 'witness',
      train: async (given, settings) => {
        seen.push([...given.parameters])
        epochs.push(settings.epochs)
        return { update: Float32Array.of(0.5, 0.25), weight: 1, metrics: {} }
      },
    }
    const before = modelHash(model)
    const asked = optionsWith([spoiler('a'), spoiler('b'), witness])
    const secure = await runSecureFederatedRound(asked)
    expect(seen).toEqual(Array(3).fill([...model.parameters]))
    expect(epochs).toEqual([1])
    expect(modelHash(model)).toBe(before)
    expect(modelHash(secure.model)).toBe(modelHash((await runPlaintextFederatedRound(asked)).model))
    expect(secure.model.parameters[0]).toBeCloseTo(model.parameters[0]! + 0.5, 2)
  })

  it('cannot reach the round by the caller’s model either', async () => {
    const shared = vectorModel(2)
    const before = [...shared.parameters]
    const saboteur = (id: string): Worker => ({
      id,
      train: async () => {
        shared.parameters.fill(-7)
        return { update: Float32Array.of(0.5, 0.5), weight: 50, metrics: {} }
      },
    })
    const { model: next } = await runSecureFederatedRound({
      ...optionsWith(['a', 'b', 'c'].map(saboteur)),
      model: shared,
    })
    for (const [i, value] of next.parameters.entries()) expect(value).toBeCloseTo(before[i]! + 0.5, 4)
  })

  it('may leave out its metrics, and use a Float64Array or an array for its update', async () => {
    const lax = [Float64Array.of(0.5, 0), [0.5, 0], Float32Array.of(0.5, 0)].map(
      (update, i) => ({ id: `lax${i}`, train: async () => ({ update, weight: 50 }) }) as unknown as Worker,
    )
    const { delta, metrics } = await runSecureFederatedRound(optionsWith(lax))
    expect(delta[0]).toBeCloseTo(0.5, 5)
    expect(metrics).toEqual({})
  })
})
