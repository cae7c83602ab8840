import { type Builtins, builtins, systemCode } from './builtins.ts'
import { mnistCacheDir } from './cache.ts'
import { MnistError, type MnistErrorCode } from './errors.ts'
import { MNIST_FILES, MNIST_MIRRORS, type MnistFile } from './files.ts'
import { sizeOf, transfer } from './transfer.ts'

/** How far a download has come. */
export interface DownloadProgress {
  readonly file: string
  /** Position of the file among all, from 0. */
  readonly fileIndex: number
  readonly fileCount: number
  /** Bytes of this file that are on disk, those of an earlier run included. */
  readonly receivedBytes: number
  readonly totalBytes: number
}

/** Where to download from and to. */
export interface DownloadOptions {
  /** The folder to fill; {@link mnistCacheDir} by default. */
  readonly cacheDir?: string | undefined
  /** Base addresses that serve the four gzip files, tried in this order; {@link MNIST_MIRRORS} by default. */
  readonly mirrors?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined
  /** Replaces the global `fetch`, for a proxy or a test; must honour its signal. */
  readonly fetch?: typeof fetch | undefined
  /** How long a server may stay silent, in milliseconds; 30,000 by default. */
  readonly stallMs?: number | undefined
  /** Pause before a broken transfer is resumed, in milliseconds; 500 by default. */
  readonly retryMs?: number | undefined
}

/** What {@link downloadMnist} did. */
export interface DownloadResult {
  readonly folder: string
  /** Names of the files fetched now. */
  readonly downloaded: readonly string[]
  /** Names of the files that were there already, with the right checksum. */
  readonly present: readonly string[]
}

/** What the downloader needs to know of a file. */
export type RemoteFile = Pick<MnistFile, 'name' | 'bytes' | 'sha256'>

interface Job {
  readonly node: Builtins
  readonly file: RemoteFile
  readonly target: string
  readonly part: string
  readonly options: DownloadOptions
  readonly onBytes: (received: number) => void
}

const STALL_MS = 30_000
const RETRY_MS = 500
/** Per mirror and file. A mirror gets a further try only if the last one brought bytes or restarted a spoilt part. */
const TRIES = 5

/** Failures that another try or another mirror may cure. Everything else (the disk, an abort) ends the download. */
const CURABLE: ReadonlySet<MnistErrorCode> = new Set([
  'checksum-mismatch',
  'download-http-status',
  'download-interrupted',
  'download-stalled',
  'download-wrong-size',
])

/**
 * Downloads the four files of MNIST into the cache folder. A file appears there under its name only when it is complete and
 * its SHA-256 is right; until then it is `<name>.part`, from which the next run resumes. A file that is there already is
 * checked, and replaced if it is not the right one. Two downloads into one folder at once do no harm: both write the same
 * bytes at the same places, and the checksum is taken again whenever the cache is loaded.
 *
 * @throws MnistError `download-failed` when no mirror delivers a file (it lists what each one did), `cache-unwritable`,
 * `bad-option` for an empty list of mirrors, `needs-node`. Rejects with the signal's reason when the caller aborts.
 */
export async function downloadMnist(options: DownloadOptions = {}): Promise<DownloadResult> {
  return downloadFiles(Object.values(MNIST_FILES), options)
}

/** {@link downloadMnist} for any list of files. */
export async function downloadFiles(files: readonly RemoteFile[], options: DownloadOptions): Promise<DownloadResult> {
  const node = builtins('downloading MNIST')
  if (options.mirrors?.length === 0) throw new MnistError('bad-option', 'mirrors is empty: name at least one address')
  const folder = mnistCacheDir(options.cacheDir)
  await onDisk(folder, node.fs.mkdir(folder, { recursive: true }))
  const downloaded: string[] = []
  const present: string[] = []
  for (const [fileIndex, file] of files.entries()) {
    options.signal?.throwIfAborted()
    const onBytes = (receivedBytes: number) =>
      options.onProgress?.({
        file: file.name,
        fileIndex,
        fileCount: files.length,
        receivedBytes,
        totalBytes: file.bytes,
      })
    const target = node.path.join(folder, file.name)
    const job: Job = { node, file, target, part: `${target}.part`, options, onBytes }
    if ((await sha256Of(node, target)) === file.sha256) {
      onBytes(file.bytes)
      present.push(file.name)
    } else {
      await fromAnyMirror(job)
      downloaded.push(file.name)
    }
  }
  return { folder, downloaded, present }
}

