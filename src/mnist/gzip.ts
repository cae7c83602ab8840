import { MnistError } from './errors.ts'

/** RFC 1952, section 2.3.1: ID1, ID2. */
const ID1 = 0x1f
const ID2 = 0x8b
/** The shortest member: 10 bytes of header, 2 of an empty deflate block, 8 of trailer. */
const SHORTEST = 20
/** Some engines inflate a whole input chunk at once: small chunks keep a bomb below 1,032 times this. */
const CHUNK = 64 * 1024

/** Whether the bytes begin like a gzip file. No IDX file does: its first byte is zero. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === ID1 && bytes[1] === ID2
}

/**
 * Decompresses one gzip member with the platform's own `DecompressionStream` (Node and browsers).
 *
 * @param bytes - the whole file.
 * @param file - its name, for errors.
 * @param maxBytes - the largest content worth decompressing, in bytes.
 * @throws MnistError `gzip-corrupt` on any damage, on trailing bytes and on several members; `gzip-too-large` when the
 * content exceeds `maxBytes`, before the rest is decompressed.
 */
export async function gunzip(bytes: Uint8Array, file: string, maxBytes: number): Promise<Uint8Array> {
  const reader = inflating(bytes).getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw corrupt(file, `cannot be decompressed after ${length} bytes of content (${messageOf(cause)})`, cause)
    })
    if (done) break
    length += value.length
    if (length > maxBytes) {
      await reader.cancel().catch(() => {})
      throw new MnistError('gzip-too-large', `${file}: gzip content is larger than the ${maxBytes} bytes accepted`, {
        file,
        expected: maxBytes,
      })
    }
    chunks.push(value)
  }
  checkTrailer(bytes, file, length)
  return concatenate(chunks, length)
}

function inflating(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let position = 0
  const source = new ReadableStream<BufferSource>({
    pull(controller) {
      if (position >= bytes.length) return controller.close()
      controller.enqueue(bytes.subarray(position, position + CHUNK) as Uint8Array<ArrayBuffer>)
      position += CHUNK
    },
  })
  return source.pipeThrough(new DecompressionStream('gzip'))
}

/**
 * Engines disagree on what may follow a member (Node skips zeros and appends further members, browsers refuse both). The
 * last four bytes are the content's length (RFC 1952, ISIZE) only when nothing follows, so one check settles it for all.
 */
function checkTrailer(bytes: Uint8Array, file: string, length: number): void {
  const declared =
    bytes.length < SHORTEST ? -1 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true)
  if (declared !== length % 2 ** 32) {
    throw corrupt(file, `has bytes after its end, or several members: content ${length} bytes, trailer ${declared}`)
  }
}

function corrupt(file: string, what: string, cause?: unknown): MnistError {
  return new MnistError('gzip-corrupt', `${file}: gzip file ${what}; get a fresh copy`, { file, cause })
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let position = 0
  for (const chunk of chunks) {
    whole.set(chunk, position)
    position += chunk.length
  }
  return whole
}
