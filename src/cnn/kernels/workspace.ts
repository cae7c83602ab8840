import type { ConvLayout } from './conv-layout.ts'
import type { Shape4D } from './layer-ops.ts'
import type { Native } from './native.ts'

/** Brings one picture of a batch after the other into the layout. */
export class Workspace {
  readonly #native: Native
  readonly #layout: ConvLayout
  readonly #shape: Shape4D
  readonly #pictures: number
  readonly #padded: number
  readonly #unfolded: number

  /** `scratch`: room for the padded picture, and for the unfolded one. */
  constructor(native: Native, layout: ConvLayout, shape: Shape4D, pictures: number, scratch: readonly number[]) {
    const [padded = 0, unfolded = 0] = scratch
    this.#native = native
    this.#layout = layout
    this.#shape = shape
    this.#pictures = pictures
    this.#padded = padded
    this.#unfolded = unfolded
    // The margin; pictures only ever overwrite what is within.
    native.floats(padded, layout.padded.bytes / 4).fill(0)
  }

  /** Loads picture `n` and returns the address of the workspace, the same every time. */
  load(n: number): number {
    const { padded, unfolded: patches, pixel } = this.#layout
    const [, height, width, channels] = this.#shape
    const channelBytes = 4 * channels
    const rowBytes = width * channelBytes
    const from = this.#pictures + n * height * rowBytes
    const { copyRows, unfold } = this.#native.functions
    copyRows(from, rowBytes, this.#padded + padded.start, padded.rowBytes, height, rowBytes)
    if (patches === undefined) return this.#padded
    const { side, run, rows, columns } = patches
    unfold(this.#padded, padded.rowBytes, channelBytes, side, run, rows, columns, this.#unfolded, pixel)
    return this.#unfolded
  }
}
