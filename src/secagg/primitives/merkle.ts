import { sha256 } from '#native'
import { UsageError } from '../errors.ts'
import { equalBytes } from './wipe.ts'

/** RFC 9162 section 2.1.1: leaves and inner nodes hash under different prefixes, so that neither passes for the other. */
const LEAF_PREFIX = Uint8Array.of(0x00)
const NODE_PREFIX = Uint8Array.of(0x01)

/** The Merkle tree hash of RFC 9162 section 2.1.1: 32 bytes. Of no leaves: the hash of the empty string. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  return new MerkleTree(leaves).root
}

/** A Merkle tree that keeps the hash of every subtree: O(n) once, then each proof only gathers. */
export class MerkleTree {
  readonly root: Uint8Array
  readonly #size: number
  /** Row r holds the hashes of the subtrees of up to 2^r leaves, from left to right. */
  readonly #rows: Uint8Array[][]

  constructor(leaves: readonly Uint8Array[]) {
    this.#size = leaves.length
    this.#rows = [leaves.map(hashLeaf)]
    for (let row = this.#rows[0]!; row.length > 1; ) {
      row = pairUp(row)
      this.#rows.push(row)
    }
    this.root = this.#rows.at(-1)![0] ?? sha256()
  }

  /**
   * The multiproof of the leaves at `positions`: the hashes of the largest subtrees that hold none of them, from left to
   * right. At most k log2(n) hashes, about 2 log2(n) when the positions are a run.
   *
   * @throws UsageError `bad-position` when there is no position, or one outside 0 to n - 1.
   */
  prove(positions: readonly number[]): Uint8Array[] {
    const sorted = [...new Set(positions)].sort((a, b) => a - b)
    const stranger = sorted.find(position => !isPosition(position, this.#size))
    if (sorted.length === 0 || stranger !== undefined) {
      throw new UsageError(
        'bad-position',
        `Cannot prove ${stranger === undefined ? 'no leaf at all' : `leaf ${stranger}`} of a tree of ${this.#size}.`,
      )
    }
    const proof: Uint8Array[] = []
    this.#gather(0, this.#size, sorted, proof)
    return proof
  }

  /** Appends the proof of leaves lo to hi - 1, where `known` are the positions among them. */
  #gather(lo: number, hi: number, known: readonly number[], proof: Uint8Array[]): void {
    if (known.length === 0) {
      proof.push(this.#hash(lo, hi))
    } else if (known.length < hi - lo) {
      const middle = lo + splitPoint(hi - lo)
      const cut = countBelow(known, middle)
      this.#gather(lo, middle, known.slice(0, cut), proof)
      this.#gather(middle, hi, known.slice(cut), proof)
    }
  }

  /** The subtree of leaves lo to hi - 1 stands in the row of its height, at lo in units of that row's width. */
  #hash(lo: number, hi: number): Uint8Array {
    const height = Math.ceil(Math.log2(hi - lo))
    return Uint8Array.from(this.#rows[height]![lo / 2 ** height]!)
  }
}

/**
 * Whether `proof` shows that the tree of `n` leaves under `root` holds exactly these leaf bytes at these positions.
 * `false` for anything malformed: no leaf at all, a position outside the tree, a proof with a hash too many or too few.
 *
 * The root does not bind `n`: trees of different sizes can share proofs. Authenticate `n` together with the root.
 */
export function verifyMultiproof(
  root: Uint8Array,
  n: number,
  known: ReadonlyMap<number, Uint8Array>,
  proof: readonly Uint8Array[],
): boolean {
  const positions = [...known.keys()].sort((a, b) => a - b)
  if (!Number.isSafeInteger(n) || positions.length === 0) return false
  if (!positions.every(position => isPosition(position, n))) return false

  let used = 0
  /** The hash of leaves lo to hi - 1, or undefined when the proof has run out. */
  const hashRange = (lo: number, hi: number, inside: readonly number[]): Uint8Array | undefined => {
    if (inside.length === 0) return proof[used++]
    if (hi - lo === 1) return hashLeaf(known.get(lo)!)
    const middle = lo + splitPoint(hi - lo)
    const cut = countBelow(inside, middle)
    const left = hashRange(lo, middle, inside.slice(0, cut))
    const right = left && hashRange(middle, hi, inside.slice(cut))
    return left && right && hashNode(left, right)
  }
  const computed = hashRange(0, n, positions)
  return computed !== undefined && used === proof.length && equalBytes(computed, root)
}

function hashLeaf(leaf: Uint8Array): Uint8Array {
  return sha256(LEAF_PREFIX, leaf)
}

function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(NODE_PREFIX, left, right)
}

/** The row above: neighbours joined, and a last one without a neighbour moved up as it is. */
function pairUp(row: readonly Uint8Array[]): Uint8Array[] {
  const above: Uint8Array[] = []
  for (let i = 0; i < row.length; i += 2) {
    const right = row[i + 1]
    above.push(right === undefined ? row[i]! : hashNode(row[i]!, right))
  }
  return above
}

/** The largest power of two below `leaves` (at least 2), where RFC 9162 splits. */
function splitPoint(leaves: number): number {
  let half = 1
  while (half * 2 < leaves) half *= 2
  return half
}

/** How many of the ascending `positions` lie below `bound`. */
function countBelow(positions: readonly number[], bound: number): number {
  let lo = 0
  let hi = positions.length
  while (lo < hi) {
    const middle = (lo + hi) >>> 1
    if (positions[middle]! < bound) lo = middle + 1
    else hi = middle
  }
  return lo
}

function isPosition(position: number, n: number): boolean {
  return Number.isInteger(position) && position >= 0 && position < n
}
