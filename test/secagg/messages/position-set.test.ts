import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../src/secagg/errors.ts'
import { Reader, Writer } from '../../../src/secagg/messages/codec.ts'
import { PositionSet, readPositionBits, writePositionBits } from '../../../src/secagg/messages/position-set.ts'
import { errorOf, join, SEED } from './support.ts'

/** A size and two subsets, as plain sets of numbers. */
const twoSubsets = fc
  .nat(70)
  .chain(size =>
    fc.tuple(
      fc.constant(size),
      fc.subarray(Array.from({ length: size }, (_, i) => i)),
      fc.subarray(Array.from({ length: size }, (_, i) => i)),
    ),
  )

describe('PositionSet', () => {
  it('keeps position p in bit p % 8 of byte floor(p / 8), least significant first', () => {
    expect(PositionSet.of(12, [0, 3, 7, 8, 11]).bytes).toEqual(join(0b10001001, 0b00001001))
  })

  it('does what sets do', () => {
    fc.assert(
      fc.property(twoSubsets, ([size, a, b]) => {
        const [setA, setB] = [PositionSet.of(size, a), PositionSet.of(size, b)]
        expect([...setA]).toEqual(a)
        expect(setA.count).toBe(a.length)
        expect(a.every(position => setA.has(position))).toBe(true)
        expect([...setA.minus(setB)]).toEqual(a.filter(position => !b.includes(position)))
        expect(setA.intersects(setB)).toBe(a.some(position => b.includes(position)))
        expect(setA.isSubsetOf(setB)).toBe(a.every(position => b.includes(position)))
        expect(setA.equals(setB)).toBe(a.join() === b.join())
        expect(setA.equals(setA.clone())).toBe(true)
        expect(setA.isCanonical).toBe(true)
      }),
      { seed: SEED },
    )
  })

  it('is not changed through its clone', () => {
    const set = PositionSet.of(9, [1])
    set.clone().add(8)
    expect([...set]).toEqual([1])
  })

  it('has no members outside of its roster', () => {
    const set = new PositionSet(9, join(0xff, 0xff))
    expect(set.isCanonical).toBe(false)
    expect([set.has(8), set.has(9), set.has(-1)]).toEqual([true, false, false])
    for (const position of [-1, 9, 0.5]) {
      expect(errorOf(() => set.add(position))).toMatchObject({ name: 'UsageError', code: 'bad-position' })
    }
  })

  it('of another roster is neither equal nor a subset', () => {
    expect(PositionSet.of(8, [1]).equals(PositionSet.of(7, [1]))).toBe(false)
    expect(PositionSet.of(8, [1]).isSubsetOf(PositionSet.of(7, [1]))).toBe(false)
  })

  it.each([-1, 0.5, Number.NaN])('refuses a roster of %d', size => {
    expect(errorOf(() => new PositionSet(size))).toMatchObject({ code: 'bad-position-set' })
  })

  it('refuses bytes that are not those of its size', () => {
    expect(() => new PositionSet(9, new Uint8Array(1))).toThrow(UsageError)
  })
})

describe('position bits', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(twoSubsets, ([size, members]) => {
        const writer = new Writer()
        const set = PositionSet.of(size, members)
        writePositionBits(writer, set, 'set')
        expect(readPositionBits(new Reader(writer.finish(), 'test'), 'set', size)).toEqual(set)
      }),
      { seed: SEED },
    )
  })

  it('have no second encoding: a bit beyond the roster is refused', () => {
    for (let bit = 1; bit < 8; bit++) {
      const reader = new Reader(join(0, 1 << bit), 'test')
      expect(errorOf(() => readPositionBits(reader, 'set', 9))).toMatchObject({ code: 'non-zero-padding' })
      expect(() => writePositionBits(new Writer(), new PositionSet(9, join(0, 1 << bit)), 'set')).toThrow(UsageError)
    }
  })
})
