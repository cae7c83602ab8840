import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** Answers one request for a file. `from` is the first byte asked for, 0 without a Range. */
export type Answer = (reply: ServerResponse, file: Uint8Array, from: number) => void

/** An HTTP server on 127.0.0.1 that serves files, well or badly, and remembers what it was asked. */
export interface Mirror {
  readonly url: string
  /** `name` or `name from <first byte>`, in order. */
  readonly requests: string[]
}

/** As a good mirror does: ranges are honoured. */
export const serve: Answer = (reply, file, from) => {
  reply.writeHead(from === 0 ? 200 : 206, rangeHeaders(file, from)).end(file.subarray(from))
}

/** A server that has never heard of ranges, and does not even tell the length. */
export const serveWhole: Answer = (reply, file) => {
  reply.writeHead(200).end(file)
}

/** Sends `length` bytes and hangs up. */
export function cutAfter(length: number): Answer {
  return (reply, file, from) => {
    reply.writeHead(from === 0 ? 200 : 206, rangeHeaders(file, from))
    reply.write(file.subarray(from, from + length), () => setTimeout(() => reply.destroy(), 10))
  }
}

/** Sends `length` bytes and then nothing more, without hanging up. */
export function silentAfter(length: number): Answer {
  return (reply, file, from) => {
    reply.writeHead(from === 0 ? 200 : 206, rangeHeaders(file, from)).write(file.subarray(from, from + length))
  }
}

/** Sends these bytes in place of the file's, in the way of a good mirror. */
export function serveInstead(bytes: Uint8Array): Answer {
  return (reply, _, from) => serve(reply, bytes, from)
}

export function status(code: number): Answer {
  return reply => {
    reply.writeHead(code).end('an error page')
  }
}

function rangeHeaders(file: Uint8Array, from: number): Record<string, string> {
  const length = { 'content-length': String(file.length - from) }
  return from === 0 ? length : { ...length, 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` }
}

/** Starts a mirror that gives the answers in turn, the last one for ever. It stops with the test. */
export async function startMirror(files: Record<string, Uint8Array>, ...answers: readonly Answer[]): Promise<Mirror> {
  const requests: string[] = []
  const server = createServer((request: IncomingMessage, reply) => {
    const name = (request.url ?? '').slice(1)
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const answer = answers[Math.min(requests.length, answers.length - 1)] ?? serve
    requests.push(from === 0 ? name : `${name} from ${from}`)
    const file = files[name]
    if (file === undefined) reply.writeHead(404).end()
    else answer(reply, file, from)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests }
}

/** An address on which nobody listens. */
export async function deadMirror(): Promise<string> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return `http://127.0.0.1:${port}`
}
