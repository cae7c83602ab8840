import { existsSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MNIST_FILES } from '../../src/mnist/files.ts'
import { loadMnist } from '../../src/mnist/load.ts'
import { sampleUrl } from '../../src/mnist/sample-asset.ts'
import { errorOf, idxImages, idxLabels, MNIST_DIR, temporaryFolder, withMnist } from './fixtures.ts'

const names = Object.values(MNIST_FILES).map(({ name }) => name)
const unbuilt = !existsSync(sampleUrl())
const built = (title: string) => (unbuilt ? `${title} (skipped: run \`npm run build\` first)` : title)
const SAMPLE = 'held-out digits of the embedded sample'

/** A folder with three digits; the gzip names hold plain bytes, which are told apart by content. */
function tinyFolder(): string {
  const folder = temporaryFolder()
  const contents = [idxImages(2), idxLabels([1, 2]), idxImages(1), idxLabels([3])]
  for (const [i, name] of names.entries()) writeFileSync(join(folder, name), contents[i]!)
  return folder
}

beforeEach(() => {
  vi.stubEnv('MNIST_DIR', '')
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

describe('loadMnist', () => {
  it('takes the folder that it is given before MNIST_DIR', async () => {
    vi.stubEnv('MNIST_DIR', '/nowhere')
    const folder = tinyFolder()
    expect(await loadMnist({ data: folder })).toMatchObject({ source: `IDX files of ${folder}`, train: { length: 2 } })
  })

  it.each([undefined, 'full'])('takes MNIST_DIR before the cache when asked for %s', async data => {
    const folder = tinyFolder()
    vi.stubEnv('MNIST_DIR', folder)
    expect((await loadMnist({ data, cacheDir: tinyFolder() })).source).toBe(`IDX files of ${folder}`)
  })

  it('does not fall back when MNIST_DIR or the folder given is broken', async () => {
    await errorOf(() => loadMnist({ data: temporaryFolder() }), 'file-missing')
    vi.stubEnv('MNIST_DIR', temporaryFolder())
    await errorOf(() => loadMnist(), 'file-missing')
  })

  it.each([undefined, 'full'])('refuses a cache with other bytes than MNIST when asked for %s', async data => {
    const error = await errorOf(() => loadMnist({ data, cacheDir: tinyFolder() }), 'checksum-mismatch')
    expect(error.message).toContain('secagg data download')
  })

  it('finds the cache by XDG_CACHE_HOME', async () => {
    const base = temporaryFolder()
    vi.stubEnv('XDG_CACHE_HOME', base)
    const error = await errorOf(() => loadMnist({ data: 'full' }), 'data-not-found')
    expect(error.file).toBe(join(base, 'secagg', 'mnist'))
  })

  it('says what to do when all of MNIST is asked for and is not there', async () => {
    const cacheDir = tinyFolder()
    const { message } = await errorOf(
      () => loadMnist({ data: 'full', cacheDir: join(cacheDir, 'none') }),
      'data-not-found',
    )
    for (const part of [...names, 'MNIST_DIR', 'secagg data download']) expect(message).toContain(part)
  })

  it.skipIf(unbuilt)(built('takes the embedded sample when there is nothing else'), async () => {
    expect((await loadMnist({ cacheDir: temporaryFolder() })).testName).toBe(SAMPLE)
  })

  it.skipIf(unbuilt)(built('takes the embedded sample while the cache is incomplete'), async () => {
    const cacheDir = temporaryFolder()
    writeFileSync(join(cacheDir, names[0]!), 'half')
    expect((await loadMnist({ cacheDir })).testName).toBe(SAMPLE)
  })

  it.skipIf(unbuilt)(built("takes the embedded sample when asked for 'sample', whatever else there is"), async () => {
    vi.stubEnv('MNIST_DIR', tinyFolder())
    expect((await loadMnist({ data: 'sample' })).testName).toBe(SAMPLE)
  })

  it('refuses an empty name', async () => {
    await errorOf(() => loadMnist({ data: '' }), 'bad-option')
    await errorOf(() => loadMnist({ data: 'full', cacheDir: '' }), 'bad-option')
  })

  it.skipIf(MNIST_DIR === undefined)(withMnist('takes the cache before the sample'), async () => {
    const cacheDir = temporaryFolder()
    for (const name of names) symlinkSync(join(MNIST_DIR!, name), join(cacheDir, name))
    expect(await loadMnist({ cacheDir })).toMatchObject({ source: `MNIST (${cacheDir})`, testName: 'MNIST test set' })
  })
})

describe('loadMnist without Node', () => {
  beforeEach(() => {
    vi.stubGlobal('process', Object.create(process, { getBuiltinModule: { value: undefined } }))
  })

  it.each(['full', './folder'])('cannot load %s and says what to do instead', async data => {
    const error = await errorOf(() => loadMnist({ data }), 'needs-node')
    expect(error.message).toContain('parseSample()')
  })

  it('fetches the sample from beside the code', async () => {
    const asked: string[] = []
    vi.stubGlobal('fetch', async (url: URL) => {
      asked.push(url.href)
      return new Response(null, { status: 404 })
    })
    await errorOf(() => loadMnist(), 'sample-missing')
    expect(asked).toEqual([sampleUrl().href])
  })
})
