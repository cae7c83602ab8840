import { describe, expect, it } from 'vitest'
import {
  dropoutsAt,
  type FederatedRoundOptions,
  modelHash,
  planFederatedRound,
  runPlaintextFederatedRound,
  runSecureFederatedRound,
  type Strategy,
} from '../../../src/federated/index.ts'
import { SecAggError } from '../../../src/secagg/errors.ts'
import { findGraphParameters } from '../../../src/secagg/graph/index.ts'
import { secureRandom } from '../../../src/secagg/primitives/random.ts'
import { generateIdentity } from '../../../src/secagg/primitives/signature.ts'
import { fixedWorker, fixedWorkers, listen, rejectionOf, vectorModel } from './cohort.ts'

const model = vectorModel(3)
const workers = fixedWorkers(4, 3)
const SMALL = { minimumCohort: 2, minimumSurvivors: 2, acceptSmallCohort: true }
const identityOf = () => generateIdentity(secureRandom)

interface BadOption {
  readonly what: string
  readonly change: Record<string, unknown>
  readonly code: string
  readonly says: RegExp
}

const BAD: readonly BadOption[] = [
  { what: 'no model', change: { model: undefined }, code: 'invalid-schema', says: /schema/ },
  {
    what: 'a model with NaN',
    change: { model: { ...model, parameters: Float32Array.of(0, Number.NaN, 0) } },
    code: 'non-finite-parameter',
    says: /Parameter 1 .*"vector"/,
  },
  { what: 'no workers', change: { workers: [] }, code: 'no-workers', says: /at least one worker/ },
  {
    what: 'two workers with one id',
    change: { workers: [...workers, fixedWorker('w1', { update: [0, 0, 0] })] },
    code: 'duplicate-worker',
    says: /Workers 1 and 4 .*"w1".*Give each its own/,
  },
  {
    what: 'a worker that cannot train',
    change: { workers: [...workers, { id: 'idle' }] },
    code: 'invalid-worker',
    says: /"idle".*train/,
  },
  {
    what: 'a cohort of one',
    change: { workers: workers.slice(0, 1) },
    code: 'cohort-too-small',
    says: /A cohort of 1.*a sum over one is that one.*add workers/,
  },
  {
    what: 'a cohort of one, whatever the policy',
    change: { workers: workers.slice(0, 1), policy: { ...SMALL, minimumCohort: 1, minimumSurvivors: 1 } },
    code: 'cohort-too-small',
    says: /A cohort of 1, where at least 2/,
  },
  {
    what: 'a cohort of two',
    change: { workers: workers.slice(0, 2) },
    code: 'cohort-too-small',
    says: /A cohort of 2.*learns the other.*acceptSmallCohort: true/,
  },
  {
    what: 'a policy for small cohorts that does not say that it is meant',
    change: { policy: { minimumCohort: 2, minimumSurvivors: 2 } },
    code: 'small-cohort',
    says: /acceptSmallCohort/,
  },
  {
    what: 'fewer workers than the policy wants in the sum',
    change: { policy: { minimumSurvivors: 5 } },
    code: 'cohort-too-small',
    says: /A cohort of 4, where at least 5 .*policy.minimumSurvivors/,
  },
  {
    what: 'a threshold above the cohort',
    change: { threshold: 4 },
    code: 'threshold-above-cohort',
    says: /threshold of 4 .*3 neighbours: lower it/,
  },
  {
    what: 'a threshold of one',
    change: { threshold: 1 },
    code: 'bad-parameter',
    says: /threshold must be a whole number from 2/,
  },
  {
    what: 'more than 255 sharers',
    change: { workers: fixedWorkers(257, 3) },
    code: 'too-many-sharers',
    says: /257 clients .* 256 .*k-regular graph \(findGraphParameters\)/,
  },
  { what: 'an unknown threat model', change: { threatModel: 'paranoid' }, code: 'bad-parameter', says: /"paranoid"/ },
  {
    what: 'a sparse graph against a malicious server',
    change: {
      workers: fixedWorkers(6, 3),
      threatModel: 'malicious-server',
      graph: { kind: 'harary', degree: 4 },
      identities: new Map(fixedWorkers(6, 3).map(({ id }) => [id, identityOf()])),
    },
    code: 'graph-not-complete',
    says: /complete graph .*semi-malicious/,
  },
  {
    what: 'a malicious server and no identities',
    change: { threatModel: 'malicious-server' },
    code: 'invalid-option',
    says: /identity of every worker, and "w0" has none: pass identities: new Map/,
  },
  {
    what: 'a malicious server and one identity missing',
    change: {
      threatModel: 'malicious-server',
      identities: new Map(['w0', 'w1', 'w3'].map(id => [id, identityOf()])),
    },
    code: 'invalid-option',
    says: /"w2" has none/,
  },
  {
    what: 'identities that are not a Map',
    change: { threatModel: 'malicious-server', identities: { w0: identityOf() } },
    code: 'invalid-option',
    says: /identities must be a Map/,
  },
  { what: 'a negative round', change: { round: -1 }, code: 'invalid-option', says: /round must be an integer/ },
  { what: 'a seed that is no integer', change: { seed: 0.5 }, code: 'invalid-option', says: /seed/ },
  {
    what: 'a strategy without methods',
    change: { strategy: {} },
    code: 'invalid-option',
    says: /localTraining.*apply/,
  },
  {
    what: 'a strategy whose settings no worker would take',
    change: { strategy: strategyOf({ epochs: 0, batchSize: 1, learningRate: 1 }) },
    code: 'invalid-training-settings',
    says: /epochs/,
  },
  {
    what: 'a strategy whose settings cannot be hashed',
    change: { strategy: strategyOf({ epochs: 1, batchSize: 1, learningRate: 1, schedule: () => 1 }) },
    code: 'invalid-option',
    says: /"schedule" is function.*finite numbers, strings/,
  },
  { what: 'bits beyond the ring', change: { encoding: { bits: 33 } }, code: 'encoding-spec', says: /bits .*2 to 32/ },
  {
    what: 'a clip of zero',
    change: { encoding: { clip: { kind: 'l2', bound: 0 } } },
    code: 'encoding-spec',
    says: /clip.bound/,
  },
  {
    what: 'a weight bound of zero',
    change: { encoding: { weightBound: 0 } },
    code: 'invalid-option',
    says: /encoding.weightBound must be an integer of at least 1/,
  },
  { what: 'metrics that are no array', change: { metrics: 'loss' }, code: 'invalid-option', says: /array of/ },
]

