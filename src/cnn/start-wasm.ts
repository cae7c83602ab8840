/** The events to which Emscripten's start-up code listens, and rethrows what it hears. */
const EVENTS = ['uncaughtException', 'unhandledRejection'] as const

type Listener = (...args: never[]) => void

/**
 * Runs the backend's start without what it does to the process: Emscripten adds an `uncaughtException` and an
 * `unhandledRejection` listener that rethrow, which takes the decision about such errors out of the hands of the application.
 * Only listeners that were added meanwhile *and* read like Emscripten's are removed, lest another's be lost.
 */
export async function startWasm(start: () => Promise<void>): Promise<void> {
  if (typeof process === 'undefined' || typeof process.listeners !== 'function') return start()
  const before = EVENTS.map(event => new Set(listenersOf(event)))
  try {
    await start()
  } finally {
    EVENTS.forEach((event, index) => {
      const added = listenersOf(event).filter(listener => !before[index]!.has(listener))
      for (const listener of added.filter(isEmscriptens)) process.removeListener(event, listener as () => void)
    })
  }
}

function listenersOf(event: (typeof EVENTS)[number]): Listener[] {
  return process.listeners(event as 'uncaughtException') as Listener[]
}

/** Whatever a minifier called the argument. */
function isEmscriptens(listener: Listener): boolean {
  const source = String(listener).replace(/[\s;]/g, '')
  return /^function\((\w+)\)\{(throw\1\}|if\(!\(\1instanceof\w+\)\))/.test(source)
}
