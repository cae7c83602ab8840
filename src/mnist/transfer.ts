import { type Builtins, systemCode } from './builtins.ts'
import { MnistError } from './errors.ts'

/** One request for the rest of a file. */
export interface Transfer {
  readonly url: string
  /** Where the bytes go. What an earlier request left there is kept and the rest asked for. */
  readonly part: string
  /** Size of the complete file, in bytes. */
  readonly bytes: number
  readonly fetch: typeof fetch
  readonly signal?: AbortSignal | undefined
  /** How long the server may stay silent, in milliseconds. */
  readonly stallMs: number
  readonly onBytes: (received: number) => void
}

/** The size of a file, in bytes; 0 when it is not there. */
export async function sizeOf({ fs }: Builtins, path: string): Promise<number> {
  return fs.stat(path).then(
    stat => stat.size,
    () => 0,
  )
}

/**
 * Makes one HTTP request that appends to `part` from its present end (RFC 9110, section 14: Range) until the file is
 * complete. A server that does not know ranges sends everything, and the part is written over from its beginning.
 *
 * @throws MnistError `download-http-status`, `download-wrong-size`, `download-interrupted`, `download-stalled`: try again
 * or elsewhere; `cache-unwritable`: the disk. Rejects with the signal's reason when the caller aborts.
 */
export async function transfer(node: Builtins, request: Transfer): Promise<void> {
  const watchdog = new Watchdog(request)
  try {
    const from = await sizeOf(node, request.part)
    const response = await watchdog.guard(
      request.fetch(request.url, { headers: headersFor(from), signal: watchdog.signal }),
    )
    const start = startOf(response, from, request)
    await writeBody(node, request, response, start, watchdog)
  } finally {
    watchdog.hangUp()
  }
}

/** `identity`: a server that compresses on the fly would break both the size and the ranges. */
function headersFor(from: number): Record<string, string> {
  return from === 0 ? { 'accept-encoding': 'identity' } : { 'accept-encoding': 'identity', range: `bytes=${from}-` }
}

/** Where the body's first byte belongs; refuses what cannot be the file before a byte of it is read. */
function startOf(response: Response, from: number, { url, bytes }: Transfer): number {
  const header = (name: string) => response.headers.get(name)
  if (response.status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(header('content-range') ?? '')
    if (range === null || Number(range[1]) !== from) {
      throw wrong(url, `a range from byte ${from}`, header('content-range') ?? 'no Content-Range')
    }
    if (range[2] !== '*' && Number(range[2]) !== bytes) throw wrong(url, `${bytes} bytes`, range[2]!)
    return from
  }
  if (response.status !== 200) {
    throw new MnistError('download-http-status', `${url} answers HTTP ${response.status}`, { actual: response.status })
  }
  const length = header('content-length')
  if (length !== null && Number(length) !== bytes) throw wrong(url, `${bytes} bytes`, length)
  return 0
}

async function writeBody(
  node: Builtins,
  request: Transfer,
  response: Response,
  start: number,
  watchdog: Watchdog,
): Promise<void> {
  const reader = response.body?.getReader()
  // Never truncated and written by position, so that two downloads at once cannot spoil each other's part.
  const { O_CREAT, O_WRONLY } = node.fs.constants
  const file = await onDisk(request, node.fs.open(request.part, O_CREAT | O_WRONLY))
  let position = start
  try {
    while (reader !== undefined) {
      const { done, value } = await watchdog.guard(reader.read())
      if (done) break
      if (position + value.length > request.bytes) {
        // Not the file that was asked for: none of it may be resumed.
        await onDisk(request, file.truncate(0))
        throw wrong(request.url, `${request.bytes} bytes`, 'more')
      }
      await onDisk(request, file.write(value, 0, value.length, position))
      position += value.length
      request.onBytes(position)
    }
  } finally {
    await file.close()
  }
  if (position < request.bytes) {
    throw new MnistError('download-interrupted', `${request.url} ended after ${position} of ${request.bytes} bytes`, {
      expected: request.bytes,
      actual: position,
    })
  }
}

async function onDisk<T>({ part }: Transfer, operation: Promise<T>): Promise<T> {
  return operation.catch((cause: unknown) => {
    throw new MnistError('cache-unwritable', `${part} cannot be written (${systemCode(cause)})`, { file: part, cause })
  })
}

function wrong(url: string, expected: string, actual: string): MnistError {
  return new MnistError('download-wrong-size', `${url}: expected ${expected}, the server sends ${actual}`, {
    expected,
    actual,
  })
}

/** Aborts a request when the caller does, or when nothing has come for too long: a silent server is a dead one. */
class Watchdog {
  readonly signal: AbortSignal
  readonly #request: Transfer
  readonly #stalled = new AbortController()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(request: Transfer) {
    this.#request = request
    this.signal =
      request.signal === undefined ? this.#stalled.signal : AbortSignal.any([this.#stalled.signal, request.signal])
  }

  /** Waits for the network, for so long and no longer, and gives its failures one type. */
  async guard<T>(step: Promise<T>): Promise<T> {
    const { url, stallMs, signal } = this.#request
    this.#timer = setTimeout(() => this.#stalled.abort(), stallMs)
    try {
      return await step
    } catch (cause) {
      signal?.throwIfAborted()
      if (this.#stalled.signal.aborted) {
        throw new MnistError('download-stalled', `${url}: nothing came for ${stallMs} ms`, { cause })
      }
      throw new MnistError('download-interrupted', `${url}: ${reasonOf(cause)}`, { cause })
    } finally {
      clearTimeout(this.#timer)
    }
  }

  /** Releases the connection, whatever is still to come on it. */
  hangUp(): void {
    this.#stalled.abort()
  }
}

/** `fetch` hides the reason ("fetch failed") in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return systemCode(cause) ?? (cause instanceof Error ? cause.message : String(cause))
}
