import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ContributionError,
  dropoutsAt,
  type IntegerSumOptions,
  type RealSumOptions,
  type SummableVectors,
  secureSum,
} from '../../../src/federated/index.ts'
import { AggregationAbortedError, SecAggError } from '../../../src/secagg/errors.ts'
import { listen, rejectionOf } from './cohort.ts'

const digits: IntegerSumOptions = { kind: 'integers', min: 0, max: 9 }
const reals: RealSumOptions = { kind: 'reals', clip: { kind: 'coordinate', bound: 1 } }

describe('a secure sum of integers', () => {
  it('takes vectors by owner in an object, a Map or an array', async () => {
    const object = await secureSum({ ann: [1, 0], ben: [0, 1], cy: [1, 1] }, digits)
    expect(object.sum).toEqual(Float64Array.of(2, 2))
    expect(object.survivors).toEqual(['ann', 'ben', 'cy'])
    expect(object.dropped).toEqual([])
    expect(object.encoding).toMatchObject({ worstCaseError: 0, clippedCoordinates: 0 })

    const map = await secureSum(new Map(Object.entries({ ann: [1, 0], ben: [0, 1], cy: [1, 1] })), digits)
    expect(map.sum).toEqual(object.sum)
    const array = await secureSum([Float32Array.of(1, 0), Float64Array.of(0, 1), [1, 1]], digits)
    expect(array.sum).toEqual(object.sum)
    expect(array.survivors).toEqual(['0', '1', '2'])
  })

  it('is exact for all ranges, negative ones as well', async () => {
    const range = fc.tuple(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), fc.nat(2 ** 30))
    const property = fc.asyncProperty(
      range,
      fc.integer({ min: 3, max: 6 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      async ([min, width], owners, parts) => {
        const max = min + width
        const draw = () => Math.min(max, min + Math.floor((width + 1) * parts.next().value))
        const vectors = Array.from({ length: owners }, () => [draw(), draw(), draw()])
        const { sum } = await secureSum(vectors, { kind: 'integers', min, max })
        expect([...sum]).toEqual([0, 1, 2].map(i => vectors.reduce((total, vector) => total + vector[i]!, 0)))
      },
    )
    await fc.assert(property, { seed: 53, numRuns: 25 })
  })

  it('is exact in BigInts where it can pass 2^53', async () => {
    const big = 2n ** 58n
    const { sum, encoding } = await secureSum(
      { a: [big - 1n, -big], b: [big - 3n, 5n], c: [7, -1] },
      { kind: 'integers', min: -big, max: big },
    )
    expect(sum).toEqual([2n * big + 3n, 4n - big])
    expect(encoding.modulusBits).toBe(61)
    const safe = Number.MAX_SAFE_INTEGER
    const beyond = await secureSum([[safe], [safe], [safe]], { kind: 'integers', min: 0, max: safe })
    expect(beyond.sum).toEqual([3n * BigInt(safe)])
  })

  it('is refused where it could pass 2^62, which the ring cannot hold', async () => {
    const wide = { kind: 'integers', min: 0, max: 2n ** 61n } as const
    expect(await rejectionOf(secureSum([[1n], [2n], [3n]], wide))).toMatchObject({
      name: 'UsageError',
      code: 'modulus-too-wide',
      message: expect.stringMatching(/3 clients .* at most 62: narrow min\.\.max or lower clients/),
    })
  })

  it('may be empty: no entries have no sum, but show who is there', async () => {
    const { sum, survivors } = await secureSum({ a: [], b: [], c: [] }, digits)
    expect(sum).toEqual(new Float64Array(0))
    expect(survivors).toHaveLength(3)
  })

  it('leaves out who drops out, and aborts when too many do', async () => {
    const vectors = { a: [1], b: [2], c: [4], d: [8] }
    const leaving = (ids: string[]) =>
      dropoutsAt({ 0: Object.fromEntries(ids.map(id => [id, 'MaskedInputCollection' as const])) })
    const options = { ...digits, threshold: 2 }
    const { sum, dropped } = await secureSum(vectors, { ...options, dropouts: leaving(['b']) })
    expect(sum).toEqual(Float64Array.of(13))
    expect(dropped).toEqual([{ id: 'b', round: 'MaskedInputCollection', reason: 'silent' }])
    const error = await rejectionOf(secureSum(vectors, { ...options, dropouts: leaving(['b', 'c']) }))
    expect(error).toBeInstanceOf(AggregationAbortedError)
  })
})

describe('a secure sum of reals', () => {
  it('lies within its bound of the exact sum, clipped by coordinate', async () => {
    const entry = fc.double({ min: -1, max: 1, noNaN: true })
    const vectors = fc.array(fc.tuple(entry, entry), { minLength: 3, maxLength: 7 })
    const property = fc.asyncProperty(vectors, fc.integer({ min: 4, max: 32 }), async (rows, bits) => {
      const { sum, encoding } = await secureSum(rows, { ...reals, bits })
      for (const i of [0, 1] as const) {
        const exact = rows.reduce((total, row) => total + row[i], 0)
        expect(Math.abs(sum[i]! - exact)).toBeLessThanOrEqual(encoding.worstCaseError)
      }
      expect(encoding.worstCaseError).toBeLessThan((1.001 * rows.length) / (2 ** (bits - 1) - 1))
    })
    await fc.assert(property, { seed: 62, numRuns: 25 })
  })

  it('cuts coordinates to the clip, counts them and warns', async () => {
    const { of, onEvent } = listen()
    const { sum, encoding } = await secureSum(
      [
        [5, 0.5],
        [0.25, -9],
        [0, 0],
      ],
      { ...reals, onEvent },
    )
    expect(sum[0]).toBeCloseTo(1.25, 5)
    expect(sum[1]).toBeCloseTo(-0.5, 5)
    expect(encoding.clippedCoordinates).toBe(2)
    expect(of('warning')).toEqual([
      {
        type: 'warning',
        code: 'clipped',
        message: expect.stringMatching(/^33 % of the coordinates .*raise clip\.bound/),
      },
    ])
  })

  it('scales whole vectors down to an L2 clip, within its bound', async () => {
    const clip = { kind: 'l2', bound: 5 } as const
    const { sum, encoding } = await secureSum(
      [
        [30, 40],
        [3, 4],
        [-1, 2],
      ],
      { kind: 'reals', clip, bits: 30 },
    )
    expect(Math.abs(sum[0]! - (3 + 3 - 1))).toBeLessThanOrEqual(encoding.worstCaseError)
    expect(Math.abs(sum[1]! - (4 + 4 + 2))).toBeLessThanOrEqual(encoding.worstCaseError)
    expect(encoding.clippedCoordinates).toBe(2)
  })

  it('repeats its rounding with a seed, and rounds afresh without', async () => {
    const rows = Array.from({ length: 3 }, (_, i) => Array.from({ length: 40 }, (_, j) => Math.sin(i + j)))
    const run = async (seed?: number) =>
      [...(await secureSum(rows, { ...reals, bits: 6, ...(seed !== undefined && { seed }) })).sum].join()
    expect(await run(1)).toBe(await run(1))
    expect(await run(1)).not.toBe(await run(2))
    expect(await run()).not.toBe(await run())
  })
})

describe('a secure sum refuses', () => {
  type Options = IntegerSumOptions | RealSumOptions
  const bad: [string, unknown, unknown, string, RegExp][] = [
    ['no vectors', undefined, digits, 'invalid-option', /by owner: an object, a Map or an array .* not undefined/],
    ['one flat vector', Float64Array.of(1, 2, 3), digits, 'invalid-option', /by owner/],
    ['an empty object', {}, digits, 'no-workers', /was given none/],
    ['numbers in place of vectors', [1, 2, 3], digits, 'invalid-option', /vector of "0" must be an array.*not 1/],
    ['null in place of a vector', { a: [1], b: null, c: [1] }, digits, 'invalid-option', /"b" must be .* not null/],
    ['wrong lengths', { a: [1], b: [1, 2], c: [3] }, digits, 'invalid-option', /"b" has 2 entries, that of "a" has 1/],
    ['an owner whose name is no string', new Map([[7, [1]]]), digits, 'invalid-worker', /Worker 0 needs an id/],
    ['one owner', [[1]], digits, 'cohort-too-small', /A cohort of 1/],
    ['two owners', [[1], [2]], digits, 'cohort-too-small', /each of two learns the other/],
    ['no options', [[1], [2], [3]], undefined, 'invalid-option', /kind: 'integers' .* or kind: 'reals'/],
    ['another kind', [[1], [2], [3]], { kind: 'floats' }, 'invalid-option', /kind: 'integers'/],
    ['integers without a range', [[1], [2], [3]], { kind: 'integers' }, 'encoding-spec', /min and max/],
    ['reals without a clip', [[1], [2], [3]], { kind: 'reals' }, 'encoding-spec', /clip\.kind/],
    ['a seed that is none', [[1], [2], [3]], { ...reals, seed: Number.NaN }, 'invalid-option', /seed/],
  ]

  it.each(bad)('%s', async (_, vectors, options, code, message) => {
    const error = await rejectionOf(secureSum(vectors as SummableVectors, options as IntegerSumOptions))
    expect(error).toBeInstanceOf(SecAggError)
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  const unfit: [string, SummableVectors, Options, RegExp][] = [
    ['an integer out of range', { a: [1, 2], b: [3, 4711], c: [5, 6] }, digits, /"b" has no input to give: value 1/],
    ['a fraction among integers', { a: [1, 2], b: [47.11, 0], c: [5, 6] }, digits, /"b" .* value 0/],
    ['NaN among reals', { a: [0, 0], b: [0.4711, Number.NaN], c: [0, 0] }, reals, /"b" .* value 1 is not finite/],
    ['text among reals', { a: [0, 0], b: ['4711', 0] as never, c: [0, 0] }, reals, /"b" .* value 0 is not a number/],
    ['BigInts among reals', { a: [0, 0], b: [4711n, 0n], c: [0, 0] }, reals, /"b" .* value 0 is not a number/],
  ]

  it.each(unfit)(
    '%s, naming owner and entry but never the value; nothing is released',
    async (_, vectors, options, message) => {
      const { of, onEvent } = listen()
      const error = (await rejectionOf(
        secureSum(vectors, { ...options, onEvent } as IntegerSumOptions),
      )) as ContributionError
      expect(error).toBeInstanceOf(ContributionError)
      expect(error).toMatchObject({ code: 'input-value', clientId: 'b', message: expect.stringMatching(message) })
      expect(`${error.message} ${(error.cause as Error).message}`).not.toContain('4711')
      expect(`${error.message} ${(error.cause as Error).message}`).not.toContain('47.11')
      expect(of('aborted')).toEqual([{ type: 'aborted', code: 'input-value', message: error.message }])
      expect(of('round-finished')).toEqual([])
    },
  )
})
