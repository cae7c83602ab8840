import fc from 'fast-check'
import { combine as libraryCombine } from 'shamir-secret-sharing'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../../src/secagg/errors.ts'
import { secureRandom } from '../../../src/secagg/primitives/random.ts'
import {
  combineShares,
  isWellFormedShare,
  type SecretSplitter,
  SHARE_BYTES,
  splitSecret,
  splitWith,
} from '../../../src/secagg/primitives/shamir.ts'
import { expectUsageError, seededBytes, toHex } from './support.ts'

const secret = seededBytes(13)(32)

const splitters: [string, SecretSplitter][] = [
  ['splitSecret', splitSecret],
  ['splitWith', async (value, holders, threshold) => splitWith(value, holders, threshold, secureRandom)],
]

/** A cohort, a threshold, and the order in which shares come back. */
const scenario = fc
  .tuple(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 2, max: 40 }), fc.integer({ min: 1, max: 2 ** 31 - 1 }))
  .map(([a, b, seed]) => ({ holders: Math.max(a, b), threshold: Math.min(a, b), seed }))

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const keys = seededBytes(seed)(items.length)
  return items
    .map((item, i) => ({ item, key: keys[i]! }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}

const x = (share: Uint8Array): number => share[32]!

describe.each(splitters)('%s', (_name, split) => {
  test('gives shares of 33 bytes with distinct x, of which any threshold restore the secret', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ holders, threshold, seed }) => {
        const value = seededBytes(seed)(32)
        const shares = await split(value, holders, threshold)
        expect(shares.length).toBe(holders)
        expect(shares.every(isWellFormedShare)).toBe(true)
        expect(new Set(shares.map(x)).size).toBe(holders)
        expect(toHex(combineShares(shuffled(shares, seed), threshold))).toBe(toHex(value))
      }),
      { seed: 7, numRuns: 60 },
    )
  })

  test('serves 255 holders, the most that GF(256) allows', async () => {
    const shares = await split(secret, 255, 255)
    expect(new Set(shares.map(x)).size).toBe(255)
    expect(toHex(combineShares(shares, 255))).toBe(toHex(secret))
  })

  test('hides the secret from fewer than the threshold', async () => {
    // Two polynomials of degree 1 through one share meet 0 anywhere: a lone share is uniform whatever the secret is.
    const counts = new Uint32Array(256)
    for (let i = 0; i < 800; i++)
      for (const byte of (await split(new Uint8Array(32), 2, 2))[0]!.subarray(0, 32)) counts[byte]!++
    // 100 expected each, standard deviation 10.
    expect(Math.max(...counts)).toBeLessThan(180)
    expect(Math.min(...counts)).toBeGreaterThan(30)
  })

  test('gives another secret when one share too few is used', async () => {
    const shares = await split(secret, 10, 6)
    expect(toHex(combineShares(shares, 5))).not.toBe(toHex(secret))
  })

  test('leaves the secret as it was', async () => {
    const own = Uint8Array.from(secret)
    await split(own, 3, 2)
    expect(own).toEqual(secret)
  })

  test.each([
    [new Uint8Array(31), 5, 3, 'bad-length'],
    [new Uint8Array(0), 5, 3, 'bad-length'],
    [secret, 0, 2, 'bad-holders'],
    [secret, 256, 2, 'bad-holders'],
    [secret, 2.5, 2, 'bad-holders'],
    [secret, 5, 6, 'bad-threshold'],
    [secret, 5, 1, 'bad-threshold'],
    [secret, 5, 2.5, 'bad-threshold'],
    [secret, 1, 2, 'bad-threshold'],
  ])('refuses case %#: %s bytes among %d holders at threshold %d', async (value, holders, threshold, code) => {
    const error = await split(value, holders, threshold).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UsageError)
    expect(error).toMatchObject({ code })
  })
})

