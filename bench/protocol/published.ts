import type { Cell } from './cells.ts'

/**
 * Bonawitz et al., CCS 2017, figure 8, measured on one thread in Java. Of the whole figure only this total is at hand, and it
 * was taken from a citation, not from the paper: every other cell is left out rather than guessed.
 */
const SERVER_SECONDS: readonly { clients: number; dropout: number; seconds: number; checked: boolean }[] = [
  { clients: 1000, dropout: 0.3, seconds: 413.8, checked: false },
]

/** What the paper says that its server took in all, on the complete graph. */
export function publishedServer({ clients, dropout }: Cell): { seconds: number; checked: boolean } | undefined {
  return SERVER_SECONDS.find(published => published.clients === clients && published.dropout === dropout)
}
