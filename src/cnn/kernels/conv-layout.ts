import type { Padding, Shape4D } from './layer-ops.ts'

/**
 * How one picture lies in the workspace of assembly/training/conv-pool.ts: the patch under each pixel is `runs` runs of `run` floats.
 * Bytes: runs are `stride` apart, patches of neighbours `pixel` and `row`.
 */
export interface ConvLayout {
  readonly runs: number
  readonly run: number
  /** `run`, rounded up to whole vectors. */
  readonly pitch: number
  readonly stride: number
  readonly pixel: number
  readonly row: number
  readonly bytes: number
  /** The picture with its margin, of which the patches are cut. */
  readonly padded: PaddedPicture
  /** If each patch is copied to be one run: of what; otherwise the workspace is the padded picture. */
  readonly unfolded: UnfoldedPatches | undefined
  /** The output of the pool. */
  readonly windowRows: number
  readonly windowColumns: number
}

/** So many patches, each of `side` runs of `run` floats in the padded picture. */
export interface UnfoldedPatches {
  readonly side: number
  readonly run: number
  readonly rows: number
  readonly columns: number
}

/** Where a picture begins within its margin, and what both take, in bytes. */
export interface PaddedPicture {
  readonly rows: number
  readonly columns: number
  readonly start: number
  readonly rowBytes: number
  readonly bytes: number
}

/** With fewer floats in a row of a patch than this, loops would cost more than products. Measured: 5 and 40. */
const SHORT_RUN = 16
/** Whole vectors are read, so up to three floats past the last patch. */
const SLACK_BYTES = 16

/** The layout for pictures `x` and a `kernel` [side, side, in, out]. Only the first layer's may be unfolded. */
export function convLayout(x: Shape4D, kernel: Shape4D, padding: Padding, isFirst: boolean): ConvLayout {
  const [, height, width, channels] = x
  const [side] = kernel
  const margin = padding === 'same' ? side - 1 : 0
  const rows = height + margin
  const columns = width + margin
  const channelBytes = 4 * channels
  const rowBytes = columns * channelBytes
  // TensorFlow puts the smaller half of the margin first.
  const before = margin >> 1
  const bytes = rows * rowBytes + SLACK_BYTES
  const padded = { rows, columns, start: before * (rowBytes + channelBytes), rowBytes, bytes }
  const patches = { side, run: side * channels, rows: rows - side + 1, columns: columns - side + 1 }
  const windows = { windowRows: patches.rows >> 1, windowColumns: patches.columns >> 1 }
  if (!isFirst || patches.run >= SHORT_RUN) {
    const { run } = patches
    const direct = { runs: side, run, pitch: wholeVectors(run), stride: rowBytes, pixel: channelBytes, row: rowBytes }
    return { ...direct, bytes, padded, unfolded: undefined, ...windows }
  }
  const run = side * patches.run
  const pixel = 4 * wholeVectors((side - 1) * patches.run + wholeVectors(patches.run))
  const row = patches.columns * pixel
  const one = { runs: 1, run, pitch: wholeVectors(run), stride: 0, pixel, row }
  return { ...one, bytes: patches.rows * row + SLACK_BYTES, padded, unfolded: patches, ...windows }
}

function wholeVectors(floats: number): number {
  return 4 * Math.ceil(floats / 4)
}
