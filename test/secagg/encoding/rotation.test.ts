import { createCipheriv, hkdfSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rotate, rotationRelativeError, unrotate } from '../../../src/secagg/encoding/rotation.ts'
import { SEED } from './helpers.ts'

/** Every case of the lengths: none, a power of two, one more, one less, even and odd logarithms. */
const LENGTHS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100, 127, 200]
/** As many coordinates as the largest network by name; the window has 2^20. */
const LARGE = 1_663_370

function rotated(values: ArrayLike<number>, seed: number): Float64Array {
  const copy = Float64Array.from(values)
  rotate(copy, seed)
  return copy
}

function unrotated(values: ArrayLike<number>, seed: number): Float64Array {
  const copy = Float64Array.from(values)
  unrotate(copy, seed)
  return copy
}

function wave(length: number, phase = 0): Float64Array {
  return Float64Array.from({ length }, (_, i) => Math.sin(i * i + phase) * (i + 1))
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((total, value, i) => total + value * b[i]!, 0)
}

function norm(a: Float64Array): number {
  return Math.hypot(...a)
}

function distance(a: Float64Array, b: Float64Array): number {
  return norm(a.map((value, i) => value - b[i]!))
}

function spike(length: number, at: number): Float64Array {
  const values = new Float64Array(length)
  values[at] = 1
  return values
}

/** The largest power of two up to d. */
function windowSize(d: number): number {
  return 2 ** (d.toString(2).length - 1)
}

/** Bits of the documented keystream, by Node's own HKDF and AES. */
function signBits(seed: number, words: number): (index: number) => number {
  const ikm = Buffer.alloc(8)
  ikm.writeBigUInt64BE(BigInt(seed))
  const key = Buffer.from(hkdfSync('sha256', ikm, '', 'secagg v1 rotation', 16))
  const stream = createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(words * 4))
  return index => (stream.readUInt32LE(4 * Math.floor(index / 32)) >>> (index % 32)) & 1
}

/** The rotation by its definition: signs, then the matrix (-1)^popcount(i & j) / sqrt(m), window after window. */
function reference(values: Float64Array, seed: number): Float64Array {
  const d = values.length
  const m = windowSize(d)
  const words = Math.ceil(m / 32)
  const minus = signBits(seed, 2 * words)
  const out = values.slice()
  for (const [step, start] of (m === d ? [0] : [0, d - m]).entries()) {
    const window = Array.from({ length: m }, (_, j) => (minus(32 * words * step + j) ? -1 : 1) * out[start + j]!)
    for (let i = 0; i < m; i++) {
      const row = window.map((x, j) => ((i & j).toString(2).replaceAll('0', '').length % 2 === 0 ? x : -x))
      out[start + i] = row.reduce((total, x) => total + x, 0) / Math.sqrt(m)
    }
  }
  return out
}

/** Computed by another implementation, in another language. */
const SIX = [
  '4002666666666666',
  '3fc9999999999998',
  '4047dfef9db22d0e',
  'c0488676c8b43958',
  'c04a1fef9db22d0e',
  '404979a9fbe76c8c',
]
const EIGHT = [
  'c0420c9055940380',
  '4040752e06bad14c',
  'c040f3fbdc9d0d01',
  '4041d62ae0f9c556',
  '4043ace884f1f566',
  'c04050f9d616d286',
  '404008a8a07314f9',
  'c044196deb39b1b8',
]

