import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  dropoutsAt,
  type FederatedRoundOptions,
  modelHash,
  type PlaintextRoundResult,
  runPlaintextFederatedRound,
  runSecureFederatedRound,
  secureSum,
  type Worker,
} from '../../../src/federated/index.ts'
import { AggregationAbortedError } from '../../../src/secagg/errors.ts'
import { fixedWorker, rejectionOf, vectorModel } from './cohort.ts'

const SEED = 0xb0d
const EARLY = ['AdvertiseKeys', 'ShareKeys', 'MaskedInputCollection'] as const
/** What the doubles of this test's own reference may be off by, relative to the clip's bound. */
const REFERENCE_ERROR = 1e-14

interface Contribution {
  readonly update: Float32Array
  readonly weight: number
  readonly leaves: (typeof EARLY)[number] | undefined
}

interface Case {
  readonly dimension: number
  readonly bits: number
  readonly clip: { readonly kind: 'coordinate' | 'l2'; readonly bound: number }
  /** In up to 40 dimensions the grid reaches to the norm's bound, so that a rotated coordinate loses nothing at its end. */
  readonly rotation: boolean
  readonly weightBound: number
  readonly cohort: readonly Contribution[]
}

/** Updates reach to three times the clip; some weights lie on their bound, some beyond it. */
function contribution(dimension: number, bound: number, weightBound: number): fc.Arbitrary<Contribution> {
  const entry = fc.oneof(fc.double({ min: -3, max: 3, noNaN: true }), fc.constantFrom(0, -1, 1)).map(x => x * bound)
  return fc.record({
    update: fc.array(entry, { minLength: dimension, maxLength: dimension }).map(x => Float32Array.from(x)),
    weight: fc.oneof(
      { weight: 8, arbitrary: fc.nat(weightBound) },
      { weight: 2, arbitrary: fc.constantFrom(0, weightBound) },
      { weight: 1, arbitrary: fc.constantFrom(weightBound + 1, 6 * weightBound) },
    ),
    leaves: fc.oneof(
      { weight: 7, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom(...EARLY) },
    ),
  })
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    dimension: fc.integer({ min: 1, max: 40 }),
    bits: fc.integer({ min: 2, max: 32 }),
    clip: fc.record({ kind: fc.constantFrom('coordinate', 'l2'), bound: fc.constantFrom(1e-3, 0.7, 1, 30, 1e6) }),
    rotated: fc.boolean(),
    weightBound: fc.constantFrom(1, 50, 1000, 65_536, 2 ** 40),
    clients: fc.integer({ min: 3, max: 8 }),
  })
  .chain(({ clients, rotated, ...shape }) => {
    const one = contribution(shape.dimension, shape.clip.bound, shape.weightBound)
    const cohort = fc.array(one, { minLength: clients, maxLength: clients })
    return cohort.map(list => ({ ...shape, rotation: rotated && shape.clip.kind === 'l2', cohort: list }))
  })

function optionsOf({ cohort, dimension, bits, clip, rotation, weightBound }: Case): FederatedRoundOptions {
  const workers: Worker[] = cohort.map((result, i) => fixedWorker(`w${i}`, result))
  const leaving = cohort.flatMap(({ leaves }, i) => (leaves ? [[`w${i}`, leaves] as const] : []))
  const encoding = { bits, clip, rotation, weightBound }
  const dropouts = dropoutsAt({ 0: Object.fromEntries(leaving) })
  return { model: vectorModel(dimension), workers, seed: 1, encoding, dropouts, threshold: 2, metrics: [] }
}

/** Ids of those who stay and whose weight fits. */
function expectedSurvivors({ cohort, weightBound }: Case): string[] {
  return cohort.flatMap(({ weight, leaves }, i) => (leaves || weight > weightBound ? [] : [`w${i}`]))
}

function clipped(update: Float32Array, { kind, bound }: Case['clip']): number[] {
  if (kind === 'coordinate') return Array.from(update, x => Math.min(bound, Math.max(-bound, x)))
  const scale = Math.min(1, bound / Math.hypot(...update))
  return Array.from(update, x => x * scale)
}

/** FedAvg of the clipped updates in doubles. */
function floatMean({ cohort, clip, dimension }: Case, survivors: readonly string[]): number[] {
  const stayed = survivors.map(id => cohort[Number(id.slice(1))]!)
  const total = stayed.reduce((sum, { weight }) => sum + weight, 0)
  const parts = stayed.map(({ update, weight }) => clipped(update, clip).map(x => x * (weight / total)))
  return Array.from({ length: dimension }, (_, i) => parts.reduce((sum, part) => sum + part[i]!, 0))
}

type Decoded = Pick<PlaintextRoundResult, 'delta' | 'encoding' | 'survivors' | 'dropped'>

function checkBounds(tried: Case, { delta, encoding, survivors, dropped }: Decoded): void {
  expect(survivors).toEqual(expectedSurvivors(tried))
  for (const { id, reason, detail } of dropped) {
    const { leaves } = tried.cohort[Number(id.slice(1))]!
    expect(reason).toBe(leaves ? 'silent' : 'failed')
    if (!leaves && detail !== undefined) expect(detail).toMatch(/weightBound/)
  }
  expect(dropped).toHaveLength(tried.cohort.length - survivors.length)
  const own = REFERENCE_ERROR * tried.clip.bound
  const { worstCaseError, roundingError } = encoding
  for (const [i, exact] of floatMean(tried, survivors).entries()) {
    const error = Math.abs(delta[i]! - exact)
    expect(error).toBeLessThanOrEqual(worstCaseError + own)
    expect(error).toBeLessThanOrEqual(roundingError!.max + own)
  }
  expect(roundingError!.max).toBeLessThanOrEqual(worstCaseError * (1 + 1e-12))
}

