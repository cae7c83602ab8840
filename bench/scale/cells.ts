import { type AggregationParameters, findGraphParameters } from 'secagg/secagg'

export interface Cell {
  readonly clients: number
  readonly dimension: number
  readonly degree: number
  readonly threshold: number
}

/** Of every cohort, after ShareKeys. */
export const DROPOUT = 0.1
export const MODULUS_BITS = 24

const MOST_CLIENT_COORDINATES = 1e9
const QUICK_CLIENT_COORDINATES = 2e6
const BELIEFS = { corruptFraction: 0.05, dropoutFraction: DROPOUT, security: 40, correctness: 30 }

/**
 * What the largest cohort needs is given to all of them, so that only one thing changes at a time; the smaller ones are the
 * safer for it.
 */
const LARGEST = findGraphParameters({ clients: 10_000, ...BELIEFS })

export function cellOf(clients: number, dimension: number, degree = LARGEST.degree): Cell {
  return { clients, dimension, degree, threshold: Math.ceil((degree * LARGEST.threshold) / LARGEST.degree) }
}

/** The cells along one axis. What they cost before the first coordinate, or client, is measured by `origin`. */
export interface Axis {
  readonly name: 'clients' | 'neighbours' | 'dimension'
  readonly cells: readonly Cell[]
  readonly origin?: Cell
  positionOf(cell: Cell): number
}

/** Every cell of at most so many clients times coordinates, but those that take long: these are asked for by --cell. */
export function axesOf(quick: boolean): readonly Axis[] {
  const most = quick ? QUICK_CLIENT_COORDINATES : MOST_CLIENT_COORDINATES
  const counts = quick ? [50, 100, 200] : [100, 1000, 10_000]
  const dimensions = quick ? [1e3, 1e4, 4e4] : [1e4, 1e5, 1e6, 1e7]
  // Short vectors: what a client does whoever its neighbours are (packing, hashing) must not hide what it does for each.
  const [clients, dimension] = quick ? [50, 1e3] : [300, 1e4]
  const degrees = quick ? [10, 20, 40] : [24, 48, 96, 192]
  const shortest = dimensions[0]!
  const within = (cell: Cell) => cell.clients * cell.dimension <= most
  return [
    { name: 'clients', cells: counts.map(count => cellOf(count, shortest)).filter(within), positionOf: c => c.clients },
    { name: 'neighbours', cells: degrees.map(degree => cellOf(clients, dimension, degree)), positionOf: c => c.degree },
    ...counts.slice(0, 2).map((count): Axis => {
      const cells = dimensions.map(length => cellOf(count, length)).filter(within)
      return { name: 'dimension', cells, origin: cellOf(count, 1), positionOf: cell => cell.dimension }
    }),
  ]
}

export function parametersOf({ clients, dimension, degree, threshold }: Cell): AggregationParameters {
  return {
    threatModel: 'semi-honest',
    clients,
    graph: { kind: 'harary', degree },
    threshold,
    vectorLength: dimension,
    modulusBits: MODULUS_BITS,
  }
}

export function nameOf({ clients, dimension, degree }: Cell): string {
  const suffix = degree === LARGEST.degree ? '' : `x${degree}`
  return `${clients}x${dimension}${suffix}`
}
