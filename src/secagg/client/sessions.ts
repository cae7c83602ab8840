/**
 * Remembers which sessions a client has taken part in, so that a replayed one is refused. The library keeps nothing on
 * disk: a client that must refuse replays across restarts gives an implementation that does.
 */
export interface SessionLog {
  /** Takes a session id; `false` when it had been taken before. */
  claim(session: Uint8Array): boolean
}

/** A {@link SessionLog} that lasts as long as the process. */
export class MemorySessionLog implements SessionLog {
  readonly #seen = new Set<string>()

  claim(session: Uint8Array): boolean {
    const key = Array.from(session, byte => byte.toString(16).padStart(2, '0')).join('')
    if (this.#seen.has(key)) return false
    this.#seen.add(key)
    return true
  }
}
