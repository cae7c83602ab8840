/**
 * Results of asynchronous work in the order of its items, with at most `limit` pieces of it under way or waiting to be
 * taken: later items are started while an earlier one is waited for, so what comes out does not depend on how fast each was.
 *
 * When the consumer stops, or a piece of work fails, no more is started, and what is under way is waited for.
 */
export async function* inOrder<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, void> {
  const started: Promise<R>[] = []
  let next = 0
  try {
    while (next < items.length || started.length > 0) {
      while (next < items.length && started.length < limit) {
        const piece = work(items[next++]!)
        // It may fail before its turn comes: without this Node would call that unhandled.
        piece.catch(() => {})
        started.push(piece)
      }
      yield await started.shift()!
    }
  } finally {
    await Promise.allSettled(started)
  }
}