describe('the mean of a round lies within the reported bounds of float FedAvg over the clipped updates', () => {
  it('in clear, or the round aborts for want of weight or workers', async () => {
    const outcomes = { mean: 0, abort: 0, tooHeavy: 0 }
    const property = fc.asyncProperty(cases, async tried => {
      const survivors = expectedSurvivors(tried)
      const weighs = survivors.some(id => tried.cohort[Number(id.slice(1))]!.weight > 0)
      if (!weighs) {
        const code = survivors.length === 0 ? 'too-few-survivors' : 'total-weight-zero'
        expect(await rejectionOf(runPlaintextFederatedRound(optionsOf(tried)))).toMatchObject({ code })
        outcomes.abort++
        return
      }
      const round = await runPlaintextFederatedRound(optionsOf(tried))
      checkBounds(tried, round)
      outcomes.mean++
      outcomes.tooHeavy += round.dropped.filter(({ reason }) => reason === 'failed').length
    })
    await fc.assert(property, { seed: SEED, numRuns: 400 })
    expect(outcomes.mean).toBeGreaterThan(300)
    expect(outcomes.abort).toBeGreaterThan(0)
    expect(outcomes.tooHeavy).toBeGreaterThan(30)
  })

  it('masked, and is the same to the bit', async () => {
    const outcomes = { mean: 0, abort: 0 }
    const property = fc.asyncProperty(cases, async tried => {
      const survivors = expectedSurvivors(tried)
      const weighs = survivors.some(id => tried.cohort[Number(id.slice(1))]!.weight > 0)
      if (survivors.length < 3 || !weighs) {
        expect(await rejectionOf(runSecureFederatedRound(optionsOf(tried)))).toBeInstanceOf(AggregationAbortedError)
        outcomes.abort++
        return
      }
      const round = await runSecureFederatedRound(optionsOf(tried))
      checkBounds(tried, round)
      const plain = await runPlaintextFederatedRound(optionsOf(tried))
      expect(modelHash(round.model)).toBe(modelHash(plain.model))
      expect(round.encoding).toEqual(plain.encoding)
      outcomes.mean++
    })
    await fc.assert(property, { seed: SEED, numRuns: 40 })
    expect(outcomes.mean).toBeGreaterThan(20)
  })
})

describe('what would not fit is refused before anybody trains', () => {
  it('for every encoding out of its ranges', async () => {
    const good = { bits: 16, weightBound: 100, clip: { kind: 'coordinate', bound: 1 } }
    const bad = fc.oneof(
      fc.record({ bits: fc.oneof(fc.integer({ max: 1 }), fc.integer({ min: 33 }), fc.constantFrom(2.5, Number.NaN)) }),
      fc.record({ weightBound: fc.oneof(fc.integer({ max: 0 }), fc.constantFrom(1.5, 2 ** 53, Number.NaN)) }),
      fc.record({ clip: fc.record({ kind: fc.constant('l2'), bound: fc.constantFrom(0, -1, 1e31, Number.NaN) }) }),
    )
    const property = fc.asyncProperty(bad, async wrong => {
      let trained = 0
      const train = async () => ({ update: new Float32Array(2), weight: ++trained, metrics: {} })
      const workers = ['a', 'b', 'c'].map(id => ({ id, train }))
      const options = { model: vectorModel(2), workers, encoding: { ...good, ...wrong } } as FederatedRoundOptions
      for (const run of [runSecureFederatedRound, runPlaintextFederatedRound]) {
        const error = await rejectionOf(run(options))
        expect(['encoding-spec', 'invalid-option']).toContain((error as { code?: string }).code)
      }
      expect(trained).toBe(0)
    })
    await fc.assert(property, { seed: SEED, numRuns: 100 })
  })

  it('for a model without parameters; an empty vector is for secureSum', async () => {
    const workers = ['a', 'b', 'c'].map(id => fixedWorker(id, { update: [] }))
    for (const run of [runSecureFederatedRound, runPlaintextFederatedRound]) {
      expect(await rejectionOf(run({ model: vectorModel(0), workers }))).toMatchObject({ code: 'invalid-schema' })
    }
    const reals = { kind: 'reals', clip: { kind: 'coordinate', bound: 1 } } as const
    expect((await secureSum([[], [], []], reals)).sum).toEqual(new Float64Array(0))
  })

  it('for every modulus beyond the ring; up to there sums are exact', async () => {
    const outcomes = { exact: 0, refused: 0 }
    const property = fc.asyncProperty(
      fc.integer({ min: 3, max: 8 }),
      fc.integer({ min: 56, max: 63 }),
      async (n, bits) => {
        const max = 2n ** BigInt(bits) - 1n
        const call = secureSum(new Array(n).fill([max]), { kind: 'integers', min: 0, max })
        if (BigInt(n) * max < 2n ** 62n) {
          expect((await call).sum).toEqual([BigInt(n) * max])
          outcomes.exact++
        } else {
          expect(await rejectionOf(call)).toMatchObject({ code: 'modulus-too-wide' })
          outcomes.refused++
        }
      },
    )
    await fc.assert(property, { seed: SEED, numRuns: 30 })
    expect(Math.min(outcomes.exact, outcomes.refused)).toBeGreaterThan(5)
  })
})
