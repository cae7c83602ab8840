import { availableParallelism } from 'node:os'

/** Where text goes: a stream of the process, or a test's. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** All that the command knows of the process it runs in. Nothing else in `cli/` touches `process`. */
export interface Io {
  /** Results. */
  readonly stdout: Output
  /** Everything else: progress, warnings, errors. */
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds of CPU time that the process has used, where that is known. */
  readonly cpuTime?: () => number
  /** Threads that run at once on this machine; 1 when absent. */
  readonly threads?: number
  /**
   * Calls `listener` on the first Ctrl-C. The second one finds nobody listening and ends the process at once, even while
   * it computes.
   *
   * @returns a function that stops listening
   */
  onInterrupt(listener: () => void): () => void
}

/** The width in which everything readable is laid out. */
export const WIDTH = 80

/** The process itself. */
export function processIo(): Io {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    threads: availableParallelism(),
    cpuTime() {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1000
    },
    onInterrupt(listener) {
      process.once('SIGINT', listener)
      return () => {
        process.removeListener('SIGINT', listener)
      }
    },
  }
}
