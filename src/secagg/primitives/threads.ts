import { setThreads } from '#native'
import { UsageError } from '../errors.ts'

/** How the bulk of the work may be spread. */
export interface ThreadOptions {
  /**
   * How many threads add masks to long vectors, this one among them: 1 keeps everything here. By default as many as the
   * machine runs at once. Only Node has them; elsewhere it changes nothing.
   */
  readonly threads?: number
}

/**
 * For the whole process, from the next aggregation on. Whatever the number, the results are the same to the bit; short
 * vectors never leave this thread.
 *
 * @throws UsageError `bad-threads`.
 */
export function configureThreads({ threads }: ThreadOptions): void {
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS)) {
    throw new UsageError('bad-threads', `There can be 1 to ${MOST_THREADS} threads, not ${threads}.`)
  }
  setThreads(threads)
}

const MOST_THREADS = 256
