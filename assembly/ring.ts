/**
 * Addition in the ring by SIMD, in AssemblyScript: compiled by scripts/build-kernels.mjs and embedded in the library as
 * src/secagg/primitives/kernels/ring-wasm.ts.
 *
 * `target` and `addend` are addresses, `bytes` is a multiple of 64: what lies past the end of a vector is padding, so
 * there is no tail to treat. Four vectors to a turn, since a turn of one spends as long on the loop as on the addition.
 * Nothing allocates: the memory belongs to the caller.
 */

/** Words mod 2^32. */
export function add32(target: usize, addend: usize, bytes: usize): void {
  const end = target + bytes
  while (target < end) {
    v128.store(target, i32x4.add(v128.load(target), v128.load(addend)))
    v128.store(target, i32x4.add(v128.load(target, 16), v128.load(addend, 16)), 16)
    v128.store(target, i32x4.add(v128.load(target, 32), v128.load(addend, 32)), 32)
    v128.store(target, i32x4.add(v128.load(target, 48), v128.load(addend, 48)), 48)
    target += 64
    addend += 64
  }
}

/** Words mod 2^32. */
export function subtract32(target: usize, addend: usize, bytes: usize): void {
  const end = target + bytes
  while (target < end) {
    v128.store(target, i32x4.sub(v128.load(target), v128.load(addend)))
    v128.store(target, i32x4.sub(v128.load(target, 16), v128.load(addend, 16)), 16)
    v128.store(target, i32x4.sub(v128.load(target, 32), v128.load(addend, 32)), 32)
    v128.store(target, i32x4.sub(v128.load(target, 48), v128.load(addend, 48)), 48)
    target += 64
    addend += 64
  }
}

/** Pairs of words (low, high), which in little-endian memory are integers mod 2^64. */
export function add64(target: usize, addend: usize, bytes: usize): void {
  const end = target + bytes
  while (target < end) {
    v128.store(target, i64x2.add(v128.load(target), v128.load(addend)))
    v128.store(target, i64x2.add(v128.load(target, 16), v128.load(addend, 16)), 16)
    v128.store(target, i64x2.add(v128.load(target, 32), v128.load(addend, 32)), 32)
    v128.store(target, i64x2.add(v128.load(target, 48), v128.load(addend, 48)), 48)
    target += 64
    addend += 64
  }
}

/** Pairs of words (low, high), which in little-endian memory are integers mod 2^64. */
export function subtract64(target: usize, addend: usize, bytes: usize): void {
  const end = target + bytes
  while (target < end) {
    v128.store(target, i64x2.sub(v128.load(target), v128.load(addend)))
    v128.store(target, i64x2.sub(v128.load(target, 16), v128.load(addend, 16)), 16)
    v128.store(target, i64x2.sub(v128.load(target, 32), v128.load(addend, 32)), 32)
    v128.store(target, i64x2.sub(v128.load(target, 48), v128.load(addend, 48)), 48)
    target += 64
    addend += 64
  }
}