describe('the random rotation', () => {
  it.each(LENGTHS.filter(d => d > 0))('is the documented product of signs and Hadamard matrices for %i values', d => {
    for (const seed of [0, 7, Number.MAX_SAFE_INTEGER]) {
      const values = wave(d, seed % 10)
      // The reference sums m terms one after another: m u is its own error.
      const tolerance = (rotationRelativeError(d) + 4 * d * 2 ** -53) * norm(values)
      expect(distance(rotated(values, seed), reference(values, seed))).toBeLessThanOrEqual(tolerance)
    }
  })

  it('keeps norms and inner products in exactly as many dimensions, within its bound', () => {
    for (const d of LENGTHS) {
      const [a, b] = [wave(d), wave(d, 3)]
      const [ra, rb] = [rotated(a, 11), rotated(b, 11)]
      expect(ra).toHaveLength(d)
      const tolerance = (rotationRelativeError(d) + 2 * d * 2 ** -53) * norm(a) * norm(b)
      expect(Math.abs(norm(ra) - norm(a)) * norm(b)).toBeLessThanOrEqual(tolerance)
      expect(Math.abs(dot(ra, rb) - dot(a, b))).toBeLessThanOrEqual(tolerance)
    }
  })

  it('turns unit vectors into an orthonormal basis', () => {
    const d = 23
    const basis = Array.from({ length: d }, (_, i) => rotated(spike(d, i), 2))
    for (const [i, a] of basis.entries()) {
      for (const [j, b] of basis.entries()) expect(dot(a, b)).toBeCloseTo(i === j ? 1 : 0, 14)
    }
  })

  it('is undone within its bound, in either order, for values of any size', () => {
    const value = fc.double({ min: -1e30, max: 1e30, noNaN: true })
    const vector = fc.array(value, { maxLength: 150 })
    const property = fc.property(vector, fc.maxSafeNat(), (list, seed) => {
      const values = Float64Array.from(list)
      fc.pre(list.length === 0 || norm(values) > 1e-290 || norm(values) === 0)
      const tolerance = rotationRelativeError(list.length) * norm(values)
      expect(distance(unrotated(rotated(values, seed), seed), values)).toBeLessThanOrEqual(tolerance)
      expect(distance(rotated(unrotated(values, seed), seed), values)).toBeLessThanOrEqual(tolerance)
    })
    fc.assert(property, { seed: SEED, numRuns: 150 })
  })

  it('is undone within its bound at the size of a network', () => {
    const values = Float64Array.from({ length: LARGE }, (_, i) => Math.sin(i * i))
    const spread = values.slice()
    rotate(spread, 5)
    const squares = (v: Float64Array) => v.reduce((total, x) => total + x * x, 0)
    expect(Math.sqrt(squares(spread) / squares(values))).toBeCloseTo(1, 12)
    unrotate(spread, 5)
    const error = Math.sqrt(squares(spread.map((x, i) => x - values[i]!)) / squares(values))
    expect(error).toBeGreaterThan(0)
    expect(error).toBeLessThanOrEqual(rotationRelativeError(LARGE))
  })

  it('is linear: the rotated sum is the sum of the rotated, so a sum can be rotated back at once', () => {
    const d = 100
    const clients = Array.from({ length: 9 }, (_, i) => wave(d, i))
    const add = (vectors: readonly Float64Array[]) =>
      vectors.reduce((total, vector) => total.map((x, i) => x + vector[i]!), new Float64Array(d))
    const sumOfRotated = add(clients.map(client => rotated(client, 1)))
    const norms = clients.reduce((total, client) => total + norm(client), 0)
    const tolerance = (rotationRelativeError(d) + 20 * 2 ** -53) * norms
    expect(distance(sumOfRotated, rotated(add(clients), 1))).toBeLessThanOrEqual(tolerance)
    expect(distance(unrotated(sumOfRotated, 1), add(clients))).toBeLessThanOrEqual(tolerance)
  })

  it('commutes to the bit with scaling by powers of two', () => {
    const values = wave(77)
    const tiny = rotated(
      values.map(x => x * 2 ** -40),
      4,
    )
    expect(tiny).toEqual(rotated(values, 4).map(x => x * 2 ** -40))
  })
})