async function fromAnyMirror(job: Job): Promise<void> {
  const failures: MnistError[] = []
  for (const mirror of job.options.mirrors ?? MNIST_MIRRORS) {
    try {
      return await fromMirror(job, `${mirror.replace(/\/*$/, '')}/${job.file.name}`)
    } catch (error) {
      if (!isCurable(error)) throw error
      failures.push(error)
    }
  }
  const kept = await sizeOf(job.node, job.part)
  const resume = kept > 0 ? ` (${kept} of ${job.file.bytes} bytes are kept: the next run resumes there)` : ''
  throw new MnistError(
    'download-failed',
    `${job.file.name}: no mirror delivered it${resume}: ${failures.map(error => error.message).join('; ')}. Try again later, or put the four IDX files into a folder and set MNIST_DIR to it`,
    { file: job.file.name, cause: new AggregateError(failures) },
  )
}

/** Tries one mirror, again and again while that makes sense; throws its last failure. */
async function fromMirror(job: Job, url: string): Promise<void> {
  const { node, options } = job
  for (let tries = 1; ; tries++) {
    const before = await sizeOf(node, job.part)
    try {
      return await fetchRest(job, url, before)
    } catch (error) {
      // Another process may have completed the same file meanwhile.
      if ((await sha256Of(node, job.target)) === job.file.sha256) return
      if (!isCurable(error) || tries === TRIES) throw error
      // What an earlier run or another mirror left may be what was wrong: then this mirror deserves a fresh start.
      const spoilt = before > 0 && (await sizeOf(node, job.part)) === 0
      const progressed = (await sizeOf(node, job.part)) > before
      if (!spoilt && !progressed) throw error
      await pause(options.retryMs ?? RETRY_MS, options.signal)
    }
  }
}

/** Completes the part, checks it and gives it its name. A part that turns out wrong is deleted. */
async function fetchRest(
  { node, file, part, target, options, onBytes }: Job,
  url: string,
  have: number,
): Promise<void> {
  if (have > file.bytes) await node.fs.rm(part, { force: true })
  if (have !== file.bytes) {
    const { stallMs = STALL_MS, signal } = options
    await transfer(node, { url, part, bytes: file.bytes, fetch: options.fetch ?? fetch, signal, stallMs, onBytes })
  }
  const actual = await sha256Of(node, part)
  if (actual !== file.sha256) {
    await node.fs.rm(part, { force: true })
    throw new MnistError('checksum-mismatch', `${url}: SHA-256 expected ${file.sha256}, found ${actual ?? 'no file'}`, {
      file: file.name,
      expected: file.sha256,
      actual: actual ?? 'no file',
    })
  }
  await onDisk(target, node.fs.rename(part, target))
}

async function sha256Of({ fs, crypto }: Builtins, path: string): Promise<string | undefined> {
  try {
    return crypto
      .createHash('sha256')
      .update(await fs.readFile(path))
      .digest('hex')
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined
    throw new MnistError('file-unreadable', `${path} cannot be read (${systemCode(cause)})`, { file: path, cause })
  }
}

async function onDisk<T>(path: string, operation: Promise<T>): Promise<T> {
  return operation.catch((cause: unknown) => {
    throw new MnistError('cache-unwritable', `${path} cannot be written (${systemCode(cause)})`, { file: path, cause })
  })
}

function isCurable(error: unknown): error is MnistError {
  return error instanceof MnistError && CURABLE.has(error.code)
}

/** Waits, or rejects with the signal's reason. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const aborted = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', aborted)
      resolve()
    }, ms)
    signal?.addEventListener('abort', aborted, { once: true })
  })
}
