import { describe, expect, it } from 'vitest'
import {
  DistributedPrivacy,
  type DistributedPrivacyOptions,
  dropoutsAt,
  type FederatedRoundOptions,
  runPlaintextFederatedRound,
  runSecureFederatedRound,
  secureSum,
  type UpdateClip,
} from '../../src/federated/index.ts'
import { nextClip } from '../../src/federated/round/clip.ts'
import { Participant } from '../../src/federated/round/participant.ts'
import { contributionOf } from '../../src/federated/round/worker-contribution.ts'
import { type EncodingSpec, planEncoding } from '../../src/secagg/encoding/index.ts'
import { noiseMultiplierFor, PrivacyAccountant } from '../../src/secagg/privacy/index.ts'
import { expectCode, expectRejection } from './codes.ts'
import { fixedWorker, fixedWorkers, rejectionOf, vectorModel } from './round/cohort.ts'

const BUDGET: DistributedPrivacyOptions = { epsilon: 6, rounds: 3, delta: 1e-5, minimumSurvivors: 5 }
const LENGTH = 40

function options(privacy: DistributedPrivacy, more: Partial<FederatedRoundOptions> = {}): FederatedRoundOptions {
  return { model: vectorModel(LENGTH), workers: fixedWorkers(6, LENGTH), privacy, ...more }
}

