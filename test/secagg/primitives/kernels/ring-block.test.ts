import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { seededBytes } from '../support.ts'

type Module = typeof import('../../../../src/secagg/primitives/kernels/ring-block.ts')

const BLOCK = 16_384
const SIGNS = [1, -1] as const
const LANES = [1, 2] as const

const randomWords = (seed: number, count: number) => new Uint32Array(seededBytes(seed)(4 * count).buffer as ArrayBuffer)

/** Addition by big integers: the slow definition that all loops must meet. */
function sumOf(target: Uint32Array, addend: Uint32Array, sign: 1 | -1, lanes: 1 | 2): Uint32Array {
  const sum = new Uint32Array(target.length)
  const value = (words: Uint32Array, i: number) =>
    lanes === 1 ? BigInt(words[i]!) : BigInt(words[i]!) + (BigInt(words[i + 1]!) << 32n)
  for (let i = 0; i < target.length; i += lanes) {
    const total = BigInt.asUintN(32 * lanes, value(target, i) + BigInt(sign) * value(addend, i))
    sum[i] = Number(total & 0xffffffffn)
    if (lanes === 2) sum[i + 1] = Number(total >> 32n)
  }
  return sum
}

describe.each([
  ['by the kernel', true],
  ['by the plain loops', false],
])('the ring block %s', (_name, withKernel) => {
  let ring: Module

  beforeEach(async () => {
    vi.resetModules()
    if (!withKernel) vi.stubGlobal('WebAssembly', undefined)
    ring = await import('../../../../src/secagg/primitives/kernels/ring-block.ts')
    ring.ringBlock()
    vi.unstubAllGlobals()
  })
  afterEach(() => vi.unstubAllGlobals())

  /** Adds `addend` as the middle of an addend of which the first `skip` words do not count. */
  function add(target: Uint32Array, addend: Uint32Array, skip: number, sign: 1 | -1, lanes: 1 | 2): void {
    const block = ring.ringBlock()
    block.begin(target)
    block.addend.set(addend, skip)
    block.add(skip, sign, lanes)
    block.end()
  }

  test('adds and subtracts words and pairs of any number, from any word of the addend on', () => {
    for (const sign of SIGNS) {
      for (const lanes of LANES) {
        for (let length = 0; length <= 70; length += lanes) {
          for (const skip of [0, 1, 2, 3]) {
            const target = randomWords(1 + length, length)
            const addend = randomWords(99 + skip, length)
            const expected = sumOf(target, addend, sign, lanes)
            add(target, addend, skip, sign, lanes)
            expect(target).toEqual(expected)
          }
        }
      }
    }
  })

  test('carries and borrows wherever a word is at its limits', () => {
    const edge = fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff)
    const words = fc.array(edge, { minLength: 8, maxLength: 8 }).map(list => Uint32Array.from(list))
    fc.assert(
      fc.property(words, words, fc.constantFrom(...SIGNS), fc.constantFrom(...LANES), (start, addend, sign, lanes) => {
        const target = start.slice()
        add(target, addend, 0, sign, lanes)
        expect(target).toEqual(sumOf(start, addend, sign, lanes))
      }),
      { seed: 5, numRuns: 300 },
    )
  })

  test('adds several addends to one block, its largest size included', () => {
    const target = randomWords(2, BLOCK)
    const [first, second] = [randomWords(3, BLOCK), randomWords(4, BLOCK)]
    const expected = sumOf(sumOf(target, first, 1, 2), second, -1, 2)
    const block = ring.ringBlock()
    block.begin(target)
    block.addend.set(first)
    block.add(0, 1, 2)
    block.addend.set(second)
    block.add(0, -1, 2)
    block.end()
    expect(target.findIndex((word, i) => word !== expected[i])).toBe(-1)
  })

  test('leaves the words around a view alone', () => {
    const vector = new Uint32Array(40)
    add(vector.subarray(7, 20), new Uint32Array(13).fill(5), 1, 1, 1)
    expect(vector).toEqual(new Uint32Array(40).fill(5, 7, 20))
  })

  test('adds whole vectors, of more than a block and of no round length', () => {
    for (const lanes of LANES) {
      for (const length of [0, 2, BLOCK - 2, BLOCK, BLOCK + 2, 2 * BLOCK + 34]) {
        const target = randomWords(6, length)
        const addend = randomWords(7, length)
        const expected = sumOf(target, addend, -1, lanes)
        ring.addVector(target, addend, -1, lanes)
        expect(target.findIndex((word, i) => word !== expected[i])).toBe(-1)
      }
    }
  })

  test('doubles a vector that is added to itself', () => {
    const vector = randomWords(8, 100)
    const expected = sumOf(vector, vector, 1, 1)
    ring.addVector(vector, vector, 1, 1)
    expect(vector).toEqual(expected)
  })

  test('keeps nothing of the last addend once it is wiped', () => {
    const block = ring.ringBlock()
    add(new Uint32Array(BLOCK), randomWords(9, BLOCK), 0, 1, 1)
    expect(block.addend.some(word => word !== 0)).toBe(true)
    block.wipe()
    expect(block.addend.some(word => word !== 0)).toBe(false)
  })
})
