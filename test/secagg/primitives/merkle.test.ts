import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MerkleTree, merkleRoot, verifyMultiproof } from '../../../src/secagg/primitives/merkle.ts'
import { ascii, expectUsageError, hex, toHex } from './support.ts'

/** The leaves and roots of the reference tests of Certificate Transparency, whose tree RFC 9162 keeps. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  hex,
)
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

const leavesOf = (n: number): Uint8Array[] => Array.from({ length: n }, (_, i) => ascii(`leaf ${i}`))

const pick = (leaves: readonly Uint8Array[], positions: readonly number[]): Map<number, Uint8Array> =>
  new Map(positions.map(position => [position, leaves[position]!]))

/** A tree size and some positions in it. */
const choice = fc
  .integer({ min: 1, max: 70 })
  .chain(n => fc.record({ n: fc.constant(n), positions: fc.uniqueArray(fc.nat({ max: n - 1 }), { minLength: 1 }) }))

describe('the root', () => {
  test.each(ROOTS.map((root, n) => [n, root] as const))('of %d leaves is the published one', (n, root) => {
    expect(toHex(merkleRoot(LEAVES.slice(0, n)))).toBe(root)
    expect(toHex(new MerkleTree(LEAVES.slice(0, n)).root)).toBe(root)
  })

  test('does not take an inner node for a leaf', () => {
    const [a, b] = [merkleRoot([ascii('a')]), merkleRoot([ascii('b')])]
    expect(toHex(merkleRoot([ascii('a'), ascii('b')]))).not.toBe(toHex(merkleRoot([Uint8Array.of(...a, ...b)])))
  })
})

describe('a multiproof', () => {
  test('of one leaf is its audit path, read from left to right (RFC 9162, section 2.1.5)', () => {
    const l = (n: number) => toHex(merkleRoot(LEAVES.slice(n, n + 1)))
    const pair = (n: number) => toHex(merkleRoot(LEAVES.slice(n, n + 2)))
    const tree = new MerkleTree(LEAVES.slice(0, 7))
    expect(tree.prove([0]).map(toHex)).toEqual([l(1), pair(2), toHex(merkleRoot(LEAVES.slice(4, 7)))])
    expect(tree.prove([3]).map(toHex)).toEqual([pair(0), l(2), toHex(merkleRoot(LEAVES.slice(4, 7)))])
    expect(tree.prove([6]).map(toHex)).toEqual([toHex(merkleRoot(LEAVES.slice(0, 4))), pair(4)])
  })

  test('shows any choice of leaves in any tree', () => {
    fc.assert(
      fc.property(choice, ({ n, positions }) => {
        const leaves = leavesOf(n)
        const tree = new MerkleTree(leaves)
        expect(verifyMultiproof(tree.root, n, pick(leaves, positions), tree.prove(positions))).toBe(true)
      }),
      { seed: 9, numRuns: 300 },
    )
  })

  test('shows nothing once a leaf, a position, a hash or the root is changed', () => {
    fc.assert(
      fc.property(choice, fc.nat(), ({ n, positions }, where) => {
        const leaves = leavesOf(n)
        const tree = new MerkleTree(leaves)
        const proof = tree.prove(positions)
        const known = pick(leaves, positions)
        const flip = (bytes: Uint8Array) => bytes.map((byte, i) => (i === where % bytes.length ? byte ^ 1 : byte))
        const refused = (root: Uint8Array, map: Map<number, Uint8Array>, hashes: readonly Uint8Array[]) =>
          expect(verifyMultiproof(root, n, map, hashes)).toBe(false)

        const position = positions[where % positions.length]!
        refused(tree.root, new Map(known).set(position, flip(leaves[position]!)), proof)
        refused(flip(tree.root), known, proof)
        refused(tree.root, known, [...proof, tree.root])
        if (proof.length > 0) {
          const at = where % proof.length
          refused(tree.root, known, proof.with(at, flip(proof[at]!)))
          refused(tree.root, known, proof.toSpliced(at, 1))
        }
        if (proof.length > 1) refused(tree.root, known, proof.toReversed())
        if (n > 1) {
          const moved = new Map([...known].map(([p, leaf]) => [(p + 1) % n, leaf]))
          refused(tree.root, moved, new MerkleTree(leaves).prove([...moved.keys()]))
        }
      }),
      { seed: 10, numRuns: 150 },
    )
  })

  test('of all leaves is empty', () => {
    const leaves = leavesOf(37)
    const tree = new MerkleTree(leaves)
    const everyone = leaves.map((_, i) => i)
    expect(tree.prove(everyone)).toEqual([])
    expect(verifyMultiproof(tree.root, 37, pick(leaves, everyone), [])).toBe(true)
  })

  test('of a run of neighbours stays small: about 2 log2(n) hashes, not k log2(n)', () => {
    const n = 1_000
    const tree = new MerkleTree(leavesOf(n))
    for (let first = 0; first < n; first += 13) {
      const run = Array.from({ length: 101 }, (_, i) => (first + i) % n)
      // A run that goes around the end of the ring is two runs, each with an end at the edge of the tree.
      expect(tree.prove(run).length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(n)))
    }
  })

  test('does not depend on the order of the positions, nor on repeats', () => {
    const tree = new MerkleTree(leavesOf(20))
    expect(tree.prove([7, 3, 15, 3])).toEqual(tree.prove([3, 7, 15]))
  })

  test('can be kept and changed by the caller without harm to the tree', () => {
    const tree = new MerkleTree(leavesOf(5))
    const before = tree.prove([2]).map(toHex)
    for (const hash of tree.prove([2])) hash.fill(0)
    expect(tree.prove([2]).map(toHex)).toEqual(before)
  })

  test('cannot be made of no leaf, nor of one outside the tree', () => {
    const tree = new MerkleTree(leavesOf(5))
    for (const positions of [[], [5], [-1], [0, 1.5], [Number.NaN]]) {
      expectUsageError(() => tree.prove(positions), 'bad-position')
    }
    expectUsageError(() => new MerkleTree([]).prove([0]), 'bad-position')
    expect(() => tree.prove([0, 5])).toThrow('Cannot prove leaf 5 of a tree of 5.')
    expect(() => tree.prove([])).toThrow('Cannot prove no leaf at all of a tree of 5.')
  })
})

test('verification answers false, and never throws, for what makes no sense', () => {
  const leaves = leavesOf(4)
  const tree = new MerkleTree(leaves)
  const proof = tree.prove([1])
  const known = pick(leaves, [1])
  expect(verifyMultiproof(tree.root, 4, known, proof)).toBe(true)
  expect(verifyMultiproof(tree.root, 4, new Map(), [tree.root])).toBe(false)
  for (const n of [0, 1, -4, 4.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 52]) {
    expect(verifyMultiproof(tree.root, n, known, proof)).toBe(false)
  }
  for (const position of [4, -1, 0.5]) {
    expect(verifyMultiproof(tree.root, 4, new Map([...known, [position, leaves[0]!]]), proof)).toBe(false)
  }
  expect(
    verifyMultiproof(
      tree.root,
      4,
      known,
      proof.map(hash => hash.subarray(1)),
    ),
  ).toBe(false)
  expect(verifyMultiproof(tree.root.subarray(1), 4, known, proof)).toBe(false)
})

test('the root does not bind the number of leaves, so that must be authenticated beside it', () => {
  const leaves = leavesOf(3)
  const tree = new MerkleTree(leaves)
  // With n = 4 the last leaf's hash is taken for that of a pair, at the same place in the proof.
  expect(verifyMultiproof(tree.root, 4, pick(leaves, [0]), tree.prove([0]))).toBe(true)
})
