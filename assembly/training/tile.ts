/**
 * The micro-kernel under all dense products: a tile of 4 rows by 8 columns of sums, in registers while the rows are walked.
 * Eight sums, two vectors of the panel, one splat and one product: 12 of the 16 SIMD registers of x64, so nothing spills.
 */

/** `sum` + `x` times `y`: two roundings, since WebAssembly has no fused multiply-add that rounds alike everywhere. */
export function addProduct(sum: v128, x: v128, y: v128): v128 {
  return f32x4.add(sum, f32x4.mul(x, y))
}

/**
 * Adds four rows, times a panel, to 4 x 8 sums. A row is `runs` runs of `run` floats, `stride` bytes apart; its address is
 * `row0` ... `row3`. The panel has 8 columns, interleaved: for each float of a row, in order, 32 bytes. `sums` holds the 4 x 8 sums.
 */
export function addTile(
  row0: usize,
  row1: usize,
  row2: usize,
  row3: usize,
  runs: i32,
  run: i32,
  stride: usize,
  panel: usize,
  sums: usize,
): void {
  let s00 = v128.load(sums)
  let s01 = v128.load(sums, 16)
  let s10 = v128.load(sums, 32)
  let s11 = v128.load(sums, 48)
  let s20 = v128.load(sums, 64)
  let s21 = v128.load(sums, 80)
  let s30 = v128.load(sums, 96)
  let s31 = v128.load(sums, 112)
  const end = (<usize>run) << 2
  for (; runs > 0; runs--) {
    // One index for all addresses, and one column at a time: V8 unrolls this loop by itself, with a branch in between that keeps it
    // from loading everything first and running out of registers. Unrolled by hand the loop takes nearly twice as long.
    for (let at: usize = 0; at < end; at += 4) {
      const b0 = v128.load(panel + (at << 3))
      const b1 = v128.load(panel + (at << 3), 16)
      let x = v128.load_splat<f32>(row0 + at)
      s00 = addProduct(s00, x, b0)
      s01 = addProduct(s01, x, b1)
      x = v128.load_splat<f32>(row1 + at)
      s10 = addProduct(s10, x, b0)
      s11 = addProduct(s11, x, b1)
      x = v128.load_splat<f32>(row2 + at)
      s20 = addProduct(s20, x, b0)
      s21 = addProduct(s21, x, b1)
      x = v128.load_splat<f32>(row3 + at)
      s30 = addProduct(s30, x, b0)
      s31 = addProduct(s31, x, b1)
    }
    panel += end << 3
    row0 += stride
    row1 += stride
    row2 += stride
    row3 += stride
  }
  v128.store(sums, s00)
  v128.store(sums, s01, 16)
  v128.store(sums, s10, 32)
  v128.store(sums, s11, 48)
  v128.store(sums, s20, 64)
  v128.store(sums, s21, 80)
  v128.store(sums, s30, 96)
  v128.store(sums, s31, 112)
}

/** Copies the first `count` of 8 floats. Whole vectors where all are wanted, and not a byte further where not. */
export function copyUpTo8(to: usize, from: usize, count: i32): void {
  if (count >= 8) {
    v128.store(to, v128.load(from))
    v128.store(to, v128.load(from, 16), 16)
  } else {
    for (let i = 0; i < count; i++) store<f32>(to + ((<usize>i) << 2), load<f32>(from + ((<usize>i) << 2)))
  }
}
