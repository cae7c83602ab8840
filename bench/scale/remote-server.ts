import { type ChildProcess, fork } from 'node:child_process'
import type { ProtocolRound } from 'secagg/secagg'
import type { Agreement, ServerPort, ServerResult } from '../support/server.ts'
import type { Reply, Request } from './server-process.ts'

/** A server in a process of its own. */
export class RemoteServer implements ServerPort {
  readonly #child: ChildProcess
  #settle: { resolve(value: unknown): void; reject(error: Error): void } | undefined

  private constructor() {
    const script = new URL('./server-process.js', import.meta.url)
    this.#child = fork(script, { serialization: 'advanced' })
    this.#child.on('message', (reply: Reply) => {
      if ('error' in reply) this.#settle?.reject(new Error(reply.error))
      else this.#settle?.resolve(reply.value)
    })
    this.#child.on('exit', code => this.#settle?.reject(new Error(`the server's process ended, with ${code}`)))
  }

  static async start(agreement: Agreement, threads: number): Promise<RemoteServer> {
    const server = new RemoteServer()
    await server.#ask({ kind: 'start', agreement, threads })
    return server
  }

  async receive(frame: Uint8Array): Promise<void> {
    await this.#ask({ kind: 'receive', frame })
  }

  async closeRound(): Promise<{ round: ProtocolRound | 'finished'; ids: readonly string[] }> {
    return (await this.#ask({ kind: 'closeRound' })) as { round: ProtocolRound; ids: readonly string[] }
  }

  async messageFor(id: string): Promise<Uint8Array> {
    return (await this.#ask({ kind: 'messageFor', id })) as Uint8Array
  }

  async result(): Promise<ServerResult> {
    return (await this.#ask({ kind: 'result' })) as ServerResult
  }

  async peakBytes(): Promise<number> {
    return (await this.#ask({ kind: 'peakBytes' })) as number
  }

  end(): void {
    this.#settle = undefined
    this.#child.disconnect()
  }

  #ask(request: Request): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      this.#child.send(request)
    })
  }
}
