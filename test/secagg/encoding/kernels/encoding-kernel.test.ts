import fc from 'fast-check'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type EncodingSpec, RingVector } from '../../../../src/secagg/encoding/index.ts'
import { fillKeystream } from '../../../../src/secagg/primitives/prg.ts'
import { seededBytes } from '../../primitives/support.ts'
import { keyOf, MEAN, SEED } from '../helpers.ts'

const BLOCK = 16_384

async function load() {
  vi.resetModules()
  const [kernel, quantize, rounding, measure, pack, scale, encoding] = await Promise.all([
    import('../../../../src/secagg/encoding/kernels/encoding-kernel.ts'),
    import('../../../../src/secagg/encoding/quantize.ts'),
    import('../../../../src/secagg/encoding/rounding.ts'),
    import('../../../../src/secagg/encoding/measure.ts'),
    import('../../../../src/secagg/encoding/pack.ts'),
    import('../../../../src/secagg/encoding/scale.ts'),
    import('../../../../src/secagg/encoding/index.ts'),
  ])
  const workplace = kernel.encodingKernel()
  return { workplace, ...quantize, ...rounding, ...measure, ...pack, ...scale, ...encoding }
}

type Library = Awaited<ReturnType<typeof load>>

let fast: Library
let plain: Library
/** With an AES that makes one wait, as in browsers. */
let waiting: Library

beforeAll(async () => {
  fast = await load()
  vi.stubGlobal('WebAssembly', undefined)
  plain = await load()
  vi.unstubAllGlobals()
  vi.doMock('#native', () => import('../../../../src/secagg/primitives/native/portable.ts'))
  waiting = await load()
  vi.doUnmock('#native')
})
afterEach(() => vi.unstubAllGlobals())

const randomWords = (seed: number, count: number) => new Uint32Array(seededBytes(seed)(4 * count).buffer as ArrayBuffer)

/** Reals of all sizes around 1, zeros of both signs among them. */
function reals(seed: number, count: number, kind: 'single' | 'double'): Float32Array | Float64Array {
  const words = randomWords(seed, count)
  const value = (word: number) => (word % 11 === 0 ? 0 : 1) * ((word | 0) / 2 ** 31) * 2 ** ((word % 7) - 3)
  return kind === 'single' ? Float32Array.from(words, value) : Float64Array.from(words, value)
}

const KINDS = ['single', 'double'] as const
const LENGTHS = [0, 1, 2, 3, 5, 7, 8, 9, 63, 4095, 4097, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 4103]

