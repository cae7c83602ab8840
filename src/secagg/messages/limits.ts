import { MAX_NEIGHBOURS } from './message.ts'

/** The most that a message of one session may hold. A decoder checks against it before it allocates anything. */
export interface MessageLimits {
  /** Clients of the roster (n). */
  readonly clients: number
  /** Neighbours of one client (k). */
  readonly neighbours: number
  /** Entries of the whole vector. */
  readonly vectorLength: number
  /** b. */
  readonly modulusBits: number
  /** Entries of one MaskedInput; `vectorLength` when absent. */
  readonly maxRangeEntries?: number
}

/** What limits depend on. `AggregationParameters` are this and more. */
export interface LimitParameters {
  readonly clients: number
  readonly graph: { readonly kind: 'complete' } | { readonly kind: 'harary'; readonly degree: number }
  readonly vectorLength: number
  readonly modulusBits: number
  readonly rangeLength?: number
}

/** The limits of a session with these (already checked) parameters. */
export function limitsFor(parameters: LimitParameters): MessageLimits {
  const { clients, graph, vectorLength, modulusBits, rangeLength } = parameters
  const others = Math.max(0, clients - 1)
  const degree = graph.kind === 'complete' ? others : graph.degree
  return {
    clients,
    neighbours: Math.min(degree, others, MAX_NEIGHBOURS),
    vectorLength,
    modulusBits,
    maxRangeEntries: Math.min(rangeLength ?? vectorLength, vectorLength),
  }
}
