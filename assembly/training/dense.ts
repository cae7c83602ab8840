/**
 * The three products of a dense layer. Matrices are row-major. Nothing allocates: `scratch` belongs to the caller, who says in
 * src/cnn/kernels/dense.ts how much is needed.
 */
import { addTile, copyUpTo8 } from './tile'

/** Rows of the right-hand matrix that are packed at a time: a panel of 256 x 8 floats is 8 KiB and stays in the first cache. */
const DEPTH: i32 = 256
/** Where the tile's 32 sums lie in the scratch; the panels follow. */
const SUMS_BYTES: usize = 128

/**
 * c [rows, columns] += a [rows, depth] times b [depth, columns], or times the transpose of b [columns, depth] if `turned`.
 * Scratch: 128 + 8192 bytes.
 */
export function multiplyAdd(
  a: usize,
  b: usize,
  c: usize,
  rows: i32,
  depth: i32,
  columns: i32,
  turned: bool,
  scratch: usize,
): void {
  const panel = scratch + SUMS_BYTES
  const aRow = (<usize>depth) << 2
  const cRow = (<usize>columns) << 2
  for (let from = 0; from < depth; from += DEPTH) {
    const some = min(DEPTH, depth - from)
    for (let column = 0; column < columns; column += 8) {
      const count = min(8, columns - column)
      if (turned) packTurned(b + ((<usize>(column * depth + from)) << 2), aRow, some, count, panel)
      else pack(b + ((<usize>(from * columns + column)) << 2), cRow, some, count, panel)
      for (let row = 0; row < rows; row += 4) {
        const start = a + ((<usize>from) << 2)
        addToRows(
          start + <usize>row * aRow,
          start + <usize>min(row + 1, rows - 1) * aRow,
          start + <usize>min(row + 2, rows - 1) * aRow,
          start + <usize>min(row + 3, rows - 1) * aRow,
          some,
          panel,
          c + ((<usize>column) << 2),
          row,
          rows,
          cRow,
          count,
          false,
          scratch,
        )
      }
    }
  }
}

/**
 * c [rows, columns] = the transpose of a [depth, rows] times b [depth, columns]: the gradient of a layer's kernel, in which the
 * depth is a batch and so small. Scratch: 128 + 32 depth ceil(columns / 8) + 16 depth bytes.
 */
export function multiplyTurned(
  a: usize,
  b: usize,
  c: usize,
  rows: i32,
  depth: i32,
  columns: i32,
  scratch: usize,
): void {
  const panels = scratch + SUMS_BYTES
  const panelBytes = (<usize>depth) << 5
  const aRow = (<usize>rows) << 2
  const cRow = (<usize>columns) << 2
  const run = (<usize>depth) << 2
  let panel = panels
  for (let column = 0; column < columns; column += 8) {
    pack(b + ((<usize>column) << 2), cRow, depth, min(8, columns - column), panel)
    panel += panelBytes
  }
  const turned = panel
  memory.fill(c, 0, <usize>rows * cRow)
  for (let row = 0; row < rows; row += 4) {
    // Four columns of a, each to become a row; past the last one, the last one again.
    for (let r = 0; r < 4; r++) {
      let from = a + ((<usize>min(row + r, rows - 1)) << 2)
      let to = turned + <usize>r * run
      for (const end = to + run; to < end; to += 4, from += aRow) store<f32>(to, load<f32>(from))
    }
    panel = panels
    for (let column = 0; column < columns; column += 8, panel += panelBytes) {
      addToRows(
        turned,
        turned + run,
        turned + 2 * run,
        turned + 3 * run,
        depth,
        panel,
        c + ((<usize>column) << 2),
        row,
        rows,
        cRow,
        min(8, columns - column),
        true,
        scratch,
      )
    }
  }
}

/**
 * `count` columns of four rows of c = four rows times a panel, added to what c holds unless it is `fresh`. A row past the last one
 * repeats it: it stores the same sums again.
 */
function addToRows(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  depth: i32,
  panel: usize,
  c: usize,
  row: i32,
  rows: i32,
  cRow: usize,
  count: i32,
  fresh: bool,
  sums: usize,
): void {
  const c0 = c + <usize>row * cRow
  const c1 = c + <usize>min(row + 1, rows - 1) * cRow
  const c2 = c + <usize>min(row + 2, rows - 1) * cRow
  const c3 = c + <usize>min(row + 3, rows - 1) * cRow
  if (fresh) {
    // Not by memory.fill, which is a call out of WebAssembly.
    for (let i: usize = 0; i < SUMS_BYTES; i += 16) v128.store(sums + i, f32x4.splat(0))
  } else {
    copyUpTo8(sums, c0, count)
    copyUpTo8(sums + 32, c1, count)
    copyUpTo8(sums + 64, c2, count)
    copyUpTo8(sums + 96, c3, count)
  }
  addTile(a0, a1, a2, a3, 1, depth, 0, panel, sums)
  copyUpTo8(c0, sums, count)
  copyUpTo8(c1, sums + 32, count)
  copyUpTo8(c2, sums + 64, count)
  copyUpTo8(c3, sums + 96, count)
}

/** Packs `count` columns of `depth` rows, `rowBytes` apart, into a panel of 8 columns. Columns past the last one are zero. */
export function pack(from: usize, rowBytes: usize, depth: i32, count: i32, panel: usize): void {
  const end = panel + ((<usize>depth) << 5)
  if (count < 8) memory.fill(panel, 0, end - panel)
  for (; panel < end; panel += 32, from += rowBytes) copyUpTo8(panel, from, count)
}

/** Packs `count` rows of `depth` floats, `rowBytes` apart, as the columns of a panel. */
function packTurned(from: usize, rowBytes: usize, depth: i32, count: i32, panel: usize): void {
  const end = panel + ((<usize>depth) << 5)
  if (count < 8) memory.fill(panel, 0, end - panel)
  for (let column = 0; column < count; column++) {
    let source = from + <usize>column * rowBytes
    for (let to = panel + ((<usize>column) << 2); to < end; to += 32, source += 4) store<f32>(to, load<f32>(source))
  }
}
