import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type EncodingSpec, type PlanField, planEncoding } from '../../../src/secagg/encoding/index.ts'
import { UsageError } from '../../../src/secagg/errors.ts'
import { MEAN, SEED } from './helpers.ts'

const reals = fc.record({
  kind: fc.constant('sum' as const),
  clients: fc.integer({ min: 1, max: 2 ** 20 }),
  dimension: fc.integer({ min: 0, max: 1000 }),
  bits: fc.integer({ min: 2, max: 32 }),
  clip: fc.constant({ kind: 'l2' as const, bound: 1 }),
  metrics: fc.constant([{ name: 'n', kind: 'integer' as const, min: 0, max: 2n ** 100n }]),
})

describe('planEncoding', () => {
  it('derives the smallest modulus in which no sum of the cohort can wrap', () => {
    fc.assert(
      fc.property(reals, spec => {
        const { modulusBits, entry } = planEncoding(spec)
        const largest = BigInt(spec.clients) * entry.max
        expect(largest < 2n ** BigInt(modulusBits - 1)).toBe(true)
        expect(largest < 2n ** BigInt(modulusBits - 2)).toBe(false)
        expect(entry.min).toBe(-entry.max)
      }),
      { seed: SEED, numRuns: 500 },
    )
  })

  it('gives every field words enough for its range, and limbs whose sums cannot wrap', () => {
    fc.assert(
      fc.property(reals, spec => {
        const { layout, limbBits, modulusBits, length } = planEncoding(spec)
        expect(limbBits).toBeGreaterThanOrEqual(1)
        expect(BigInt(spec.clients) * (2n ** BigInt(limbBits) - 1n) < 2n ** BigInt(modulusBits)).toBe(true)
        const { contributors, clipped, maxError, squaredError, metrics } = layout
        const fields = [contributors, clipped, maxError, squaredError, metrics[0]!.value, metrics[0]!.saturated]
        let next = spec.dimension
        for (const field of fields as PlanField[]) {
          expect(field.offset).toBe(next)
          expect(field.largest < 2n ** BigInt(limbBits * field.words)).toBe(true)
          if (field.words > 1) expect(field.largest >= 2n ** BigInt(limbBits * (field.words - 1))).toBe(true)
          next += field.words
        }
        expect(length).toBe(next)
      }),
      { seed: SEED, numRuns: 500 },
    )
  })

  it.each([
    [10, 34],
    [100, 37],
    [2000, 41],
  ])('takes two words per entry for %i clients at 30 bits: a modulus of %i bits', (clients, modulusBits) => {
    expect(planEncoding({ ...MEAN, clients, bits: 30 })).toMatchObject({ modulusBits, lanes: 2 })
    const integers = planEncoding({ kind: 'integers', clients, dimension: 1, min: 0, max: 2 ** 30 - 1, metrics: [] })
    expect(integers).toMatchObject({ modulusBits, lanes: 2 })
  })

  it('does not widen the modulus with the weight, but the unit of a sum', () => {
    const light = planEncoding({ ...MEAN, weightBound: 1 })
    const heavy = planEncoding({ ...MEAN, weightBound: 10_000 })
    expect(heavy.modulusBits).toBe(light.modulusBits)
    expect(light.unit).toBe(1 / 32767)
    expect(heavy.unit).toBe(10_000 / 32767)
  })

  it('counts integers from their minimum, so that only the width of the range costs bits', () => {
    const plan = planEncoding({
      kind: 'integers',
      clients: 4,
      dimension: 1,
      min: 10n ** 30n,
      max: 10n ** 30n + 3n,
      metrics: [],
    })
    expect(plan).toMatchObject({ entry: { min: 0n, max: 3n }, modulusBits: 4, unit: 1 })
    expect(planEncoding({ kind: 'integers', clients: 4, dimension: 1, min: 7, max: 7, metrics: [] }).modulusBits).toBe(
      3,
    )
  })

  it('says which knob to turn when the sum would not fit the ring', () => {
    const wide: EncodingSpec = { kind: 'integers', clients: 8, dimension: 1, min: 0n, max: 2n ** 60n, metrics: [] }
    expect(() => planEncoding(wide)).toThrow(UsageError)
    expect(() => planEncoding(wide)).toThrow(/8 clients .* 64 bits.* at most 62: narrow min\.\.max or lower clients/)
    expect(planEncoding({ ...wide, max: 2n ** 59n - 1n }).modulusBits).toBe(62)
    expect(() => planEncoding({ ...MEAN, dimension: 2 ** 31 })).toThrow(
      expect.objectContaining({ code: 'vector-too-long' }),
    )
  })

  it('cannot be changed afterwards, neither itself nor through the spec it was made from', () => {
    const metrics = [{ name: 'loss', kind: 'real' as const, min: 0, max: 1, bits: 8 }]
    const clip = { kind: 'l2' as const, bound: 1 }
    const plan = planEncoding({ ...MEAN, clip, metrics })
    metrics[0]!.max = 5
    clip.bound = 7
    expect(plan.spec).toMatchObject({ clip: { bound: 1 }, metrics: [{ max: 1 }] })
    for (const part of [
      plan,
      plan.spec,
      plan.spec.clip,
      plan.spec.metrics,
      plan.layout,
      plan.layout.metrics[0],
      plan.entry,
    ]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
  })
})
