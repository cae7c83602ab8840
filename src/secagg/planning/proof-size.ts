import { type GraphSpec, neighboursOf } from '../graph/index.ts'

/**
 * Hashes in the Merkle multiproof of the leaves at `positions` (ascending) of a tree of `n`: the largest subtrees that
 * hold none of them, as `MerkleTree.prove` gathers them, without the tree.
 */
export function proofHashes(n: number, positions: readonly number[]): number {
  const count = (lo: number, hi: number, from: number, to: number): number => {
    if (from === to) return 1
    if (to - from === hi - lo) return 0
    let half = 1
    while (half * 2 < hi - lo) half *= 2
    const middle = lo + half
    let cut = from
    while (cut < to && positions[cut]! < middle) cut++
    return count(lo, middle, from, cut) + count(middle, hi, cut, to)
  }
  return count(0, n, 0, positions.length)
}

/** Hashes in the proof that the client at `position` gets: for itself and its neighbours. */
export function rosterProofHashes(position: number, n: number, graph: GraphSpec): number {
  const shown = [...neighboursOf(position, n, graph), position].sort((a, b) => a - b)
  return proofHashes(n, shown)
}
