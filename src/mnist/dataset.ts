import { MnistError } from './errors.ts'
import { CLASSES, COLS, PIXELS, ROWS } from './idx.ts'

/** Labelled 28 x 28 images in two flat arrays, ready to be split, sent to a thread or turned into tensors. */
export class ImageDataset {
  /** `length * 784` bytes: image after image, each row-major, 0 (background) to 255 (ink). */
  readonly images: Uint8Array
  /** One digit, 0 to 9, per image. */
  readonly labels: Uint8Array
  /** Number of images. */
  readonly length: number
  readonly rows: 28 = ROWS
  readonly cols: 28 = COLS
  readonly classes: 10 = CLASSES

  /**
   * @param images - `n * 784` bytes; kept, not copied.
   * @param labels - `n` digits, 0 to 9; kept, not copied.
   * @throws MnistError `count-mismatch` when the lengths disagree, `dataset-shape` when the images are not whole,
   * `label-out-of-range` at the first label above 9.
   */
  constructor(images: Uint8Array, labels: Uint8Array) {
    if (images.length % PIXELS !== 0) {
      throw new MnistError('dataset-shape', `images: ${images.length} bytes are not a multiple of ${PIXELS}`, {
        actual: images.length,
      })
    }
    const count = images.length / PIXELS
    if (count !== labels.length) {
      throw new MnistError('count-mismatch', `${count} images but ${labels.length} labels`, {
        expected: count,
        actual: labels.length,
      })
    }
    const wrong = labels.findIndex(label => label >= CLASSES)
    if (wrong >= 0) {
      throw new MnistError('label-out-of-range', `label ${wrong}: expected 0 to 9, found ${labels[wrong]}`, {
        offset: wrong,
        expected: '0 to 9',
        actual: labels[wrong]!,
      })
    }
    this.images = images
    this.labels = labels
    this.length = count
  }

  /**
   * The images at `indices`, in that order (an index may repeat). Copies: the result shares no memory with this.
   *
   * @throws MnistError `dataset-index-out-of-range` when an index is not an integer from 0 to `length - 1`.
   */
  subset(indices: ArrayLike<number>): ImageDataset {
    const images = new Uint8Array(indices.length * PIXELS)
    const labels = new Uint8Array(indices.length)
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i]!
      if (!Number.isInteger(index) || index < 0 || index >= this.length) {
        throw outOfRange(`indices[${i}]`, index, this.length - 1)
      }
      images.set(this.images.subarray(index * PIXELS, (index + 1) * PIXELS), i * PIXELS)
      labels[i] = this.labels[index]!
    }
    return new ImageDataset(images, labels)
  }

  /**
   * The images from `start` up to but without `end` (all the rest by default). Copies. Unlike `Array.slice` it neither
   * counts from the end nor shortens in silence: asking for more digits than there are is an error.
   *
   * @throws MnistError `dataset-index-out-of-range` unless 0 <= start <= end <= length.
   */
  slice(start: number, end: number = this.length): ImageDataset {
    if (!Number.isInteger(end) || end < 0 || end > this.length) throw outOfRange('end', end, this.length)
    if (!Number.isInteger(start) || start < 0 || start > end) throw outOfRange('start', start, end)
    return new ImageDataset(this.images.slice(start * PIXELS, end * PIXELS), this.labels.slice(start, end))
  }

  /**
   * Deals the images to workers, in order and as evenly as they go: PySyft's `dataset.federate((bob, alice))`. For shuffled
   * or skewed shares there is `federate` of the package's root.
   *
   * @returns how many images each was given, in the order of `workers`.
   * @throws MnistError `dataset-index-out-of-range` for more workers than images, or none.
   */
  federate(workers: readonly { receive(data: ImageDataset): void }[]): number[] {
    const { length } = workers
    if (length === 0 || length > this.length) throw outOfRange('workers', length, this.length, 1)
    return workers.map((worker, i) => {
      const share = this.slice(Math.floor((i * this.length) / length), Math.floor(((i + 1) * this.length) / length))
      worker.receive(share)
      return share.length
    })
  }
}

/** Digits to learn from and digits to test on, and what each may truthfully be called in a report. */
export interface Mnist {
  /** Where the digits come from, for people. */
  readonly source: string
  readonly train: ImageDataset
  readonly test: ImageDataset
  /** What {@link Mnist.test} is, for people: `MNIST test set` only if it is that one, by checksum. */
  readonly testName: string
}

function outOfRange(what: string, actual: number, last: number, first = 0): MnistError {
  return new MnistError(
    'dataset-index-out-of-range',
    `${what}: expected an integer from ${first} to ${last}, found ${actual}`,
    {
      expected: `${first} to ${last}`,
      actual,
    },
  )
}
