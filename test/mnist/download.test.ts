import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type DownloadOptions,
  type DownloadProgress,
  downloadFiles,
  downloadMnist,
  type RemoteFile,
} from '../../src/mnist/download.ts'
import { MNIST_FILES } from '../../src/mnist/files.ts'
import { loadMnist } from '../../src/mnist/load.ts'
import { concat, errorOf, MNIST_DIR, noise, sha256, temporaryFolder, withMnist } from './fixtures.ts'
import { cutAfter, deadMirror, serve, serveInstead, serveWhole, silentAfter, startMirror, status } from './mirror.ts'

const bytes = noise(200_000)
const file: RemoteFile = { name: 'digits.gz', bytes: bytes.length, sha256: sha256(bytes) }
const files = { 'digits.gz': bytes }

function fetchInto(cacheDir: string, mirrors: string[], options: DownloadOptions = {}) {
  return downloadFiles([file], { cacheDir, mirrors, retryMs: 1, ...options })
}

/** The folder holds the right file and nothing else. */
function expectDone(folder: string) {
  expect(readdirSync(folder)).toEqual([file.name])
  expect(sha256(readFileSync(join(folder, file.name)))).toBe(file.sha256)
}

describe('a download', () => {
  it('puts the file into the folder, which it makes, and says so', async () => {
    const mirror = await startMirror(files)
    const folder = join(temporaryFolder(), 'new', 'folder')
    expect(await fetchInto(folder, [mirror.url])).toEqual({ folder, downloaded: [file.name], present: [] })
    expectDone(folder)
    expect(mirror.requests).toEqual(['digits.gz'])
  })

  it('asks nobody for a file that is there already', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, file.name), bytes)
    const done: DownloadProgress[] = []
    const result = await fetchInto(folder, [await deadMirror()], { onProgress: progress => done.push(progress) })
    expect(result).toEqual({ folder, downloaded: [], present: [file.name] })
    expect(done).toEqual([
      { file: file.name, fileIndex: 0, fileCount: 1, receivedBytes: bytes.length, totalBytes: bytes.length },
    ])
  })

  it('replaces a file that is there but wrong', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, file.name), bytes.subarray(1))
    const mirror = await startMirror(files)
    expect((await fetchInto(folder, [mirror.url])).downloaded).toEqual([file.name])
    expectDone(folder)
  })

  it('tells how far it has come, up to the last byte', async () => {
    const mirror = await startMirror(files)
    const seen: number[] = []
    await fetchInto(temporaryFolder(), [mirror.url], { onProgress: progress => seen.push(progress.receivedBytes) })
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect(seen.at(-1)).toBe(bytes.length)
  })

  it('takes a mirror whose address lacks the last slash', async () => {
    const mirror = await startMirror(files)
    await fetchInto(temporaryFolder(), [mirror.url.replace(/\/$/, '')])
    expect(mirror.requests).toEqual(['digits.gz'])
  })

  it('fails with what the progress callback throws', async () => {
    const mirror = await startMirror(files)
    const onProgress = () => {
      throw new RangeError('from the callback')
    }
    await expect(fetchInto(temporaryFolder(), [mirror.url], { onProgress })).rejects.toThrow(RangeError)
    expect(mirror.requests).toHaveLength(1)
  })

  it('uses the fetch that it is given', async () => {
    const asked: string[] = []
    const own: typeof fetch = async input => {
      asked.push(String(input))
      return new Response(bytes as Uint8Array<ArrayBuffer>)
    }
    const folder = temporaryFolder()
    await fetchInto(folder, ['https://mirror.invalid/mnist/'], { fetch: own })
    expect(asked).toEqual(['https://mirror.invalid/mnist/digits.gz'])
    expectDone(folder)
  })

  it('of one folder by two callers at once leaves the right file', async () => {
    const mirror = await startMirror(files)
    const folder = temporaryFolder()
    await Promise.all([fetchInto(folder, [mirror.url]), fetchInto(folder, [mirror.url])])
    expectDone(folder)
  })
})

