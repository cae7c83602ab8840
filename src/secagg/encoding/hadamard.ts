/** Levels below this many entries are done block after block: 32 KiB, which stay in the first cache. */
const BLOCK = 4096

/**
 * The Walsh-Hadamard transform without its normalization, in place, in natural (Hadamard) order: log2(m) levels, each of
 * which replaces pairs (a, b) that lie h apart by (a + b, a - b), for h = 1, 2, 4, ..., m / 2. Each entry is rounded once a
 * level, in this order of levels: blocks and the two levels taken at a time change when a pair's turn comes, not what it
 * becomes.
 *
 * @param v of a length m that is a power of two, or 0
 */
export function addAndSubtractPairs(v: Float64Array): void {
  if (v.length === 0) return
  const block = Math.min(v.length, BLOCK)
  for (let at = 0; at < v.length; at += block) levels(v, at, at + block, 1, block)
  levels(v, 0, v.length, block, v.length)
}

/** The levels h = first, 2 first, ... below `last`, on entries `from` to `to` - 1. */
function levels(v: Float64Array, from: number, to: number, first: number, last: number): void {
  let h = first
  for (; h * 4 <= last; h *= 4) twoLevels(v, from, to, h)
  if (h < last) oneLevel(v, from, to, h)
}

function oneLevel(v: Float64Array, from: number, to: number, h: number): void {
  for (let start = from; start < to; start += 2 * h) {
    for (let i = start; i < start + h; i++) {
      const a = v[i]!
      const b = v[i + h]!
      v[i] = a + b
      v[i + h] = a - b
    }
  }
}

/** Levels h and 2 h: half the loads and stores of one at a time. */
function twoLevels(v: Float64Array, from: number, to: number, h: number): void {
  for (let start = from; start < to; start += 4 * h) {
    for (let i = start; i < start + h; i++) {
      const j = i + h
      const k = j + h
      const l = k + h
      const a = v[i]! + v[j]!
      const b = v[i]! - v[j]!
      const c = v[k]! + v[l]!
      const d = v[k]! - v[l]!
      v[i] = a + c
      v[j] = b + d
      v[k] = a - c
      v[l] = b - d
    }
  }
}