describe('a rotated spike', () => {
  it('is perfectly flat where the length is a power of two', () => {
    for (const d of [1, 2, 8, 32, 256]) {
      for (const at of new Set([0, d >> 1, d - 1])) {
        const magnitudes = rotated(spike(d, at), 9).map(Math.abs)
        const flat = Math.abs(magnitudes[0]!)
        expect(flat).toBeCloseTo(1 / Math.sqrt(d), 15)
        expect([...magnitudes]).toEqual(Array.from({ length: d }, () => flat))
      }
    }
  })

  it('has no coordinate beyond 5 / sqrt(m), wherever it stood: before, in or after the overlap', () => {
    for (const d of [33, 40, 47, 63, 100, 127, 1000, 1025, 1537, 2047]) {
      const m = windowSize(d)
      const positions = [0, d - m - 1, d - m, (d >> 1) - 1, m - 1, m, d - 1]
      for (const at of positions) {
        for (const seed of [1, 2, 3]) {
          const largest = Math.max(...rotated(spike(d, at), seed).map(Math.abs))
          expect(largest * Math.sqrt(m)).toBeLessThanOrEqual(5)
          // It cannot be flatter than flat.
          expect(largest * Math.sqrt(d)).toBeGreaterThanOrEqual(1 - 1e-12)
        }
      }
    }
  })

  it('is flat also when all values are equal, or are a row of the Hadamard matrix', () => {
    const d = 1537
    for (const values of [new Float64Array(d).fill(1), Float64Array.from({ length: d }, (_, i) => (i % 2 ? -1 : 1))]) {
      const largest = Math.max(...rotated(values, 21).map(Math.abs))
      expect((largest * Math.sqrt(windowSize(d))) / norm(values)).toBeLessThanOrEqual(5)
    }
  })
})

describe('a rotation is determined', () => {
  it('by its seed: another one gives another rotation, the whole seed counts', () => {
    const seen = new Set<string>()
    for (const seed of [0, 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 52, Number.MAX_SAFE_INTEGER]) {
      const once = rotated(wave(64), seed)
      expect(rotated(wave(64), seed)).toEqual(once)
      seen.add(once.join())
    }
    expect(seen.size).toBe(7)
  })

  it('to the bit: these values come out on every engine', () => {
    expect(hex(rotated([1, -2, 3.5, 0.1, 1e-3, 100], 2026))).toEqual(SIX)
    expect(hex(rotated([1, -2, 3.5, 0.1, 1e-3, 100, -7, 0.3], 2026))).toEqual(EIGHT)
  })

  it('whatever else lies in the same buffer', () => {
    const buffer = new Float64Array(20).fill(8)
    buffer.set(wave(10), 5)
    rotate(buffer.subarray(5, 15), 3)
    expect(buffer.subarray(5, 15)).toEqual(rotated(wave(10), 3))
    expect([...buffer.subarray(0, 5), ...buffer.subarray(15)]).toEqual(new Array(10).fill(8))
  })

  it.each([-1, 0.5, Number.NaN, 2 ** 53, '1' as unknown as number])('by a whole number: not by %s', seed => {
    const values = Float64Array.of(1, 2, 3)
    const refused = { name: 'UsageError', code: 'bad-seed', message: expect.stringContaining(String(seed)) }
    expect(() => rotate(values, seed)).toThrow(expect.objectContaining(refused))
    expect(() => unrotate(values, seed)).toThrow(expect.objectContaining(refused))
    expect([...values]).toEqual([1, 2, 3])
  })
})

describe('the bound on the error of a rotation', () => {
  it('counts the roundings: both ways, in one window or two, with sqrt(1/2) for odd logarithms', () => {
    const roundings = [0, 1, 2, 3, 4, 8, 12, LARGE].map(d => Math.round(rotationRelativeError(d) * 2 ** 53))
    expect(roundings).toEqual([0, 0, 6, 12, 4, 10, 20, 80])
  })

  it.each([-1, 1.5, Number.NaN])('refuses a dimension of %s', dimension => {
    expect(() => rotationRelativeError(dimension)).toThrow(expect.objectContaining({ code: 'bad-dimension' }))
  })
})

/** The doubles as 64-bit words, in hexadecimal. */
function hex(values: Float64Array): string[] {
  return Array.from(new BigUint64Array(values.buffer), bits => bits.toString(16).padStart(16, '0'))
}
