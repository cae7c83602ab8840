import { describe, expect, it } from 'vitest'
import {
  type FederatedRoundOptions,
  runPlaintextFederatedRound,
  runSecureFederatedRound,
  secureSum,
} from '../../../src/federated/index.ts'
import {
  decodeSum,
  type EncodingInput,
  type EncodingPlan,
  encodeInput,
  planEncoding,
  type RingVector,
} from '../../../src/secagg/encoding/index.ts'
import { fixedWorker, listen, rejectionOf, vectorModel } from '../../federated/round/cohort.ts'
import { keyOf, MEAN, ringSum } from './helpers.ts'

const COORDINATE = { kind: 'coordinate', bound: 2 } as const

/** What `clients` clients add up to in the ring, one after the other, client i with the input that `inputOf` gives it. */
async function cohortSum(
  plan: EncodingPlan,
  clients: number,
  inputOf: (client: number) => EncodingInput,
): Promise<RingVector> {
  return ringSum(
    plan,
    Array.from({ length: clients }, (_, i) => inputOf(i)),
  )
}

/** A round over three workers: `b` has the given update and weight, the others 0.25 and one example. */
function roundWith(
  b: { update: number[]; weight: number },
  more: Partial<FederatedRoundOptions> = {},
): FederatedRoundOptions {
  const rest = { update: b.update.map(() => 0.25), weight: 1 }
  const workers = [fixedWorker('a', rest), fixedWorker('b', b), fixedWorker('c', rest), fixedWorker('d', rest)]
  return { model: vectorModel(b.update.length), workers, seed: 1, threshold: 2, ...more }
}

