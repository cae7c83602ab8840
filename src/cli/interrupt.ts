import type { Io } from './io.ts'

/** Why a signal of {@link abortOnInterrupt} aborted. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'

  constructor() {
    super('interrupted')
  }
}

/** As shells report a process that Ctrl-C ended: 128 + SIGINT. */
export const INTERRUPTED_EXIT_CODE = 130

/**
 * Runs `work` with a signal that the first Ctrl-C aborts.
 *
 * @param announce what to tell the user then: that something is still being put in order
 */
export async function abortOnInterrupt<T>(
  io: Io,
  announce: () => unknown,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const stopListening = io.onInterrupt(() => {
    announce()
    controller.abort(new Interrupted())
  })
  try {
    return await work(controller.signal)
  } finally {
    stopListening()
  }
}
