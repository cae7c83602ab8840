import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { mnistCacheDir } from '../../src/mnist/cache.ts'
import { errorOf } from './fixtures.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('the cache folder', () => {
  it('is under XDG_CACHE_HOME', () => {
    vi.stubEnv('XDG_CACHE_HOME', resolve('/var/cache/me'))
    expect(mnistCacheDir()).toBe(resolve('/var/cache/me/secagg/mnist'))
  })

  it.each(['', 'relative/cache'])('is under ~/.cache when XDG_CACHE_HOME is %j', value => {
    vi.stubEnv('XDG_CACHE_HOME', value)
    expect(mnistCacheDir()).toBe(join(homedir(), '.cache', 'secagg', 'mnist'))
  })

  it('is the one that the caller names', async () => {
    expect(mnistCacheDir('here')).toBe(resolve('here'))
    await errorOf(() => mnistCacheDir(''), 'bad-option')
  })
})
