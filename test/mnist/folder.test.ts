import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { MNIST_FILES } from '../../src/mnist/files.ts'
import { loadMnistFolder } from '../../src/mnist/folder.ts'
import { errorOf, idxImages, idxLabels, MNIST_DIR, noise, sha256, temporaryFolder, withMnist } from './fixtures.ts'

const hyphenated = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
]
const dotted = hyphenated.map(name => name.replace('-idx', '.idx'))
const contents = [idxImages(3, 1), idxLabels([7, 8, 9]), idxImages(2, 2), idxLabels([0, 1])]

/** A folder with five digits in the four files, under the names given. */
function folderOf(names: readonly string[], gzip = false): string {
  const folder = temporaryFolder()
  for (const [i, name] of names.entries()) {
    writeFileSync(join(folder, gzip ? `${name}.gz` : name), gzip ? gzipSync(contents[i]!) : contents[i]!)
  }
  return folder
}

describe('a folder with the four IDX files', () => {
  it.each([
    ['plain', hyphenated, false],
    ['gzip', hyphenated, true],
    ['plain, with dots in their names,', dotted, false],
    ['gzip, with dots in their names,', dotted, true],
  ])('%s is loaded', async (_, names, gzip) => {
    const folder = folderOf(names, gzip)
    const { train, test } = await loadMnistFolder(folder)
    expect([...train.labels]).toEqual([7, 8, 9])
    expect([...test.labels]).toEqual([0, 1])
    expect(train.images).toEqual(noise(3 * 784, 1))
    expect(test.images).toEqual(noise(2 * 784, 2))
  })

  it('of other digits is not called MNIST', async () => {
    const folder = folderOf(hyphenated)
    const { source, testName } = await loadMnistFolder(folder)
    expect(source).toBe(`IDX files of ${folder}`)
    expect(testName).toBe(`test files of ${folder}`)
  })

  it('of other digits is refused when their checksums are asked for', async () => {
    for (const [gzip, known] of [
      [true, MNIST_FILES.trainImages.sha256],
      [false, MNIST_FILES.trainImages.contentSha256],
    ] as const) {
      const folder = folderOf(hyphenated, gzip)
      const error = await errorOf(() => loadMnistFolder(folder, { verify: true }), 'checksum-mismatch')
      const file = join(folder, `${hyphenated[0]}${gzip ? '.gz' : ''}`)
      expect(error).toMatchObject({ file, expected: known, actual: sha256(readFileSync(file)) })
      for (const part of [file, known, error.actual]) expect(error.message).toContain(part)
    }
  })

  it('that lacks one is refused with the names looked for', async () => {
    const error = await errorOf(() => loadMnistFolder(folderOf(hyphenated.slice(0, 3))), 'file-missing')
    for (const name of ['t10k-labels-idx1-ubyte', 't10k-labels.idx1-ubyte']) {
      expect(error.message).toContain(`${name}.gz, ${name}`)
    }
  })

  it('whose images and labels differ in number is refused with both files', async () => {
    const folder = folderOf(hyphenated)
    writeFileSync(join(folder, hyphenated[3]!), idxLabels([1, 2, 3]))
    const error = await errorOf(() => loadMnistFolder(folder), 'count-mismatch')
    expect(error).toMatchObject({ file: join(folder, hyphenated[3]!), expected: 2, actual: 3 })
    expect(error.message).toContain(join(folder, hyphenated[2]!))
  })

  it('of which one is damaged is refused with its path', async () => {
    const folder = folderOf(hyphenated)
    const file = join(folder, hyphenated[2]!)
    writeFileSync(file, contents[2]!.subarray(0, 1000))
    expect(await errorOf(() => loadMnistFolder(folder), 'idx-truncated')).toMatchObject({ file, offset: 1000 })
  })

  it('of which one cannot be read is refused with the reason', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, `${hyphenated[0]}.gz`))
    expect((await errorOf(() => loadMnistFolder(folder), 'file-unreadable')).message).toContain('EISDIR')
  })

  it('that is none, or a file, is refused', async () => {
    const folder = temporaryFolder()
    await errorOf(() => loadMnistFolder(join(folder, 'none')), 'folder-missing')
    writeFileSync(join(folder, 'file'), '')
    expect((await errorOf(() => loadMnistFolder(join(folder, 'file')), 'folder-missing')).message).toContain(
      'not a folder',
    )
  })
})

describe.skipIf(MNIST_DIR === undefined)(withMnist('the real files'), () => {
  it('pass their checksums and are called MNIST', async () => {
    const { source, train, test, testName } = await loadMnistFolder(MNIST_DIR!, { verify: true })
    expect([train.length, test.length]).toEqual([60_000, 10_000])
    expect(source).toMatch(/^MNIST \(/)
    expect(testName).toBe('MNIST test set')
    expect([...train.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
    expect([...test.labels.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9])
  })

  it('pass their checksums decompressed, and do not when compressed anew', async () => {
    const [plain, again] = [temporaryFolder(), temporaryFolder()]
    for (const { name } of Object.values(MNIST_FILES)) {
      symlinkSync(join(MNIST_DIR!, name), join(again, name))
      writeFileSync(join(plain, name.replace('.gz', '')), gunzipSync(readFileSync(join(MNIST_DIR!, name))))
    }
    expect((await loadMnistFolder(plain, { verify: true })).testName).toBe('MNIST test set')
    const labels = join(again, MNIST_FILES.testLabels.name)
    const content = gunzipSync(readFileSync(labels))
    rmSync(labels)
    writeFileSync(labels, gzipSync(content, { level: 1 }))
    await errorOf(() => loadMnistFolder(again, { verify: true }), 'checksum-mismatch')
    expect((await loadMnistFolder(again)).testName).toBe(`test files of ${again}`)
  })
})