describe('a bad mirror', () => {
  it.each([
    ['answers HTTP 503', status(503)],
    ['answers HTTP 204 with nothing', status(204)],
    ['serves other bytes of the same size', serveInstead(noise(bytes.length, 2))],
    ['announces another size', serveInstead(bytes.subarray(1))],
    ['sends more than the file', serveInstead(concat(bytes, noise(1)))],
    [
      'sends less than the file, without telling',
      (reply => reply.writeHead(200).end(bytes.subarray(0, 100))) as typeof serve,
    ],
    [
      'sends more than the file, without telling',
      (reply => reply.writeHead(200).end(concat(bytes, noise(1)))) as typeof serve,
    ],
  ])('that %s is left for the next', async (_, answer) => {
    const [bad, good] = [await startMirror(files, answer), await startMirror(files)]
    const folder = temporaryFolder()
    await fetchInto(folder, [bad.url, good.url])
    expectDone(folder)
    expect(good.requests).toHaveLength(1)
  })

  it('that sends more than the file leaves nothing to resume', async () => {
    const bad = await startMirror(files, reply => reply.writeHead(200).end(concat(bytes, noise(1))))
    const { message } = await errorOf(() => fetchInto(temporaryFolder(), [bad.url]), 'download-failed')
    expect(message).toContain('expected 200000 bytes, the server sends more')
    expect(message).not.toContain('kept')
    expect(bad.requests).toHaveLength(1)
  })

  it('that is down is left for the next', async () => {
    const good = await startMirror(files)
    const folder = temporaryFolder()
    await fetchInto(folder, [await deadMirror(), good.url])
    expectDone(folder)
  })

  it('that falls silent is left for the next, which goes on where it stopped', async () => {
    const [bad, good] = [await startMirror(files, silentAfter(50_000), silentAfter(0)), await startMirror(files)]
    const folder = temporaryFolder()
    await fetchInto(folder, [bad.url, good.url], { stallMs: 100 })
    expectDone(folder)
    expect(good.requests).toEqual(['digits.gz from 50000'])
  })

  it('that sends the wrong range is left for the next', async () => {
    const shifted: typeof serve = (reply, all, from) => {
      const range = `bytes ${from - 1}-${all.length - 1}/${all.length}`
      reply.writeHead(206, { 'content-range': range }).end(all.subarray(from - 1))
    }
    const [bad, good] = [await startMirror(files, shifted), await startMirror(files)]
    const folder = temporaryFolder()
    writeFileSync(join(folder, `${file.name}.part`), bytes.subarray(0, 1000))
    await fetchInto(folder, [bad.url, good.url])
    expectDone(folder)
    expect(bad.requests).toHaveLength(1)
    expect(good.requests).toEqual(['digits.gz from 1000'])
  })

  it('is named, with what it did, when no mirror is any better', async () => {
    const wrong = await startMirror(files, serveInstead(noise(bytes.length, 2)))
    const [gone, dead] = [await startMirror({}), await deadMirror()]
    const folder = temporaryFolder()
    const error = await errorOf(() => fetchInto(folder, [wrong.url, gone.url, dead]), 'download-failed')
    expect(error.file).toBe(file.name)
    expect(error.message).toContain(`${wrong.url}digits.gz: SHA-256 expected ${file.sha256}, found`)
    expect(error.message).toContain(`${gone.url}digits.gz answers HTTP 404`)
    expect(error.message).toContain(`${dead}/digits.gz: ECONNREFUSED`)
    expect(error.message).toContain('MNIST_DIR')
    expect((error.cause as AggregateError).errors).toHaveLength(3)
    expect(readdirSync(folder), 'wrong bytes are not kept').toEqual([])
  })

  it('that always hangs up is given up, and what came is kept for the next run', async () => {
    const mirror = await startMirror(files, cutAfter(10_000))
    const folder = temporaryFolder()
    const error = await errorOf(() => fetchInto(folder, [mirror.url]), 'download-failed')
    expect(error.message).toContain('50000 of 200000 bytes are kept')
    expect(mirror.requests).toEqual(['digits.gz', ...[1, 2, 3, 4].map(i => `digits.gz from ${i * 10_000}`)])
    expect(new Uint8Array(readFileSync(join(folder, `${file.name}.part`)))).toEqual(bytes.slice(0, 50_000))
  })
})

describe('an interrupted download', () => {
  it('is resumed at the byte where the connection broke', async () => {
    const mirror = await startMirror(files, cutAfter(70_000), serve)
    const folder = temporaryFolder()
    await fetchInto(folder, [mirror.url])
    expectDone(folder)
    expect(mirror.requests).toEqual(['digits.gz', 'digits.gz from 70000'])
  })

  it('starts over at a server that knows no ranges', async () => {
    const mirror = await startMirror(files, serveWhole)
    const folder = temporaryFolder()
    writeFileSync(join(folder, `${file.name}.part`), noise(150_000, 3))
    await fetchInto(folder, [mirror.url])
    expectDone(folder)
  })

  it.each([150_000, 200_000, 250_000])('that left %i wrong bytes starts over at the same mirror', async length => {
    const mirror = await startMirror(files)
    const folder = temporaryFolder()
    writeFileSync(join(folder, `${file.name}.part`), noise(length, 3))
    await fetchInto(folder, [mirror.url])
    expectDone(folder)
    expect(mirror.requests.at(-1)).toBe('digits.gz')
  })

  it('that left all the bytes needs no request any more', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, `${file.name}.part`), bytes)
    await fetchInto(folder, [await deadMirror()])
    expectDone(folder)
  })
})