test('a single holder, in a cohort of two, holds the secret itself', async () => {
  for (const shares of [await splitSecret(secret, 1, 1), splitWith(secret, 1, 1, seededBytes(1))]) {
    expect(shares).toHaveLength(1)
    expect(isWellFormedShare(shares[0]!)).toBe(true)
    expect(toHex(combineShares(shares, 1))).toBe(toHex(secret))
  }
})

test('splitSecret takes a subclass of Uint8Array, such as Buffer', async () => {
  expect(toHex(combineShares(await splitSecret(Buffer.from(secret), 3, 2), 2))).toBe(toHex(secret))
})

test('splitWith repeats itself exactly from the same randomness', () => {
  expect(splitWith(secret, 5, 3, seededBytes(1))).toEqual(splitWith(secret, 5, 3, seededBytes(1)))
  expect(splitWith(secret, 5, 3, seededBytes(1))).not.toEqual(splitWith(secret, 5, 3, seededBytes(2)))
})

describe('combining', () => {
  test('gives what the library gives, on honest shares and on arbitrary ones', async () => {
    const arbitrary = fc
      .uniqueArray(fc.integer({ min: 1, max: 255 }), { minLength: 2, maxLength: 255, size: 'max' })
      .chain(points =>
        fc.tuple(
          ...points.map(point => fc.uint8Array({ minLength: 32, maxLength: 32 }).map(y => Uint8Array.of(...y, point))),
        ),
      )
    await fc.assert(
      fc.asyncProperty(arbitrary, async shares => {
        expect(toHex(combineShares(shares, shares.length))).toBe(toHex(await libraryCombine(shares)))
      }),
      { seed: 8, numRuns: 100 },
    )
    const honest = await splitSecret(secret, 60, 41)
    expect(toHex(combineShares(honest, 41))).toBe(toHex(await libraryCombine(honest.slice(0, 41))))
  })

  test('uses the first shares, as many as the threshold says', async () => {
    const shares = await splitSecret(secret, 5, 3)
    shares[3]!.fill(1, 0, 32)
    expect(toHex(combineShares(shares, 3))).toBe(toHex(secret))
    expect(toHex(combineShares(shares.reverse(), 3))).not.toBe(toHex(secret))
  })

  test('refuses too few shares, a repeated x, x = 0, wrong lengths and impossible thresholds', async () => {
    const shares = await splitSecret(secret, 5, 3)
    const withX = (point: number) => Uint8Array.of(...secret, point)
    expectUsageError(() => combineShares(shares.slice(0, 2), 3), 'too-few-shares')
    expectUsageError(() => combineShares([...shares, shares[0]!], 3), 'duplicate-share')
    expectUsageError(() => combineShares([...shares.slice(0, 2), withX(x(shares[0]!))], 3), 'duplicate-share')
    expectUsageError(() => combineShares([...shares, withX(0)], 3), 'malformed-share')
    expectUsageError(() => combineShares([...shares, new Uint8Array(32).fill(1)], 3), 'malformed-share')
    for (const threshold of [0, 1, 2.5, 256]) expectUsageError(() => combineShares(shares, threshold), 'bad-threshold')
  })

  test('never repeats the bytes of a share in an error', async () => {
    const share = Uint8Array.of(...new Uint8Array(32).fill(0xab), 0)
    expect(() => combineShares([share, share], 2)).toThrow(/^Share 0 is not 33 bytes ending in an x from 1 to 255\.$/)
  })
})

test('a share is well-formed when it has 33 bytes and an x that is not zero', () => {
  const share = new Uint8Array(SHARE_BYTES)
  expect(isWellFormedShare(share)).toBe(false)
  for (const point of [1, 255]) expect(isWellFormedShare(Uint8Array.of(...secret, point))).toBe(true)
  for (const length of [0, 32, 34]) expect(isWellFormedShare(new Uint8Array(length).fill(1))).toBe(false)
  expect(isWellFormedShare(Array(33).fill(1) as unknown as Uint8Array)).toBe(false)
})
