import { type AggregationParameters, findGraphParameters } from 'secagg/secagg'

/** One column of the table that is measured again: a cohort on a graph, and how many of it leave. */
export interface Cell {
  readonly clients: number
  readonly entries: number
  readonly dropout: number
  readonly graph: 'complete' | 'secagg+'
}

/** What the graph of a cohort must bear, whatever happens in a cell: 2^-40 that it protects somebody too little. */
export const BELIEFS = { corruptFraction: 0.05, dropoutFraction: 0.3, security: 40, correctness: 30 } as const

/** Bits of an entry of the sum. */
export const MODULUS_BITS = 24

const DROPOUTS = [0, 0.1, 0.3]
const ENTRIES = 100_000

/** On the complete graph a secret has shares for 255 others at most: the paper's cohorts need a sparse one. */
export const FULL: readonly Cell[] = [
  { clients: 255, entries: ENTRIES, dropout: 0.3, graph: 'complete' },
  ...[500, 1000].flatMap(clients =>
    DROPOUTS.map((dropout): Cell => ({ clients, entries: ENTRIES, dropout, graph: 'secagg+' })),
  ),
]

export const QUICK: readonly Cell[] = [
  { clients: 60, entries: 20_000, dropout: 0.3, graph: 'complete' },
  { clients: 120, entries: 20_000, dropout: 0, graph: 'secagg+' },
  { clients: 120, entries: 20_000, dropout: 0.3, graph: 'secagg+' },
]

export function nameOf({ clients, dropout }: Cell): string {
  return `${clients}/${Math.round(100 * dropout)}`
}

export function parametersOf({ clients, entries, graph }: Cell): AggregationParameters {
  const common = { threatModel: 'semi-honest', clients, vectorLength: entries, modulusBits: MODULUS_BITS } as const
  if (graph === 'complete') {
    // As in the paper's evaluation of the complete graph: two thirds of the cohort.
    return { ...common, graph: { kind: 'complete' }, threshold: Math.floor((2 * clients) / 3) + 1 }
  }
  const found = findGraphParameters({ clients, ...BELIEFS })
  return { ...common, graph: found.graph, threshold: found.threshold }
}

/**
 * Masks that the server must take off: one of each survivor, and those that survivors added for a neighbour which left. On
 * a random graph the latter are an expectation; n k of them are so many that chance does not show.
 */
export function masksToRemove({ clients, dropout }: Cell, degree: number): number {
  const dropped = Math.floor(clients * dropout)
  const survivors = clients - dropped
  return survivors + (dropped * degree * survivors) / (clients - 1)
}