describe('a federated round under privacy', () => {
  it('gives the plain mean of clipped updates with noise of the stated size, in the secure round as in its baseline', async () => {
    const update = new Float32Array(2000).fill(0.01)
    const workers = Array.from({ length: 6 }, (_, i) => fixedWorker(`w${i}`, { update, weight: 1 + 100 * i }))
    const model = vectorModel(2000)
    const encoding = { clip: { kind: 'l2', bound: 1 }, bits: 20 } as const
    for (const run of [runSecureFederatedRound, runPlaintextFederatedRound]) {
      const privacy = new DistributedPrivacy({ noiseMultiplier: 2, delta: 1e-5, minimumSurvivors: 6 })
      const { delta, encoding: numerics, totalWeight, metrics } = await run({ model, workers, privacy, encoding })
      const { deviation } = numerics.noise!
      // Six workers, of whom all are counted on: the sum has 2 times the sensitivity, which is the clip and its rounding.
      expect(deviation).toBeGreaterThan((2 * 1) / 6)
      expect(deviation).toBeLessThan((2.01 * 1) / 6)
      const errors = delta.map(value => (value - 0.01) / deviation)
      const variance = errors.reduce((total, error) => total + error * error, 0) / 2000
      expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / 2000))
      expect(totalWeight).toBe(6)
      expect(metrics).toEqual({})
      expect(numerics.clippedFraction).toBeUndefined()
    }
  })

  it('spends what the accountant says for the survivors there were, and stops before the budget is exceeded', async () => {
    const privacy = new DistributedPrivacy(BUDGET)
    for (let round = 0; round < 3; round++) {
      const dropouts = dropoutsAt({ [round]: { w1: 'ShareKeys' } })
      await runSecureFederatedRound(options(privacy, { round, dropouts }))
    }
    expect(privacy.rounds).toEqual(Array(3).fill({ cohort: 6, survivors: 5 }))
    expect(privacy.spent().epsilon).toBeGreaterThan(5.99)
    expect(privacy.spent().epsilon).toBeLessThanOrEqual(6)
    const model = vectorModel(LENGTH)
    const error = await expectRejection(
      runSecureFederatedRound(options(privacy, { model, round: 3 })),
      'privacy-budget',
    )
    expect(error.message).toMatch(/Another round might come to epsilon .*, beyond the budget of 6; 3 rounds have spent/)
    await expectRejection(runPlaintextFederatedRound(options(privacy, { round: 3 })), 'privacy-budget')
    expect(privacy.rounds).toHaveLength(3)
  })

  it('agrees with an accountant of one’s own', async () => {
    const privacy = new DistributedPrivacy({ ...BUDGET, assumedCorrupted: 1, mechanism: 'skellam' })
    await runSecureFederatedRound(options(privacy, { encoding: { bits: 12, clip: { kind: 'l2', bound: 1 } } }))
    const spec: EncodingSpec = {
      kind: 'sum',
      clients: 6,
      dimension: LENGTH,
      bits: 12,
      clip: { kind: 'l2', bound: 1 },
      metrics: [],
    }
    const { l2, dimension } = planEncoding({ ...spec, noise: privacy.noiseFor(spec) }).noise!.sensitivity
    const believed = { minimumSurvivors: 5, assumedCorrupted: 1 }
    const { perClientVariance } = privacy.noiseFor(spec)
    const mechanism = { kind: 'skellam', perClientVariance, l2Sensitivity: l2, dimension } as const
    const accountant = new PrivacyAccountant({ mechanism, delta: 1e-5, ...believed })
    accountant.record({ cohort: 6, survivors: 6 })
    expect(privacy.spent()).toEqual(accountant.spent())
    const target = { kind: 'skellam', epsilon: 6, rounds: 3, delta: 1e-5, l2Sensitivity: l2, dimension } as const
    expect(privacy.noiseMultiplier).toBeCloseTo(noiseMultiplierFor({ ...target, ...believed }), 2)
  })

  it('counts a round that ends while unmasking, at its worst: the sum may be known', async () => {
    const privacy = new DistributedPrivacy(BUDGET)
    const silent = dropoutsAt({ 0: { w0: 'Unmasking', w1: 'Unmasking', w2: 'Unmasking', w3: 'Unmasking' } })
    const error = await rejectionOf(runSecureFederatedRound(options(privacy, { dropouts: silent })))
    expect(error).toMatchObject({ name: 'AggregationAbortedError', round: 'Unmasking' })
    expect(privacy.rounds).toEqual([{ cohort: 6, survivors: 5 }])
  })

  it('spends nothing on a round that ends before', async () => {
    const privacy = new DistributedPrivacy(BUDGET)
    const silent = dropoutsAt({ 0: { w0: 'MaskedInputCollection', w1: 'MaskedInputCollection' } })
    const error = await rejectionOf(runSecureFederatedRound(options(privacy, { dropouts: silent })))
    expect(error).toMatchObject({ name: 'AggregationAbortedError' })
    expect(privacy.rounds).toEqual([])
    expect(privacy.spent().epsilon).toBe(0)
  })

  it('refuses a cohort that cannot have the survivors that the noise is calibrated for', async () => {
    const privacy = new DistributedPrivacy({ ...BUDGET, minimumSurvivors: 6 })
    const workers = fixedWorkers(5, LENGTH)
    const error = await rejectionOf(runSecureFederatedRound(options(privacy, { workers })))
    expect(error).toMatchObject({ message: expect.stringMatching(/minimumSurvivors must be an integer from 1 to 5/) })
  })

  it('refuses to assume fewer corrupted than the protocol does', async () => {
    const round = runSecureFederatedRound(options(new DistributedPrivacy(BUDGET), { corrupted: 1 }))
    await expectRejection(round, 'invalid-option', /raise privacy.assumedCorrupted/)
  })

  it('refuses another encoding than the one it was calibrated for', async () => {
    const privacy = new DistributedPrivacy(BUDGET)
    await runPlaintextFederatedRound(options(privacy))
    await expectRejection(
      runPlaintextFederatedRound(options(privacy, { encoding: { bits: 12 } })),
      'invalid-option',
      /one DistributedPrivacy for one model/,
    )
  })

  it('warns where the noise is longer than the longest update, and makes an error of it when told to', async () => {
    const codes: string[] = []
    const loud = { epsilon: 0.5, rounds: 1, delta: 1e-5, minimumSurvivors: 5 }
    const onEvent: FederatedRoundOptions['onEvent'] = event => {
      if (event.type === 'warning') codes.push(event.code)
    }
    await runSecureFederatedRound(options(new DistributedPrivacy(loud), { onEvent }))
    expect(codes).toEqual(['noisy'])
    const strict = options(new DistributedPrivacy(loud), { failOnWarning: ['noisy'] })
    await expectRejection(runSecureFederatedRound(strict), 'warning', /noisy: the noise of the mean is/)
    const lenient = options(new DistributedPrivacy(loud), { failOnWarning: ['clipped'] })
    await expect(runSecureFederatedRound(lenient)).resolves.toBeDefined()
  })

  it('noises metrics, and counts them in the sensitivity', async () => {
    const workers = Array.from({ length: 6 }, (_, i) =>
      fixedWorker(`w${i}`, { update: new Float32Array(LENGTH), metrics: { accuracy: 0.5, loss: 7 } }),
    )
    const metrics = [{ name: 'accuracy', min: 0, max: 1 }]
    const quiet = { noiseMultiplier: 1e-2, delta: 1e-5, minimumSurvivors: 6 }
    const privacy = new DistributedPrivacy(quiet)
    const alone = new DistributedPrivacy(quiet)
    const measured = await runSecureFederatedRound(options(privacy, { workers, metrics }))
    await runSecureFederatedRound(options(alone, { workers, encoding: { clip: { kind: 'l2', bound: 1 } } }))
    expect(Object.keys(measured.metrics)).toEqual(['accuracy'])
    expect(measured.metrics.accuracy).toBeCloseTo(0.5, 1)
    // One of the two scales that ride along is the adaptive clip's.
    const spec = {
      kind: 'sum',
      clients: 6,
      dimension: LENGTH,
      bits: 24,
      clip: { kind: 'l2', bound: 1 },
      metrics: [],
    } as const
    expect(() => privacy.noiseFor(spec)).toThrow(/calibrated for sums of 42 entries/)
    expect(alone.noiseFor(spec).minimumSurvivors).toBe(6)
  })
})

