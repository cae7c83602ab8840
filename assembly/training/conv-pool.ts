/**
 * A convolution (stride 1) with bias, ReLU and 2x2 max-pool as one operation, and its gradient. The pool is why they are one:
 *
 * - forward, the four pixels of a window are the four rows of a tile, so that only their maximum ever reaches memory;
 * - backward, three of four pixels get no gradient, and neither does a window that the ReLU silenced. The gradient is a list
 *   of (patch, number) for each filter, and what is left of the dense products is less than a quarter.
 *
 * Both work on one picture at a time, unfolded to a workspace that stays in the caches, in which the patch under a pixel is `runs`
 * runs of `run` floats, `stride` bytes apart, `pixel` bytes after the patch of its left and `row` after that of its upper neighbour.
 */
import { addProduct, addTile, copyUpTo8 } from './tile'

/**
 * One picture forward. `panels` is the kernel [runs * run, filters] in panels of 8 columns, `bias` as many floats as the panels have
 * columns. Gives the pooled activations [rows, columns, filters], and in `winners`, of the same shape, where in the workspace the
 * patch of each window's maximum begins: the first of equals. `sums`: 128 bytes of scratch.
 */
export function convPool(
  workspace: usize,
  runs: i32,
  run: i32,
  stride: usize,
  pixel: usize,
  row: usize,
  panels: usize,
  bias: usize,
  filters: i32,
  rows: i32,
  columns: i32,
  pooled: usize,
  winners: usize,
  sums: usize,
): void {
  const panelBytes = (<usize>(runs * run)) << 5
  const step = (<usize>filters) << 2
  const zero = f32x4.splat(0)
  for (let filter = 0; filter < filters; filter += 8) {
    const count = min(8, filters - filter)
    const bias0 = v128.load(bias)
    const bias1 = v128.load(bias, 16)
    let at = (<usize>filter) << 2
    for (let windowRow = 0; windowRow < rows; windowRow++) {
      let corner = workspace + 2 * <usize>windowRow * row
      for (let window = 0; window < columns; window++, corner += 2 * pixel, at += step) {
        for (let i: usize = 0; i < 128; i += 32) {
          v128.store(sums + i, bias0)
          v128.store(sums + i, bias1, 16)
        }
        addTile(corner, corner + pixel, corner + row, corner + row + pixel, runs, run, stride, panels, sums)
        const offset = corner - workspace
        let best0 = v128.load(sums)
        let best1 = v128.load(sums, 16)
        let from0 = i32x4.splat(<i32>offset)
        let from1 = from0
        for (let i: usize = 1; i < 4; i++) {
          const other0 = v128.load(sums + (i << 5))
          const other1 = v128.load(sums + (i << 5), 16)
          const from = i32x4.splat(<i32>(offset + (i & 1) * pixel + (i >> 1) * row))
          const larger0 = f32x4.gt(other0, best0)
          const larger1 = f32x4.gt(other1, best1)
          best0 = v128.bitselect(other0, best0, larger0)
          best1 = v128.bitselect(other1, best1, larger1)
          from0 = v128.bitselect(from, from0, larger0)
          from1 = v128.bitselect(from, from1, larger1)
        }
        // f32x4.max keeps NaN, which must reach the loss: a training that diverges is to be noticed.
        v128.store(sums, f32x4.max(best0, zero))
        v128.store(sums, f32x4.max(best1, zero), 16)
        v128.store(sums, from0, 32)
        v128.store(sums, from1, 48)
        copyUpTo8(pooled + at, sums, count)
        copyUpTo8(winners + at, sums + 32, count)
      }
    }
    panels += panelBytes
    bias += 32
  }
}

/**
 * One picture backward, for all filters. Adds to `kernelGradient` [filters, runs * pitch], where a run is padded to
 * `pitch` floats, a multiple of 4, and to `biasGradient` [filters]. If `spread` is not 0 it is a workspace like that of the picture, to
 * which the gradient of the input is added, and `kernel` is the kernel, laid out like `kernelGradient`, its padding zero.
 * `list`: 8 bytes for each of the `windows`.
 */
export function convPoolGradient(
  workspace: usize,
  runs: i32,
  pitch: i32,
  stride: usize,
  filters: i32,
  windows: i32,
  dPooled: usize,
  pooled: usize,
  winners: usize,
  kernelGradient: usize,
  biasGradient: usize,
  spread: usize,
  kernel: usize,
  list: usize,
): void {
  const step = (<usize>filters) << 2
  const kernelBytes = (<usize>(runs * pitch)) << 2
  const last = step * <usize>windows
  for (let filter: usize = 0; filter < step; filter += 4) {
    let end = list
    let sum: f32 = 0
    for (let at = filter; at < last; at += step) {
      const value = load<f32>(dPooled + at)
      if (value === 0 || load<f32>(pooled + at) === 0) continue
      sum += value
      store<u32>(end, load<u32>(winners + at))
      store<f32>(end, value, 4)
      end += 8
    }
    if (end > list) {
      store<f32>(biasGradient + filter, load<f32>(biasGradient + filter) + sum)
      addPatches(kernelGradient, workspace, runs, pitch, stride, list, end)
      if (spread !== 0) spreadPatches(kernel, spread, runs, pitch, stride, list, end)
    }
    kernelGradient += kernelBytes
    kernel += kernelBytes
  }
}