/** Where the first difference is: `undefined` if there is none. Whole arrays would take long to print. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): string | undefined {
  if (a.length !== b.length) return `lengths ${a.length} and ${b.length}`
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return `at ${i}: ${a[i]} and ${b[i]}`
  return undefined
}

it('runs here, and is absent where WebAssembly is', () => {
  expect(fast.workplace).toBeDefined()
  expect(plain.workplace).toBeUndefined()
})

it('cannot grow its memory', () => {
  expect(() => fast.workplace!.memory.grow(1)).toThrow(RangeError)
})

describe('the kernel gives the bits of the plain loops', () => {
  function quantized(
    lib: Library,
    values: Float32Array | Float64Array,
    from: number,
    noise: Uint32Array,
    quantizer: Parameters<Library['quantize']>[3],
    bits: number,
  ) {
    const vector = RingVector.fromWords(randomWords(9, values.length * (bits > 32 ? 2 : 1)), values.length, bits)
    const tally = { clipped: 3, maxError: 0.25, squaredError: 0.1 }
    lib.quantize(values, from, noise, quantizer, vector, tally)
    return { words: vector.words, tally }
  }

  it('in quantizing, for any values, scale, clip and ring', () => {
    const anyReal = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.double({ min: -4, max: 4, noNaN: true }),
      fc.constantFrom(0, -0, 1, -1, 0.1, -0.1, 0.5, -0.5, 1e-300, -1e-300, 5e-324, 2 ** -126, 3e38),
    )
    fc.assert(
      fc.property(
        fc.array(anyReal, { maxLength: 40 }),
        fc.constantFrom(...KINDS),
        fc.integer({ min: 0, max: 5 }),
        fc.constantFrom(0.1, 1, 2, 3, 1e-46, 1e39, 2 ** -149, Number.POSITIVE_INFINITY),
        fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constantFrom(0, 1, 32767, 1e300, Infinity)),
        fc.constantFrom(1, 1, 1, 2 ** -600),
        fc.constantFrom(1, 127, 32767, 2 ** 23 - 1, 2 ** 31 - 1),
        fc.constantFrom(32, 33, 40, 62),
        fc.nat(),
        (list, kind, offset, clip, gain, prescale, steps, bits, seed) => {
          const single = kind === 'single'
          const values = single
            ? Float32Array.from(list, x => (Math.abs(x) < 3.4e38 ? x : Math.sign(x)))
            : Float64Array.from(list)
          const from = Math.min(offset, values.length)
          const noise = randomWords(seed, values.length - from)
          const quantizer = { clip, prescale, gain, steps }
          const a = quantized(fast, values, from, noise, quantizer, bits)
          const b = quantized(plain, values, from, noise, quantizer, bits)
          expect(a.tally).toEqual(b.tally)
          expect(difference(a.words, b.words)).toBeUndefined()
        },
      ),
      { seed: SEED, numRuns: 500 },
    )
  })

  it.each(KINDS)('in quantizing %ss of any number, from any of them on, into rings of any width', kind => {
    for (const length of LENGTHS) {
      const values = reals(length + 1, length + 3, kind)
      const noise = randomWords(length + 2, length)
      for (const [clip, steps, bits] of [
        [1, 2 ** 15 - 1, 17],
        [0.7, 2 ** 23 - 1, 30],
        [Infinity, 2 ** 31 - 1, 40],
      ] as const) {
        const quantizer = { clip, prescale: 1, gain: (steps / 9) * (1 + length / 1e5), steps }
        const a = quantized(fast, values, 2, noise, quantizer, bits)
        const b = quantized(plain, values, 2, noise, quantizer, bits)
        expect(a.tally).toEqual(b.tally)
        expect(difference(a.words, b.words)).toBeUndefined()
      }
    }
  })

  it.each(KINDS)('in the norm of %ss', kind => {
    for (const length of LENGTHS) {
      const values = reals(length, length, kind)
      expect(fast.l2Norm(values)).toEqual(plain.l2Norm(values))
    }
    const huge = Float64Array.of(1, 2 ** 500, -(2 ** 1000))
    expect(fast.l2Norm(huge)).toEqual(plain.l2Norm(huge))
  })

  it.each(KINDS)('in refusing what is not finite among %ss, by its first index', kind => {
    for (const at of [0, 1, 3, BLOCK + 7]) {
      for (const bad of [Number.NaN, Infinity, -Infinity]) {
        const values = reals(4, BLOCK + 20, kind)
        values[at] = bad
        values[BLOCK + 10] = Number.NaN
        for (const lib of [fast, plain]) {
          const message = `value ${at} is not finite: NaN and infinities cannot be summed`
          expect(() => lib.l2Norm(values)).toThrow(message)
          for (const clip of [1, Infinity]) {
            const quantizer = { clip, prescale: 1, gain: 1, steps: 127 }
            expect(() => quantized(lib, values, 0, new Uint32Array(values.length), quantizer, 32)).toThrow(message)
          }
        }
      }
    }
  })

  it('in packing and unpacking, at every width', () => {
    for (let bits = 1; bits <= 62; bits++) {
      for (const length of bits === 24 || bits === 31 || bits === 62 ? LENGTHS : [0, 1, 7, 13, 64, BLOCK + 5]) {
        const words = randomWords(bits, length * (bits > 32 ? 2 : 1))
        const vector = RingVector.fromWords(words, length, bits)
        const packed = plain.packBits(vector)
        expect(difference(fast.packBits(vector), packed)).toBeUndefined()
        const unpacked = plain.unpackBits(packed, length, bits)
        expect(difference(fast.unpackBits(packed, length, bits).words, unpacked.words)).toBeUndefined()
        const reduced = vector.clone().reduce()
        expect(difference(unpacked.words, reduced.words)).toBeUndefined()
      }
    }
  })

  it('in reading sums as signed numbers, at every width', () => {
    for (let bits = 1; bits <= 62; bits++) {
      const lanes = bits > 32 ? 2 : 1
      for (const length of [1, 6, BLOCK + 5]) {
        const vector = RingVector.fromWords(randomWords(bits, (length + 2) * lanes), length + 2, bits)
        vector.set(0, 1n << BigInt(bits - 1)) // the least of all
        const [a, b] = [new Float64Array(length), new Float64Array(length)]
        expect(fast.scaleSigned(vector, 0.1, a)).toBe(plain.scaleSigned(vector, 0.1, b))
        expect(difference(a, b)).toBeUndefined()
        expect(a[0]).toBe(-(2 ** (bits - 1)) * 0.1)
      }
    }
  })
})

describe('encodeInput', () => {
  const { weightBound: _, ...unweighted } = MEAN
  const dimension = 2 * BLOCK + 11
  const noise = {
    kind: 'skellam',
    perClientVariance: 1e4,
    minimumSurvivors: 5,
    assumedCorrupted: 0,
  } as const
  const l2 = { kind: 'l2', bound: 30 } as const
  const SPECS: [string, EncodingSpec][] = [
    ['clipped by coordinate', { ...MEAN, dimension }],
    ['clipped by its norm', { ...MEAN, dimension, clip: l2 }],
    ['in a wide ring', { ...MEAN, dimension, clients: 100_000, bits: 24 }],
    ['rotated', { ...MEAN, dimension, clip: l2, rotation: { seed: 5, spread: 4 } }],
    ['noised', { ...unweighted, kind: 'sum', dimension, bits: 12, clip: l2, noise } as EncodingSpec],
  ]

  it.each(SPECS)(
    'gives the same vector with and without kernel, with AES that one waits for or not: %s',
    async (_name, spec) => {
      const metrics = {}
      for (const kind of KINDS) {
        const values = reals(8, dimension, kind)
        const shared = new Float32Array(new SharedArrayBuffer(4 * dimension))
        if (kind === 'single') shared.set(values)
        const input = { values, metrics, ...(spec.kind === 'mean' && { weight: 60 }) }
        const encode = (lib: Library, given = input) =>
          lib.encodeInput(lib.planEncoding(spec), given, keyOf(1), seededBytes(3))
        const expected = await encode(plain)
        for (const lib of [fast, waiting]) {
          const encoded = await encode(lib)
          expect(difference(encoded.vector.words, expected.vector.words)).toBeUndefined()
          expect(encoded.report).toEqual(expected.report)
          expect(difference(encoded.vector.words, encoded.vector.clone().reduce().words)).toBeUndefined()
        }
        if (kind === 'double') continue
        const fromShared = await encode(fast, { ...input, values: shared })
        expect(difference(fromShared.vector.words, expected.vector.words)).toBeUndefined()
      }
    },
  )

  it.each(['kernel and AES at hand', 'plain loops', 'AES that one waits for'])(
    'takes the values as they are when it is called: %s',
    async name => {
      const lib = { 'kernel and AES at hand': fast, 'plain loops': plain, 'AES that one waits for': waiting }[name]!
      for (const [, spec] of SPECS) {
        const values = reals(8, dimension, 'single')
        const input = { values, metrics: {}, ...(spec.kind === 'mean' && { weight: 60 }) }
        const plan = lib.planEncoding(spec)
        const expected = await lib.encodeInput(plan, { ...input, values: values.slice() }, keyOf(1), seededBytes(3))
        const pending = lib.encodeInput(plan, input, keyOf(1), seededBytes(3))
        values.fill(0)
        expect(difference((await pending).vector.words, expected.vector.words)).toBeUndefined()
      }
    },
  )

  it('leaves neither values nor rounding in the memory of the kernel, even if it refuses', async () => {
    const { memory } = fast.workplace!
    const left = () => new Uint8Array(memory.buffer).findIndex(byte => byte !== 0)
    const plan = fast.planEncoding({ ...MEAN, dimension, clip: l2 })
    const values = reals(8, dimension, 'single')
    await fast.encodeInput(plan, { values, weight: 1, metrics: {} }, keyOf(1))
    expect(left()).toBe(-1)
    values[BLOCK + 1] = Number.NaN
    for (const clip of [l2, { kind: 'coordinate', bound: 1 }] as const) {
      const other = fast.planEncoding({ ...MEAN, dimension, clip })
      await expect(fast.encodeInput(other, { values, weight: 1, metrics: {} }, keyOf(1))).rejects.toThrow('not finite')
      expect(left()).toBe(-1)
    }
  })

  it('rounds by the same words wherever in an AES block they begin, as repeated roundings do', async () => {
    const values = reals(20, BLOCK + 9, 'single')
    const quantizer = { clip: 1, prescale: 1, gain: 1000, steps: 1000 }
    for (const start of [0, 1, 2, 3, 4, 99_999]) {
      const noise = new Uint32Array(values.length)
      await fillKeystream(keyOf(2), start, noise)
      const expected = RingVector.zeros(values.length, 20)
      const tally = { clipped: 0, maxError: 0, squaredError: 0 }
      plain.quantize(values, 0, noise, quantizer, expected, tally)
      const tallies = []
      for (const lib of [fast, plain, waiting]) {
        const vector = RingVector.zeros(values.length, 20)
        tallies.push(await lib.quantizeAll(values, keyOf(2), start, quantizer, vector))
        expect(difference(vector.words, expected.words)).toBeUndefined()
      }
      // Where a block ends decides in which order squares are added up: the same here for all three.
      expect(tallies[1]).toEqual(tallies[0])
      expect(tallies[2]).toEqual(tallies[0])
      expect(tallies[0]).toMatchObject({ clipped: tally.clipped, maxError: tally.maxError })
      expect(tallies[0]!.squaredError / tally.squaredError).toBeCloseTo(1, 12)
    }
  })
})
