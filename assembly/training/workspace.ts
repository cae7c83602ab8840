/**
 * How pictures and kernels are laid out for assembly/training/conv-pool.ts. Sizes in bytes unless they are counts; see there
 * for `runs`, `run` and `pitch`.
 */
import { pack } from './dense'

/** Copies `rows` rows of `bytes` bytes between pictures of other widths: into a margin, or out of one. */
export function copyRows(from: usize, fromRow: usize, to: usize, toRow: usize, rows: i32, bytes: usize): void {
  for (; rows > 0; rows--, from += fromRow, to += toRow) memory.copy(to, from, bytes)
}

/**
 * Lays the patch of each pixel (`side` rows of `run` floats) out as one run, `pixel` bytes after the one before: short runs, of
 * pictures with few channels, would spend more time on loops than on sums. By whole vectors: each run overwrites what the one before
 * wrote too much, so `pixel` leaves room for the last.
 */
export function unfold(
  picture: usize,
  rowBytes: usize,
  channelBytes: usize,
  side: i32,
  run: i32,
  rows: i32,
  columns: i32,
  to: usize,
  pixel: usize,
): void {
  const runBytes = (<usize>run) << 2
  for (; rows > 0; rows--, picture += rowBytes) {
    let corner = picture
    for (let column = 0; column < columns; column++, corner += channelBytes, to += pixel) {
      let from = corner
      let at = to
      for (let i = 0; i < side; i++, from += rowBytes, at += runBytes) {
        for (let done: usize = 0; done < runBytes; done += 16) v128.store(at + done, v128.load(from + done))
      }
    }
  }
}

/** Turns a kernel [runs * run, filters] into [filters, runs * pitch]. The padding stays as it is. */
export function turnKernel(kernel: usize, runs: i32, run: i32, pitch: i32, filters: i32, to: usize): void {
  for (let filter = 0; filter < filters; filter++) {
    let from = kernel + ((<usize>filter) << 2)
    for (let i = 0; i < runs; i++, to += (<usize>pitch) << 2) {
      for (let j: usize = 0; j < (<usize>run) << 2; j += 4, from += (<usize>filters) << 2) {
        store<f32>(to + j, load<f32>(from))
      }
    }
  }
}

/** The way back: turns [filters, runs * pitch] into a kernel [runs * run, filters]. */
export function turnKernelBack(turned: usize, runs: i32, run: i32, pitch: i32, filters: i32, kernel: usize): void {
  for (let filter = 0; filter < filters; filter++) {
    let to = kernel + ((<usize>filter) << 2)
    for (let i = 0; i < runs; i++, turned += (<usize>pitch) << 2) {
      for (let j: usize = 0; j < (<usize>run) << 2; j += 4, to += (<usize>filters) << 2) {
        store<f32>(to, load<f32>(turned + j))
      }
    }
  }
}

/** Packs a matrix [rows, columns] into panels of 8 columns; columns past the last one are zero. */
export function packPanels(matrix: usize, rows: i32, columns: i32, panels: usize): void {
  for (let column = 0; column < columns; column += 8) {
    pack(matrix + ((<usize>column) << 2), (<usize>columns) << 2, rows, min(8, columns - column), panels)
    panels += (<usize>rows) << 5
  }
}