/** `to` [runs, pitch] += the sum of the listed patches, each times its number. */
function addPatches(to: usize, workspace: usize, runs: i32, pitch: i32, stride: usize, list: usize, end: usize): void {
  for (; runs > 0; runs--, workspace += stride) {
    let from = workspace
    let left = pitch
    for (; left >= 32; left -= 32, to += 128, from += 128) addPatches8(to, from, list, end)
    for (; left >= 16; left -= 16, to += 64, from += 64) addPatches4(to, from, list, end)
    for (; left > 0; left -= 4, to += 16, from += 16) addPatches1(to, from, list, end)
  }
}

function addPatches8(to: usize, from: usize, list: usize, end: usize): void {
  let s0 = f32x4.splat(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  let s4 = s0
  let s5 = s0
  let s6 = s0
  let s7 = s0
  for (; list < end; list += 8) {
    const patch = from + load<u32>(list)
    const value = v128.load_splat<f32>(list, 4)
    s0 = addProduct(s0, value, v128.load(patch))
    s1 = addProduct(s1, value, v128.load(patch, 16))
    s2 = addProduct(s2, value, v128.load(patch, 32))
    s3 = addProduct(s3, value, v128.load(patch, 48))
    s4 = addProduct(s4, value, v128.load(patch, 64))
    s5 = addProduct(s5, value, v128.load(patch, 80))
    s6 = addProduct(s6, value, v128.load(patch, 96))
    s7 = addProduct(s7, value, v128.load(patch, 112))
  }
  v128.store(to, f32x4.add(v128.load(to), s0))
  v128.store(to, f32x4.add(v128.load(to, 16), s1), 16)
  v128.store(to, f32x4.add(v128.load(to, 32), s2), 32)
  v128.store(to, f32x4.add(v128.load(to, 48), s3), 48)
  v128.store(to, f32x4.add(v128.load(to, 64), s4), 64)
  v128.store(to, f32x4.add(v128.load(to, 80), s5), 80)
  v128.store(to, f32x4.add(v128.load(to, 96), s6), 96)
  v128.store(to, f32x4.add(v128.load(to, 112), s7), 112)
}

function addPatches4(to: usize, from: usize, list: usize, end: usize): void {
  let s0 = f32x4.splat(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  for (; list < end; list += 8) {
    const patch = from + load<u32>(list)
    const value = v128.load_splat<f32>(list, 4)
    s0 = addProduct(s0, value, v128.load(patch))
    s1 = addProduct(s1, value, v128.load(patch, 16))
    s2 = addProduct(s2, value, v128.load(patch, 32))
    s3 = addProduct(s3, value, v128.load(patch, 48))
  }
  v128.store(to, f32x4.add(v128.load(to), s0))
  v128.store(to, f32x4.add(v128.load(to, 16), s1), 16)
  v128.store(to, f32x4.add(v128.load(to, 32), s2), 32)
  v128.store(to, f32x4.add(v128.load(to, 48), s3), 48)
}

function addPatches1(to: usize, from: usize, list: usize, end: usize): void {
  let sum = f32x4.splat(0)
  for (; list < end; list += 8) {
    sum = addProduct(sum, v128.load_splat<f32>(list, 4), v128.load(from + load<u32>(list)))
  }
  v128.store(to, f32x4.add(v128.load(to), sum))
}

/** Each listed patch of the spread += `kernel` [runs, pitch] times its number. */
function spreadPatches(
  kernel: usize,
  spread: usize,
  runs: i32,
  pitch: i32,
  stride: usize,
  list: usize,
  end: usize,
): void {
  for (; runs > 0; runs--, spread += stride) {
    let to = spread
    let left = pitch
    for (; left >= 32; left -= 32, kernel += 128, to += 128) spreadPatches8(kernel, to, list, end)
    for (; left > 0; left -= 4, kernel += 16, to += 16) spreadPatches1(kernel, to, list, end)
  }
}

function spreadPatches8(kernel: usize, to: usize, list: usize, end: usize): void {
  const k0 = v128.load(kernel)
  const k1 = v128.load(kernel, 16)
  const k2 = v128.load(kernel, 32)
  const k3 = v128.load(kernel, 48)
  const k4 = v128.load(kernel, 64)
  const k5 = v128.load(kernel, 80)
  const k6 = v128.load(kernel, 96)
  const k7 = v128.load(kernel, 112)
  for (; list < end; list += 8) {
    const patch = to + load<u32>(list)
    const value = v128.load_splat<f32>(list, 4)
    v128.store(patch, addProduct(v128.load(patch), value, k0))
    v128.store(patch, addProduct(v128.load(patch, 16), value, k1), 16)
    v128.store(patch, addProduct(v128.load(patch, 32), value, k2), 32)
    v128.store(patch, addProduct(v128.load(patch, 48), value, k3), 48)
    v128.store(patch, addProduct(v128.load(patch, 64), value, k4), 64)
    v128.store(patch, addProduct(v128.load(patch, 80), value, k5), 80)
    v128.store(patch, addProduct(v128.load(patch, 96), value, k6), 96)
    v128.store(patch, addProduct(v128.load(patch, 112), value, k7), 112)
  }
}

function spreadPatches1(kernel: usize, to: usize, list: usize, end: usize): void {
  const k = v128.load(kernel)
  for (; list < end; list += 8) {
    const patch = to + load<u32>(list)
    v128.store(patch, addProduct(v128.load(patch), v128.load_splat<f32>(list, 4), k))
  }
}
