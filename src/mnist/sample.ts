import { sha256 } from '@noble/hashes/sha2.js'
import { ImageDataset, type Mnist } from './dataset.ts'
import { MnistError } from './errors.ts'
import { gunzip, isGzip } from './gzip.ts'
import { COLS, MAX_COUNT, PIXELS, ROWS } from './idx.ts'

/*
 * The embedded sample, as scripts/pack-mnist-sample.mjs writes it (gzip around this; integers big-endian):
 *
 *   0   8  magic "MNISTSM1"
 *   8   4  n, number of digits
 *   12  4  number of them to learn from; the others, at the end, are held out
 *   16  2  rows
 *   18  2  columns
 *   20  n  labels
 *   ..  n * rows * columns  pixels, row-major
 *   ..  32 SHA-256 of everything before
 */
const MAGIC = 'MNISTSM1'
const HEADER = 20
const DIGEST = 32
const FILE = 'mnist-sample.bin.gz'

/** What the sample's own test digits are called: they are MNIST training images, not the MNIST test set. */
export const SAMPLE_TEST_NAME = 'held-out digits of the embedded sample'

/**
 * Reads the packed sample: 10,000 real digits, all MNIST *training* images, 8,500 to learn from and 1,500 held out. Both
 * parts are in a fixed random order and stratified: each digit has the same share in both, so any leading part of the
 * training digits is a fair sample too. Held-out digits may be by writers who also wrote training digits (in MNIST
 * proper the writers are disjoint): an accuracy on them is not one on the MNIST test set.
 *
 * @param bytes - the content of `assets/mnist-sample.bin.gz`, gzip or already decompressed (as some web servers deliver it).
 * @throws MnistError `sample-corrupt`, `gzip-corrupt` or `gzip-too-large`.
 */
export async function parseSample(bytes: Uint8Array): Promise<Mnist> {
  const raw = isGzip(bytes) ? await gunzip(bytes, FILE, HEADER + MAX_COUNT * (1 + PIXELS) + DIGEST) : bytes
  const { count, trainCount } = parseHeader(raw)
  checkDigest(raw)
  const labels = raw.slice(HEADER, HEADER + count)
  const images = raw.slice(HEADER + count, raw.length - DIGEST)
  const all = new ImageDataset(images, labels)
  return {
    source: `embedded sample (${count.toLocaleString('en-US')} MNIST training digits)`,
    train: all.slice(0, trainCount),
    test: all.slice(trainCount),
    testName: SAMPLE_TEST_NAME,
  }
}

function parseHeader(raw: Uint8Array): { count: number; trainCount: number } {
  if (raw.length < HEADER + DIGEST) throw corrupt(raw.length, `at least ${HEADER + DIGEST} bytes`, raw.length)
  const magic = String.fromCharCode(...raw.subarray(0, MAGIC.length))
  if (magic !== MAGIC) throw corrupt(0, `the magic ${MAGIC}`, JSON.stringify(magic))
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length)
  const count = view.getUint32(8)
  const trainCount = view.getUint32(12)
  if (trainCount > count) throw corrupt(12, `at most ${count} training digits`, trainCount)
  const size = `${view.getUint16(16)} x ${view.getUint16(18)}`
  if (size !== `${ROWS} x ${COLS}`) throw corrupt(16, `${ROWS} x ${COLS} pixels`, size)
  const length = HEADER + count * (1 + PIXELS) + DIGEST
  if (raw.length !== length) throw corrupt(Math.min(raw.length, length), `${length} bytes`, raw.length)
  return { count, trainCount }
}

function checkDigest(raw: Uint8Array): void {
  const at = raw.length - DIGEST
  const expected = hex(raw.subarray(at))
  const actual = hex(sha256(raw.subarray(0, at)))
  if (actual !== expected) throw corrupt(at, `SHA-256 ${expected}`, actual)
}

function corrupt(offset: number, expected: string, actual: string | number): MnistError {
  return new MnistError(
    'sample-corrupt',
    `${FILE}, offset ${offset}: expected ${expected}, found ${actual}; delete it and run \`npm run build\`, or reinstall the package`,
    { file: FILE, offset, expected, actual },
  )
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}
