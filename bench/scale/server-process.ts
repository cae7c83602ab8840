/**
 * A process that holds the server and nothing else, so that its memory is the server's. It answers its parent's requests
 * one at a time: bytes in, bytes out.
 */
import { readFileSync } from 'node:fs'
import { configureThreads } from 'secagg/secagg'
import { type Agreement, MeteredServer } from '../support/server.ts'

export type Request =
  | { readonly kind: 'start'; readonly agreement: Agreement; readonly threads: number }
  | { readonly kind: 'receive'; readonly frame: Uint8Array }
  | { readonly kind: 'closeRound' }
  | { readonly kind: 'messageFor'; readonly id: string }
  | { readonly kind: 'result' }
  | { readonly kind: 'peakBytes' }

export type Reply = { readonly value: unknown } | { readonly error: string }

let server: MeteredServer | undefined

process.on('message', async (request: Request) => {
  let reply: Reply
  try {
    reply = { value: await answer(request) }
  } catch (error) {
    reply = { error: (error as Error).message }
  }
  process.send!(reply)
})

async function answer(request: Request): Promise<unknown> {
  switch (request.kind) {
    case 'start':
      configureThreads({ threads: request.threads })
      server = new MeteredServer(request.agreement)
      return undefined
    case 'receive':
      return server!.receive(request.frame)
    case 'closeRound':
      return server!.closeRound()
    case 'messageFor':
      return server!.messageFor(request.id)
    case 'result':
      return server!.result()
    case 'peakBytes':
      return peakBytes()
  }
}

/** The most memory that this process ever had resident. getrusage says what the parent had, where that was more. */
function peakBytes(): number {
  try {
    return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1])
  } catch {
    return 1024 * process.resourceUsage().maxRSS
  }
}