function strategyOf(settings: object): Strategy {
  return { name: 'custom', localTraining: () => settings as never, apply: before => before }
}

describe('a bad option is an error before anything happens', () => {
  it.each(BAD)('$what', async ({ change, code, says }) => {
    const { events, onEvent } = listen()
    const options = { model, workers, onEvent, ...change } as FederatedRoundOptions
    const error = await rejectionOf(runSecureFederatedRound(options))
    expect(error).toBeInstanceOf(SecAggError)
    expect(error).toMatchObject({ code, message: expect.stringMatching(says) })
    expect(events).toEqual([])
  })

  // Hashing the settings is the round's business; everything else a plan says, too.
  it.each(BAD.filter(({ what }) => !what.includes('hashed')))(
    'planning refuses it as well: $what',
    ({ change, code }) => {
      const options = { model, workers, ...change } as FederatedRoundOptions
      expect(() => planFederatedRound(options)).toThrow(expect.objectContaining({ code }))
    },
  )
})

describe('a cohort of two', () => {
  it('is accepted by a policy that says so, with a warning', async () => {
    const { of, onEvent } = listen()
    const pair = { model, workers: workers.slice(0, 2), policy: SMALL, onEvent, seed: 1 }
    const { survivors, model: next } = await runSecureFederatedRound(pair)
    expect(survivors).toEqual(['w0', 'w1'])
    expect(modelHash(next)).toBe(modelHash((await runPlaintextFederatedRound(pair)).model))
    expect(of('warning').filter(({ code }) => code === 'policy')).toEqual([
      { type: 'warning', code: 'policy', message: expect.stringMatching(/cohort of two hides nothing/) },
    ])
  })
})

describe('a policy that accepts two', () => {
  it('lets a round of three go on with the two that come', async () => {
    const trio = { model, workers: workers.slice(0, 3), policy: SMALL, seed: 1 }
    const dropouts = dropoutsAt({ 0: { w1: 'AdvertiseKeys' } })
    expect((await runSecureFederatedRound({ ...trio, dropouts })).survivors).toEqual(['w0', 'w2'])
  })
})

describe('a k-regular graph', () => {
  it('takes 300 light workers, with degree and threshold from beliefs', async () => {
    const beliefs = { clients: 300, corruptFraction: 0.01, dropoutFraction: 0.02 }
    const { degree, graph, threshold } = findGraphParameters(beliefs)
    expect(degree).toBeLessThan(255)
    const crowd = {
      model: vectorModel(2),
      workers: fixedWorkers(300, 2),
      graph,
      threshold,
      dropouts: dropoutsAt({ 0: { w7: 'MaskedInputCollection', w8: 'ShareKeys', w299: 'Unmasking' } }),
      seed: 1,
    }
    const secure = await runSecureFederatedRound(crowd)
    expect(secure.survivors).toHaveLength(298)
    expect(modelHash(secure.model)).toBe(modelHash((await runPlaintextFederatedRound(crowd)).model))
  })
})

describe('the policy of the clients', () => {
  it('is theirs to keep: an announcement below it finds nobody', async () => {
    const policy = { modulusBits: { least: 60, most: 62 } }
    const { onEvent, of } = listen()
    expect(await rejectionOf(runSecureFederatedRound({ model, workers, policy, onEvent }))).toMatchObject({
      name: 'AggregationAbortedError',
      code: 'too-few-clients',
      message: expect.stringMatching(/AdvertiseKeys: 0 clients .*4 of 4 workers.*outside of the policy's 2\^60/),
      cause: expect.objectContaining({ name: 'RefusalError', code: 'modulus-not-allowed' }),
    })
    expect(of('worker-dropped').map(({ dropped }) => dropped.reason)).toEqual(Array(4).fill('modulus-not-allowed'))
  })

  it('counts the sum: below its minimum of survivors nobody unmasks', async () => {
    const dropouts = dropoutsAt({ 0: { w0: 'MaskedInputCollection' } })
    const policy = { minimumSurvivors: 4 }
    expect(
      await rejectionOf(runSecureFederatedRound({ model, workers, policy, dropouts, threshold: 2 })),
    ).toMatchObject({
      code: 'too-few-shares',
      message: expect.stringMatching(/the sum would be over 3 clients; the policy asks for 4/),
    })
  })

  it('refuses a session that a worker has seen before', async () => {
    const seen = { claim: () => false }
    const { dropped, survivors } = await runSecureFederatedRound({
      model,
      workers,
      sessions: new Map([['w1', seen]]),
    })
    expect(dropped).toMatchObject([{ id: 'w1', round: 'AdvertiseKeys', reason: 'session-replayed' }])
    expect(survivors).toHaveLength(3)
  })
})