describe('a worker', () => {
  function announced(perClientVariance: number | undefined) {
    const encoding: EncodingSpec = {
      kind: 'sum',
      clients: 5,
      dimension: 3,
      bits: 8,
      clip: { kind: 'l2', bound: 1 },
      metrics: [],
      ...(perClientVariance !== undefined && {
        noise: { kind: 'discrete-gaussian', perClientVariance, minimumSurvivors: 4, assumedCorrupted: 0 },
      }),
    }
    const plan = planEncoding(encoding)
    const shape = { vectorLength: plan.length, modulusBits: plan.modulusBits, clients: 5 }
    const parameters = { threatModel: 'semi-honest', graph: { kind: 'complete' }, ...shape } as const
    return { session: new Uint8Array(32), federatedRound: 0, parameters, encoding, task: { kind: 'sum' } } as const
  }

  function join(perClientVariance: number | undefined, leastNoiseMultiplier: number): Participant {
    const contribute = contributionOf(fixedWorker('ann', { update: [1, 2, 3] }))
    return new Participant(announced(perClientVariance), { id: 'ann', contribute, leastNoiseMultiplier })
  }

  it('refuses a round with less noise than it asks for, or none', () => {
    const refused = expect.objectContaining({ name: 'RefusalError', code: 'too-little-noise' })
    expect(() => join(undefined, 0.5)).toThrow(refused)
    expect(() => join(1000, 0.5)).toThrow(refused)
    expect(join(1100, 0.5).id).toBe('ann')
  })
})