describe('Ten named cases that break other systems', () => {
  it('1: values beyond the clip are clipped, counted and reported', async () => {
    const plan = planEncoding({ ...MEAN, clip: COORDINATE })
    const { report } = await encodeInput(plan, { values: [1e9, -2.5, 2], weight: 100 }, keyOf(0))
    expect(report.clippedCoordinates).toBe(2)
    const { mean, numerics } = decodeSum(plan, await ringSum(plan, [{ values: [1e9, -2.5, 2], weight: 100 }]), 1)
    expect([...mean]).toEqual([2, -2, 2])
    expect(numerics).toMatchObject({ clippedCoordinates: 2, clippedFraction: 2 / 3 })

    const { of, onEvent } = listen()
    const encoding = { clip: COORDINATE, weightBound: 1 }
    const round = await runSecureFederatedRound(roundWith({ update: [40, -40, 0], weight: 1 }, { encoding, onEvent }))
    for (const [i, value] of [2.75 / 4, -1.25 / 4, 0.75 / 4].entries()) {
      expect(Math.abs(round.delta[i]! - value)).toBeLessThanOrEqual(round.encoding.worstCaseError)
    }
    expect(round.encoding).toMatchObject({ clippedCoordinates: 2, clippedFraction: 2 / 12 })
    expect(of('warning').map(({ code }) => code)).toContain('clipped')
  })

  it('2: 6,000 examples against a weight bound of 1,000 are refused, by name, and never silently cut', async () => {
    const plan = planEncoding({ ...MEAN, weightBound: 1000 })
    const refused = rejectionOf(encodeInput(plan, { values: [1, 1, 1], weight: 6000 }, keyOf(0)))
    expect(await refused).toMatchObject({
      name: 'UsageError',
      code: 'input-weight',
      message: expect.stringMatching(/exceeds the plan's weightBound of 1000: raise weightBound/),
    })
    const options = roundWith({ update: [1, 1], weight: 6000 }, { encoding: { weightBound: 1000 } })
    for (const round of [await runSecureFederatedRound(options), await runPlaintextFederatedRound(options)]) {
      expect(round.survivors).toEqual(['a', 'c', 'd'])
      expect(round.dropped.map(({ id, reason }) => [id, reason])).toEqual([['b', 'failed']])
      expect(round.dropped[0]!.detail).toMatch(/"b" has no input to give: .*weightBound of 1000/)
      expect(round.totalWeight).toBe(3)
      expect(Math.abs(round.delta[0]! - 0.25)).toBeLessThanOrEqual(round.encoding.worstCaseError)
    }
  })

  it.each([
    { name: '3: 10 nodes', clients: 10, modulusBits: 34 },
    { name: '4: 100 nodes', clients: 100, modulusBits: 37 },
    { name: '5: 2,000 nodes', clients: 2000, modulusBits: 41 },
  ])('$name at 30-bit values are added exactly, in a ring wide enough for all', async ({ clients, modulusBits }) => {
    const [min, max] = [-(2 ** 29), 2 ** 29 - 1]
    const integers = planEncoding({ kind: 'integers', clients, dimension: 4, min, max, metrics: [] })
    expect(integers).toMatchObject({ modulusBits, lanes: 2 })
    const values = (i: number) => [max, min, i % 2 === 0 ? max : min, (i * 268_435_399) % max]
    const sum = decodeSum(integers, await cohortSum(integers, clients, i => ({ values: values(i) })), clients).sum
    const exact = [0, 1, 2, 3].map(j =>
      Array.from({ length: clients }, (_, i) => values(i)[j]!).reduce((a, b) => a + b),
    )
    expect([...sum]).toEqual(exact)

    // Reals on a 30-bit grid: multiples of a grid step and its ends are encoded without any rounding.
    const reals = planEncoding({ kind: 'sum', clients, dimension: 3, bits: 30, clip: COORDINATE, metrics: [] })
    expect(reals.modulusBits).toBeGreaterThan(32)
    const decoded = decodeSum(reals, await cohortSum(reals, clients, () => ({ values: [2, -2, 0] })), clients)
    expect([...decoded.sum].map((x, i) => Math.abs(x - [2 * clients, -2 * clients, 0][i]!))).toEqual([0, 0, 0])
  })

  it('6: all weights zero is a clean abort: there is no mean, and none is made up', async () => {
    const plan = planEncoding(MEAN)
    const sum = await cohortSum(plan, 3, () => ({ values: [1, 1, 1], weight: 0 }))
    const aborted = { name: 'AggregationAbortedError', code: 'total-weight-zero' }
    expect(() => decodeSum(plan, sum, 3)).toThrow(expect.objectContaining(aborted))

    const model = vectorModel(2)
    const before = model.parameters.slice()
    const workers = ['a', 'b', 'c'].map(id => fixedWorker(id, { update: [1, 1], weight: 0 }))
    for (const run of [runSecureFederatedRound, runPlaintextFederatedRound]) {
      expect(await rejectionOf(run({ model, workers, seed: 1 }))).toMatchObject(aborted)
    }
    expect(model.parameters).toEqual(before)
  })

  it('7: when one client has all the weight, the mean is its update, within the bound', async () => {
    const update = [0.5, -0.3, 1]
    const plan = planEncoding(MEAN)
    const silent = { values: [1, 1, -1], weight: 0 }
    const decoded = decodeSum(plan, await ringSum(plan, [silent, { values: update, weight: 100 }, silent]), 3)
    const workers = [
      fixedWorker('a', { update: [1, 1, -1], weight: 0 }),
      fixedWorker('b', { update, weight: 100 }),
      fixedWorker('c', { update: [-1, 1, 1], weight: 0 }),
    ]
    const round = await runSecureFederatedRound({ model: vectorModel(3), workers, encoding: { weightBound: 100 } })
    expect([decoded.totalWeight, round.totalWeight]).toEqual([100, 100])
    for (const [i, value] of update.entries()) {
      expect(Math.abs(decoded.mean[i]! - value)).toBeLessThanOrEqual(decoded.numerics.worstCaseError)
      // An update is a Float32Array.
      expect(Math.abs(round.delta[i]! - Math.fround(value))).toBeLessThanOrEqual(round.encoding.worstCaseError)
    }
    expect(decoded.numerics.worstCaseError).toBeLessThan(3.001 / (2 ** 15 - 1))
  })

  it.each([30, 59])('8: all values may be the largest entry, and fill the ring to its top (%i bits)', async bits => {
    const max = 2n ** BigInt(bits) - 1n
    const plan = planEncoding({ kind: 'integers', clients: 8, dimension: 3, min: 0, max, metrics: [] })
    expect(plan.modulusBits).toBe(bits + 3)
    expect(plan.entry.max).toBe(max)
    const sum = await cohortSum(plan, 8, () => ({ values: [max, max, 0n] }))
    expect(sum.get(0)).toBe(2n ** BigInt(bits + 3) - 8n)
    expect(Array.from(decodeSum(plan, sum, 8).sum, BigInt)).toEqual([8n * max, 8n * max, 0n])
    const { sum: secure } = await secureSum(new Array(8).fill([max, 0n]), { kind: 'integers', min: 0, max })
    expect(Array.from(secure, BigInt)).toEqual([8n * max, 0n])
  })

  it('8: one clip of reals at both ends of the grid fills a ring with no bit to spare', async () => {
    const plan = planEncoding({ kind: 'sum', clients: 4, dimension: 2, bits: 30, clip: COORDINATE, metrics: [] })
    expect(plan.modulusBits).toBe(32)
    const sum = await cohortSum(plan, 4, () => ({ values: [2, -2] }))
    expect([sum.get(0), sum.get(1)]).toEqual([2n ** 31n - 4n, 2n ** 31n + 4n])
    expect([...decodeSum(plan, sum, 4).sum]).toEqual([8, -8])
  })

  it('9: negative sums decode negative', async () => {
    const real = planEncoding({ ...MEAN, bits: 32 })
    const decoded = decodeSum(real, await cohortSum(real, 10, () => ({ values: [-1, -0.5, 0], weight: 100 })), 10)
    expect(decoded.mean[0]).toBe(-1)
    expect(Math.abs(decoded.mean[1]! + 0.5)).toBeLessThanOrEqual(decoded.numerics.worstCaseError)
    const integers = await secureSum(
      [
        [-5, 1],
        [-7, -3],
        [11, 1],
      ],
      { kind: 'integers', min: -20, max: 20 },
    )
    expect([...integers.sum]).toEqual([-1, -1])
    const wide = await secureSum([[-(2n ** 55n)], [-1n], [3n]], { kind: 'integers', min: -(2n ** 56n), max: 2n ** 56n })
    expect(wide.sum).toEqual([2n - 2n ** 55n])
    const round = await runSecureFederatedRound(roundWith({ update: [-1, -1], weight: 5 }))
    for (const value of round.delta) {
      expect(Math.abs(value - (3 * 0.25 - 5) / 8)).toBeLessThanOrEqual(round.encoding.worstCaseError)
    }
  })

  it('10: an empty update is an empty mean: weights, metrics and survivors still come out', async () => {
    const metrics = [{ name: 'correct', kind: 'integer', min: 0, max: 10 }] as const
    const plan = planEncoding({ ...MEAN, dimension: 0, metrics })
    const input = { values: [], weight: 7, metrics: { correct: 4 } }
    const decoded = decodeSum(plan, await ringSum(plan, [input, input]), 2)
    expect(decoded).toMatchObject({ mean: new Float64Array(0), totalWeight: 14, survivors: 2 })
    expect(decoded.metrics.correct).toMatchObject({ sum: 8, mean: 4, worstCaseError: 0, saturated: 0 })
    expect(decoded.numerics).toMatchObject({ clippedCoordinates: 0, clippedFraction: 0 })
    const { sum, survivors } = await secureSum([[], [], []], { kind: 'integers', min: 0, max: 9 })
    expect(sum).toEqual(new Float64Array(0))
    expect(survivors).toEqual(['0', '1', '2'])
    const refused = encodeInput(plan, { ...input, values: [1] }, keyOf(0))
    expect(await rejectionOf(refused)).toMatchObject({ code: 'input-length' })
  })
})