describe('a download that the caller aborts', () => {
  it('rejects with the reason given, and the next one resumes', async () => {
    const [slow, good] = [await startMirror(files, silentAfter(30_000)), await startMirror(files)]
    const folder = temporaryFolder()
    const controller = new AbortController()
    const reason = new Error('enough')
    const onProgress = ({ receivedBytes }: DownloadProgress) => {
      if (receivedBytes === 30_000) controller.abort(reason)
    }
    const aborted = fetchInto(folder, [slow.url, good.url], { signal: controller.signal, onProgress })
    await expect(aborted).rejects.toBe(reason)
    expect(good.requests, 'no other mirror is tried').toEqual([])
    await fetchInto(folder, [good.url])
    expectDone(folder)
    expect(good.requests).toEqual(['digits.gz from 30000'])
  })

  it('stops during the pause before a retry too', async () => {
    const mirror = await startMirror(files, cutAfter(1000))
    const controller = new AbortController()
    const onProgress = () => setTimeout(() => controller.abort(), 100)
    const options = { signal: controller.signal, onProgress, retryMs: 60_000 }
    await expect(fetchInto(temporaryFolder(), [mirror.url], options)).rejects.toMatchObject({ name: 'AbortError' })
    expect(mirror.requests).toHaveLength(1)
  })

  it('makes no request when it was aborted before', async () => {
    const mirror = await startMirror(files)
    const started = fetchInto(temporaryFolder(), [mirror.url], { signal: AbortSignal.abort() })
    await expect(started).rejects.toMatchObject({ name: 'AbortError' })
    expect(mirror.requests).toEqual([])
  })
})

describe('a download that cannot be', () => {
  it('because the folder cannot be made fails without asking a mirror', async () => {
    const mirror = await startMirror(files)
    const inTheWay = join(temporaryFolder(), 'file')
    writeFileSync(inTheWay, '')
    const error = await errorOf(() => fetchInto(join(inTheWay, 'sub'), [mirror.url]), 'cache-unwritable')
    expect(error.message).toContain('ENOTDIR')
    expect(mirror.requests).toEqual([])
  })

  it('because the part cannot be written fails at once, without trying other mirrors', async () => {
    const [first, second] = [await startMirror(files), await startMirror(files)]
    const folder = temporaryFolder()
    mkdirSync(join(folder, `${file.name}.part`))
    const error = await errorOf(() => fetchInto(folder, [first.url, second.url]), 'cache-unwritable')
    expect(error.message).toContain(`${file.name}.part`)
    expect(second.requests).toEqual([])
  })

  it('because there is no mirror to ask is a bad option', async () => {
    await errorOf(() => fetchInto(temporaryFolder(), []), 'bad-option')
  })
})

describe('downloadMnist', () => {
  it('asks for the four files by their canonical names', async () => {
    const mirror = await startMirror({})
    const folder = temporaryFolder()
    await errorOf(() => downloadMnist({ cacheDir: folder, mirrors: [mirror.url] }), 'download-failed')
    expect(mirror.requests).toEqual(['train-images-idx3-ubyte.gz'])
    expect(Object.values(MNIST_FILES).map(({ name }) => name)).toEqual([
      'train-images-idx3-ubyte.gz',
      'train-labels-idx1-ubyte.gz',
      't10k-images-idx3-ubyte.gz',
      't10k-labels-idx1-ubyte.gz',
    ])
  })

  it.skipIf(MNIST_DIR === undefined)(withMnist('fills a cache that loads as the MNIST test set'), async () => {
    const names = Object.values(MNIST_FILES).map(({ name }) => name)
    const real = Object.fromEntries(names.map(name => [name, new Uint8Array(readFileSync(join(MNIST_DIR!, name)))]))
    const mirror = await startMirror(real, cutAfter(4_000_000), serve)
    const cacheDir = temporaryFolder()
    expect((await downloadMnist({ cacheDir, mirrors: [mirror.url], retryMs: 1 })).downloaded).toEqual(names)
    expect(mirror.requests[1]).toBe('train-images-idx3-ubyte.gz from 4000000')
    const mnist = await loadMnist({ data: cacheDir })
    expect([mnist.train.length, mnist.test.length, mnist.testName]).toEqual([60_000, 10_000, 'MNIST test set'])
    expect(existsSync(join(cacheDir, 'train-images-idx3-ubyte.gz.part'))).toBe(false)
  })
})