describe('a secure sum under privacy', () => {
  it('is whole for whole numbers, and off by the noise that it states', async () => {
    const vectors = Array.from({ length: 8 }, (_, i) => Array.from({ length: 300 }, (_, j) => (i + j) % 2))
    const privacy = new DistributedPrivacy({ noiseMultiplier: 1, delta: 1e-6, minimumSurvivors: 8 })
    const { sum, encoding } = await secureSum(vectors, { kind: 'integers', min: 0, max: 1, privacy })
    const errors = Array.from(sum as Float64Array, value => value - 4)
    expect(errors.every(Number.isInteger)).toBe(true)
    const variance = errors.reduce((total, error) => total + error * error, 0) / 300
    expect(encoding.noise!.deviation).toBeGreaterThan(Math.sqrt(300))
    expect(variance / encoding.noise!.deviation ** 2).toBeGreaterThan(0.6)
    expect(variance / encoding.noise!.deviation ** 2).toBeLessThan(1.5)
    expect(privacy.rounds).toEqual([{ cohort: 8, survivors: 8 }])
  })
})

describe('an adaptive clip', () => {
  const clip = { kind: 'adaptive-l2', bound: 4, quantile: 0.5, learningRate: 0.5 } as const

  it('follows the quantile of the norms, without noise by the exact fraction within', async () => {
    const workers = [1, 2, 3, 4, 10].map((norm, i) => fixedWorker(`w${i}`, { update: [norm, 0], weight: 1 + i }))
    const round = (bound: UpdateClip) =>
      runSecureFederatedRound({ model: vectorModel(2), workers, encoding: { clip: bound } })
    const first = await round(clip)
    expect(first.clip).toMatchObject({ bound: 4, within: 0.8 })
    expect(first.clip.next.bound).toBeCloseTo(4 * Math.exp(-0.5 * 0.3), 12)
    let next: UpdateClip = clip
    for (let i = 0; i < 12; i++) next = (await round(next)).clip.next
    // Between the second and the fourth norm 40 to 60 % are within: there it comes to rest about the third.
    expect(next.bound).toBeGreaterThan(2)
    expect(next.bound).toBeLessThan(4)
  })

  it('stays as it is when it is fixed, or when nobody said', () => {
    expect(nextClip({ kind: 'l2', bound: 3 }, 0.9)).toEqual({ kind: 'l2', bound: 3 })
    expect(nextClip(clip, undefined)).toEqual(clip)
  })

  it.each([
    [{ ...clip, quantile: 1 }, /quantile must lie between 0 and 1/],
    [{ ...clip, learningRate: 0 }, /learningRate must be a finite number above 0/],
  ])('refuses %j', async (wrong, message) => {
    const round = runSecureFederatedRound({
      model: vectorModel(2),
      workers: fixedWorkers(3, 2),
      encoding: { clip: wrong },
    })
    await expectRejection(round, 'invalid-option', message)
  })
})

describe('the options of privacy', () => {
  it.each([
    [{ ...BUDGET, delta: 1 }, /delta must lie between 0 and 1/],
    [{ ...BUDGET, epsilon: -1 }, /privacy.epsilon must be a finite number above 0/],
    [{ ...BUDGET, rounds: 0 }, /privacy.rounds must be an integer of at least 1/],
    [{ delta: 1e-5, minimumSurvivors: 5 } as never, /needs epsilon and rounds, or a noiseMultiplier/],
    [{ noiseMultiplier: 0, delta: 1e-5, minimumSurvivors: 5 }, /privacy.noiseMultiplier must be/],
    [{ ...BUDGET, assumedCorrupted: 5 }, /must exceed privacy.assumedCorrupted/],
  ])('are checked: %j', (wrong, message) => {
    expectCode(() => new DistributedPrivacy(wrong as DistributedPrivacyOptions), 'invalid-option', message)
  })

  it('come to nothing before the first round', () => {
    const privacy = new DistributedPrivacy(BUDGET)
    expect(privacy.noiseMultiplier).toBeUndefined()
    expect(privacy.spent().epsilon).toBe(0)
    expectCode(() => privacy.record({ cohort: 5, survivors: 5 }), 'invalid-option', /nothing to record/)
  })
})
