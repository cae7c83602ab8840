import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MNIST_FILES } from '../../src/mnist/index.ts'
import { cli, fewDigits, plain, temporaryFolder, testIo, widthOf } from './support.ts'

beforeEach(() => {
  vi.stubEnv('MNIST_DIR', '')
  vi.stubEnv('XDG_CACHE_HOME', temporaryFolder())
})

afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

describe('secagg data info', () => {
  test('says where digits come from, and which are used by default', async () => {
    const { stdout, exitCode } = await cli(['data', 'info'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('8,500 to learn from, 1,500 held out')
    expect(stdout).toContain('empty: secagg data download fills it')
    expect(stdout).toMatch(/Used by default.*embedded sample.*held-out digits of the embedded sample/s)
    expect(widthOf(stdout)).toBeLessThanOrEqual(80)
  })

  test('a folder in MNIST_DIR comes first', async () => {
    const folder = await fewDigits(temporaryFolder())
    vi.stubEnv('MNIST_DIR', folder)
    const { stdout } = await cli(['data', 'info'], testIo({ env: { MNIST_DIR: folder } }))
    expect(stdout).toContain(`MNIST_DIR  ${folder}`)
    expect(stdout).toContain('240 to learn from, 100 to test on')
  })

  test('names what an incomplete cache lacks', async () => {
    const cache = join(process.env.XDG_CACHE_HOME!, 'secagg', 'mnist')
    mkdirSync(cache, { recursive: true })
    writeFileSync(join(cache, MNIST_FILES.trainImages.name), 'x')
    const text = (await cli(['data', 'info'])).stdout.replace(/\s+/g, ' ')
    expect(text).toContain(`incomplete: secagg data download fetches ${MNIST_FILES.trainLabels.name}, `)
    expect(text).not.toContain(`fetches ${MNIST_FILES.trainImages.name}`)
  })
})

describe('secagg data download', () => {
  /** A mirror that sends the right number of wrong bytes, piece by piece. */
  function forgingMirror(): void {
    vi.stubGlobal('fetch', async (url: string) => {
      const file = Object.values(MNIST_FILES).find(({ name }) => String(url).endsWith(name))!
      return new Response(new Uint8Array(file.bytes), { headers: { 'content-length': String(file.bytes) } })
    })
  }

  test('shows a bar while it downloads, and refuses what is not MNIST', async () => {
    forgingMirror()
    const { stdout, stderr, exitCode } = await cli(['data', 'download'], testIo({ terminal: true }))
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(plain(stderr)).toMatch(/1\/4 {2}train-images {2}\[#+\.*\] {2}[\d.]+ .?B of 9\.9 MB/)
    expect(plain(stderr)).toContain('secagg: train-images-idx3-ubyte.gz: no mirror delivered it')
    expect(plain(stderr)).toContain('hint: run the command again')
  })

  test('is silent about its progress when nobody watches a terminal', async () => {
    forgingMirror()
    const { stderr } = await cli(['data', 'download', '--dir', temporaryFolder()])
    expect(stderr).toMatch(/^secagg: .*\n {2}hint: .*\n$/)
  })

  test('Ctrl-C ends it with 130 and says that it can be resumed', async () => {
    const io = testIo()
    vi.stubGlobal('fetch', (_: string, { signal }: { signal: AbortSignal }) => {
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
        io.interrupt()
      })
    })
    const { stderr, exitCode } = await cli(['data', 'download'], io)
    expect(exitCode).toBe(130)
    expect(stderr).toBe('secagg: interrupted: what has arrived is kept, and the next download resumes there\n')
  })

  test('a folder that cannot be written is one clear line', async () => {
    const file = join(temporaryFolder(), 'file')
    writeFileSync(file, '')
    const { stderr, exitCode } = await cli(['data', 'download', '--dir', join(file, 'mnist')])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('cannot be written')
    expect(stderr).toContain('choose another folder with --dir')
  })
})
