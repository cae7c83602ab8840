import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ImageDataset, Mnist } from '../../src/mnist/dataset.ts'
import { loadMnistFolder } from '../../src/mnist/folder.ts'
import { parseSample } from '../../src/mnist/sample.ts'
import { concat, errorOf, flipped, MNIST_DIR, noise, sha256, withMnist } from './fixtures.ts'

const script = fileURLToPath(new URL('../../scripts/pack-mnist-sample.mjs', import.meta.url))
/** Of the decompressed sample. Another value means other digits, another order or another split: a breaking change. */
const CONTENT_SHA256 = '7b89daacd2ee584ebb056b7f6e5db4c0a0f2e7d28d92480536bfe8d97350bb3f'

const folder = mkdtempSync(join(tmpdir(), 'secagg-sample-'))
let packed: Uint8Array
let again: Uint8Array
let sample: Mnist

beforeAll(async () => {
  ;[packed, again] = (await Promise.all([pack('one'), pack('two')])) as [Uint8Array, Uint8Array]
  sample = await parseSample(packed)
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true }))

async function pack(name: string): Promise<Uint8Array> {
  const target = join(folder, name, 'sample.bin.gz')
  await promisify(execFile)(process.execPath, [script, target])
  return new Uint8Array(readFileSync(target))
}

function classCounts({ labels }: ImageDataset): number[] {
  const counts = new Array<number>(10).fill(0)
  for (const label of labels) counts[label]! += 1
  return counts
}

function digitsOf({ images, labels, length }: ImageDataset): string[] {
  return Array.from({ length }, (_, i) => `${labels[i]}:${sha256(images.subarray(i * 784, (i + 1) * 784))}`)
}

describe('the packed sample', () => {
  it('has the same bytes whenever it is packed', () => {
    expect(sha256(packed)).toBe(sha256(again))
    expect([...packed.subarray(4, 8)], 'no time of packing').toEqual([0, 0, 0, 0])
    expect(packed[9], 'no operating system').toBe(255)
  })

  it('has the content that published results were made with', () => {
    expect(sha256(gunzipSync(packed))).toBe(CONTENT_SHA256)
  })

  it('is at most 2 MB', () => {
    expect(packed.length).toBeLessThan(2_000_000)
  })

  it('holds 10,000 different digits: 8,500 to learn from and 1,500 held out', () => {
    expect([sample.train.length, sample.test.length]).toEqual([8500, 1500])
    expect(new Set([...digitsOf(sample.train), ...digitsOf(sample.test)]).size).toBe(10_000)
  })

  it('says what it is, and never calls its held-out digits the MNIST test set', () => {
    expect(sample.source).toBe('embedded sample (10,000 MNIST training digits)')
    expect(sample.testName).toBe('held-out digits of the embedded sample')
  })

  it('holds out the same share of every digit, to within one image', () => {
    const train = classCounts(sample.train)
    for (const [digit, heldOut] of classCounts(sample.test).entries()) {
      expect(Math.abs(heldOut - 0.15 * (heldOut + train[digit]!))).toBeLessThan(1)
    }
  })

  it('is in random order: each tenth of the training digits has about the same classes', () => {
    const shares = classCounts(sample.train).map(count => count / sample.train.length)
    for (let start = 0; start < 8500; start += 850) {
      const counts = classCounts(sample.train.slice(start, start + 850))
      const chiSquare = counts.reduce(
        (sum, count, digit) => sum + (count - 850 * shares[digit]!) ** 2 / (850 * shares[digit]!),
        0,
      )
      // 9 degrees of freedom: a random order exceeds it once in 100,000 times.
      expect(chiSquare).toBeLessThan(40)
    }
  })

  it.skipIf(MNIST_DIR === undefined)(withMnist('is exactly the MNIST training images 0 to 9,999'), async () => {
    const { train } = await loadMnistFolder(MNIST_DIR!, { verify: true })
    const digits = [...digitsOf(sample.train), ...digitsOf(sample.test)]
    expect(digits.sort()).toEqual(digitsOf(train.slice(0, 10_000)).sort())
  })
})

describe('parseSample', () => {
  it('takes the bytes decompressed too, as some web servers deliver them', async () => {
    const plain = await parseSample(new Uint8Array(gunzipSync(packed)))
    expect(sha256(plain.train.images)).toBe(sha256(sample.train.images))
  })

  it('refuses damage anywhere, naming offset, expected and actual', async () => {
    const raw = new Uint8Array(gunzipSync(packed))
    const damaged = [0, 9, 13, 17, 25, raw.length - 1].map(offset => flipped(raw, offset))
    for (const bytes of [...damaged, raw.subarray(0, 100_000), new Uint8Array(), noise(100)]) {
      const error = await errorOf(() => parseSample(bytes), 'sample-corrupt')
      expect(error).toMatchObject({ file: 'mnist-sample.bin.gz', offset: expect.any(Number) })
      expect(error.message).toContain('npm run build')
    }
    const long = new Uint8Array(raw.length + 1)
    long.set(raw)
    expect(await errorOf(() => parseSample(long), 'sample-corrupt')).toMatchObject({ offset: raw.length })
  })

  it('refuses a damaged gzip file', async () => {
    await errorOf(() => parseSample(packed.subarray(0, 1000)), 'gzip-corrupt')
    await errorOf(() => parseSample(concat(packed.subarray(0, 10), noise(500))), 'gzip-corrupt')
  })
})
