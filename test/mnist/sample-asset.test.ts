import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { loadSample, sampleUrl } from '../../src/mnist/sample-asset.ts'
import { errorOf, temporaryFolder } from './fixtures.ts'
import { serve, startMirror } from './mirror.ts'

const asset = fileURLToPath(sampleUrl())
const unbuilt = !existsSync(asset)
const built = (title: string) => (unbuilt ? `${title} (skipped: run \`npm run build\` first)` : title)

describe('loadSample', () => {
  it('looks in the assets folder of the package', () => {
    expect(sampleUrl().href).toBe(new URL('../../assets/mnist-sample.bin.gz', import.meta.url).href)
  })

  it.skipIf(unbuilt)(built('reads the built asset'), async () => {
    const { train, test } = await loadSample()
    expect([train.length, test.length]).toEqual([8500, 1500])
  })

  it('says `npm run build` when the asset is missing', async () => {
    const nowhere = pathToFileURL(`${temporaryFolder()}/mnist-sample.bin.gz`)
    const error = await errorOf(() => loadSample(nowhere), 'sample-missing')
    expect(error.message).toContain('npm run build')
    expect(error.message).toContain('ENOENT')
  })

  it.skipIf(unbuilt)(built('fetches it when the package was itself fetched, as in a browser'), async () => {
    const mirror = await startMirror({ 'sample.gz': new Uint8Array(readFileSync(asset)) }, serve)
    expect((await loadSample(new URL('sample.gz', mirror.url))).train.length).toBe(8500)
    const error = await errorOf(() => loadSample(new URL('other.gz', mirror.url)), 'sample-missing')
    expect(error.message).toContain('HTTP 404')
  })

  it('says so when it cannot be fetched', async () => {
    vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('Failed to fetch')))
    const error = await errorOf(() => loadSample(new URL('http://127.0.0.1/sample.gz')), 'sample-missing')
    expect(error.message).toContain('parseSample()')
    vi.unstubAllGlobals()
  })
})
