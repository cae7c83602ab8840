import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type EncodingSpec, planEncoding } from '../../../src/secagg/encoding/index.ts'
import { resolveParameters } from '../../../src/secagg/parameters.ts'
import { LARGEST_AGGREGATION, ringFor, stretch } from '../../../src/secagg/planning/ring.ts'

const metrics = [
  { name: 'loss', kind: 'real', min: 0, max: 100, bits: 32 },
  { name: 'count', kind: 'integer', min: 0, max: 2 ** 40 },
] as const

const cohort = fc.double({ min: 0, max: 20, noNaN: true }).map(exponent => Math.floor(2 ** exponent))
const spec: fc.Arbitrary<EncodingSpec> = fc.oneof(
  fc.record({
    kind: fc.constant('mean' as const),
    clients: cohort,
    dimension: fc.integer({ min: 0, max: 2 ** 22 }),
    bits: fc.integer({ min: 2, max: 32 }),
    clip: fc.constant({ kind: 'coordinate', bound: 1 } as const),
    weightBound: fc.integer({ min: 1, max: 2 ** 50 }),
    metrics: fc.constantFrom([], metrics),
  }),
  fc.record({
    kind: fc.constant('integers' as const),
    clients: cohort,
    dimension: fc.integer({ min: 0, max: 1000 }),
    min: fc.constant(-3),
    max: fc.integer({ min: 0, max: 2 ** 40 }),
    metrics: fc.constantFrom([], metrics),
  }),
)

describe('the ring on paper', () => {
  it('is that of the encoding for every cohort that one aggregation takes', () => {
    const property = fc.property(spec, cohort, (spec, clients) => {
      const { modulusBits, length, lanes } = planEncoding({ ...spec, clients })
      const expected = { modulusBits, vectorLength: length, lanes }
      expect(stretch(planEncoding(spec), { ...spec, clients })).toEqual(expected)
      expect(ringFor({ ...spec, clients })).toEqual(expected)
    })
    fc.assert(property, { seed: 20200712, numRuns: 300 })
  })

  it('is that of the encoding under noise too, and wraps around as seldom', () => {
    const noised = fc.record({
      clients: cohort,
      dimension: fc.integer({ min: 1, max: 2 ** 22 }),
      bits: fc.integer({ min: 2, max: 24 }),
      metrics: fc.constantFrom([], metrics),
      kind: fc.constantFrom('discrete-gaussian' as const, 'skellam' as const),
      variance: fc.double({ min: 0, max: 25, noNaN: true }).map(exponent => 2 ** exponent),
    })
    const property = fc.property(noised, cohort, ({ kind, variance, ...common }, clients) => {
      const noise = { kind, perClientVariance: variance, minimumSurvivors: 1, assumedCorrupted: 0 }
      const spec = { kind: 'sum' as const, ...common, clip: { kind: 'l2' as const, bound: 1 }, noise }
      const plan = planEncoding({ ...spec, clients })
      const { modulusBits, length: vectorLength, lanes, noise: noisePlan } = plan
      const expected = { modulusBits, vectorLength, lanes, noise: noisePlan }
      expect(stretch(planEncoding(spec), { ...spec, clients })).toEqual(expected)
      expect(ringFor({ ...spec, clients })).toEqual(expected)
    })
    fc.assert(property, { seed: 20200713, numRuns: 200 })
  })

  it('goes on where no aggregation does: beyond 2^20 clients every doubling costs a bit', () => {
    const update = { kind: 'sum', dimension: 1000, bits: 16, clip: { kind: 'coordinate', bound: 1 }, metrics } as const
    for (let exponent = 18; exponent <= 29; exponent++) {
      expect(ringFor({ ...update, clients: 2 ** exponent }).modulusBits).toBe(16 + exponent)
    }
    // 10^9 (2^16 - 2) is just below 2^46.
    expect(ringFor({ ...update, clients: 1e9 })).toMatchObject({ modulusBits: 46, lanes: 2 })
    expect(() => ringFor({ ...update, bits: 32, clients: 2 ** 31 })).toThrow(/takes 63 bits.*lower bits or clients/)
  })

  it('says where that is', () => {
    const parameters = { threatModel: 'semi-honest', vectorLength: 1, modulusBits: 30 } as const
    const graph = { kind: 'harary', degree: 60 } as const
    const clients = LARGEST_AGGREGATION
    expect(resolveParameters({ ...parameters, graph, clients }).clients).toBe(clients)
    expect(() => resolveParameters({ ...parameters, graph, clients: clients + 1 })).toThrow(/from 2 to 1048576/)
  })
})
