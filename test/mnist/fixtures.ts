import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { MnistError, type MnistErrorCode } from '../../src/mnist/errors.ts'

/** A folder with the four real files, for the tests that need them; unset for everybody else. */
export const MNIST_DIR: string | undefined = process.env.MNIST_DIR || undefined

/** The title of tests on the real files, with the reason when they are skipped. */
export function withMnist(title: string): string {
  return MNIST_DIR === undefined ? `${title} (skipped: MNIST_DIR is not set)` : title
}

/** Bytes that do not compress and do not repeat, the same in every run. */
export function noise(length: number, seed = 1): Uint8Array {
  let state = seed
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state >>> 24
  })
}

/** An IDX file: magic, dimensions, body. */
export function idx(magic: number, dimensions: readonly number[], body: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * dimensions.length))
  header.setUint32(0, magic)
  for (const [i, dimension] of dimensions.entries()) header.setUint32(4 + 4 * i, dimension)
  return concat(new Uint8Array(header.buffer), body)
}

export function idxImages(count: number, seed = 1): Uint8Array {
  return idx(0x803, [count, 28, 28], noise(count * 784, seed))
}

export function idxLabels(labels: readonly number[]): Uint8Array {
  return idx(0x801, [labels.length], Uint8Array.from(labels))
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap(part => [...part]))
}

export function flipped(bytes: Uint8Array, offset: number): Uint8Array {
  const copy = bytes.slice()
  copy.set([copy.at(offset)! ^ 1], offset < 0 ? copy.length + offset : offset)
  return copy
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A new empty folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'secagg-mnist-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The MnistError with which a call fails. */
export async function errorOf(call: () => unknown, code: MnistErrorCode): Promise<MnistError> {
  let caught: unknown
  try {
    await call()
  } catch (error) {
    caught = error
  }
  expect(caught, 'a MnistError is thrown').toBeInstanceOf(MnistError)
  const error = caught as MnistError
  expect(error.code).toBe(code)
  expect(error.name).toBe('MnistError')
  return error
}
