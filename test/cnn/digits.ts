import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { ImageData } from '../../src/cnn/index.ts'
import { SeededRandom } from '../../src/cnn/random.ts'

const folder = join(dirname(createRequire(import.meta.url).resolve('mnist/package.json')), 'src', 'digits')

/** The bytes of all examples of each digit. Read once: the files are large. */
let files: Uint8Array[] | undefined

function readFiles(): Uint8Array[] {
  return Array.from({ length: 10 }, (_, digit) => {
    const { data } = JSON.parse(readFileSync(join(folder, `${digit}.json`), 'utf8')) as { data: number[] }
    return Uint8Array.from(data, value => Math.round(value * 255))
  })
}

/** `perDigit` real digits of each kind, from the development package `mnist`, the kinds taking turns. */
export function realDigits(perDigit: number, from = 0): ImageData {
  files ??= readFiles()
  const length = 10 * perDigit
  const images = new Uint8Array(length * 784)
  const labels = Uint8Array.from({ length }, (_, i) => i % 10)
  for (let i = 0; i < length; i++) {
    const at = (from + Math.floor(i / 10)) * 784
    images.set(files[i % 10]!.subarray(at, at + 784), i * 784)
  }
  return { images, labels, length }
}

/** Noise with labels: nothing to learn from, all that gradients and bookkeeping need. */
export function noise(length: number, seed = 1): ImageData {
  const random = new SeededRandom(seed)
  const images = Uint8Array.from({ length: length * 784 }, () => random.nextBelow(256))
  return { images, labels: Uint8Array.from({ length }, () => random.nextBelow(10)), length }
}
