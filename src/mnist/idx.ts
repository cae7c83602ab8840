import { MnistError, type MnistErrorCode } from './errors.ts'
import { gunzip, isGzip } from './gzip.ts'

/** Height and width of an MNIST image, in pixels. */
export const ROWS = 28
export const COLS = 28
/** Bytes per image: one per pixel, row-major, 0 (background) to 255 (ink). */
export const PIXELS: number = ROWS * COLS
/** Labels are the digits 0 to 9. */
export const CLASSES = 10
/** The largest of the MNIST family (EMNIST by class) has 814,255 images; a count beyond this is a damaged header. */
export const MAX_COUNT = 1_000_000

/** IDX magic: two zero bytes, type 8 (unsigned byte), number of dimensions (LeCun, "The MNIST database"). */
const IMAGES_MAGIC = 0x0000_0803
const LABELS_MAGIC = 0x0000_0801
const IMAGES_HEADER = 16
const LABELS_HEADER = 8

/** The images of an IDX3 file. */
export interface IdxImages {
  readonly count: number
  /** `count * 784` bytes, image after image, each row-major. A copy: shares no memory with the file's bytes. */
  readonly pixels: Uint8Array
}

interface Kind {
  readonly name: string
  readonly magic: number
  readonly header: number
  readonly bytesPerItem: number
}

const IMAGES: Kind = { name: 'IDX images', magic: IMAGES_MAGIC, header: IMAGES_HEADER, bytesPerItem: PIXELS }
const LABELS: Kind = { name: 'IDX labels', magic: LABELS_MAGIC, header: LABELS_HEADER, bytesPerItem: 1 }

/**
 * Parses an IDX file of 28 x 28 images of unsigned bytes, plain or gzip (told by its first bytes).
 *
 * @param bytes - the whole file.
 * @param file - its name, for errors.
 * @throws MnistError `gzip-corrupt`, `gzip-too-large`, `idx-truncated`, `idx-trailing-bytes`, `idx-wrong-magic`,
 * `idx-wrong-dimensions` or `idx-count-too-large`, with file, offset (into the decompressed bytes), expected and actual.
 */
export async function parseIdxImages(bytes: Uint8Array, file: string = 'images'): Promise<IdxImages> {
  const raw = await decompress(bytes, file, IMAGES)
  const view = headerOf(raw, file, IMAGES)
  const rows = view.getUint32(8)
  const cols = view.getUint32(12)
  if (rows !== ROWS || cols !== COLS) {
    throw bad('idx-wrong-dimensions', file, IMAGES, 8, `${ROWS} x ${COLS}`, `${rows} x ${cols}`, 'image size in pixels')
  }
  const count = checkedCount(view, raw, file, IMAGES)
  return { count, pixels: raw.slice(IMAGES_HEADER) }
}

/**
 * Parses an IDX file of labels 0 to 9, plain or gzip (told by its first bytes).
 *
 * @param bytes - the whole file.
 * @param file - its name, for errors.
 * @returns one byte per label, a copy.
 * @throws MnistError as {@link parseIdxImages}, and `label-out-of-range` at the first label above 9.
 */
export async function parseIdxLabels(bytes: Uint8Array, file: string = 'labels'): Promise<Uint8Array> {
  const raw = await decompress(bytes, file, LABELS)
  checkedCount(headerOf(raw, file, LABELS), raw, file, LABELS)
  const wrong = raw.findIndex((label, offset) => offset >= LABELS_HEADER && label >= CLASSES)
  if (wrong >= 0) throw bad('label-out-of-range', file, LABELS, wrong, '0 to 9', raw[wrong]!, 'label')
  return raw.slice(LABELS_HEADER)
}

function decompress(bytes: Uint8Array, file: string, kind: Kind): Uint8Array | Promise<Uint8Array> {
  return isGzip(bytes) ? gunzip(bytes, file, kind.header + MAX_COUNT * kind.bytesPerItem) : bytes
}

function headerOf(raw: Uint8Array, file: string, kind: Kind): DataView {
  if (raw.length < kind.header) {
    throw bad('idx-truncated', file, kind, raw.length, kind.header, raw.length, 'bytes of header')
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length)
  const magic = view.getUint32(0)
  if (magic !== kind.magic) {
    throw bad('idx-wrong-magic', file, kind, 0, hex(kind.magic), hex(magic), `magic number${hint(magic)}`)
  }
  return view
}

/** Compares the count that the header claims with the bytes that are there, so nothing is allocated on its word. */
function checkedCount(view: DataView, raw: Uint8Array, file: string, kind: Kind): number {
  const count = view.getUint32(4)
  if (count > MAX_COUNT) throw bad('idx-count-too-large', file, kind, 4, `at most ${MAX_COUNT}`, count, 'item count')
  const expected = kind.header + count * kind.bytesPerItem
  if (raw.length < expected) {
    throw bad('idx-truncated', file, kind, raw.length, expected, raw.length, `bytes for ${count} items`)
  }
  if (raw.length > expected) {
    throw bad('idx-trailing-bytes', file, kind, expected, expected, raw.length, `bytes for ${count} items`)
  }
  return count
}

function bad(
  code: MnistErrorCode,
  file: string,
  kind: Kind,
  offset: number,
  expected: string | number,
  actual: string | number,
  what: string,
): MnistError {
  const message = `${file}: ${kind.name}, offset ${offset}: ${what}: expected ${expected}, found ${actual}`
  return new MnistError(code, message, { file, offset, expected, actual })
}

function hint(magic: number): string {
  if (magic === IMAGES_MAGIC) return ' (this is an images file)'
  if (magic === LABELS_MAGIC) return ' (this is a labels file)'
  return ''
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`
}
