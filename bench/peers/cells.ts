/** A cohort that both run, on the same graph. */
export interface Cell {
  readonly clients: number
  readonly dimension: number
  /** Of every secret, its dealer's own included as Flower counts: neighbours plus one. Ours keeps none for itself. */
  readonly numShares: number
  readonly threshold: number
  /** Clients whose masked input does not arrive, after all of them have shared their keys. */
  readonly dropouts: number
  /** Clients of Flower's that do all of their work and are timed. */
  readonly sample: number
}

/** Both quantize to 2^22 steps between -8 and 8: Flower's defaults. */
export const BITS = 22
export const CLIP = 8

const MNIST = 1_663_370

/** The complete graph: as many shares as clients, and two thirds of them to open a secret. */
function complete(clients: number, dimension: number, dropouts: number, sample: number): Cell {
  const threshold = Math.floor((2 * clients) / 3) + 1
  return { clients, dimension, numShares: clients, threshold, dropouts, sample }
}

export const FULL: readonly Cell[] = [complete(100, 100_000, 0, 3), complete(100, MNIST, 10, 2)]
export const QUICK: readonly Cell[] = [complete(16, 20_000, 0, 2), complete(16, 50_000, 2, 2)]

/** At least so many times less CPU time. */
export const TARGETS: readonly {
  readonly dimension: number
  readonly dropouts: number
  readonly client?: number
  readonly server: number
}[] = [
  { dimension: 100_000, dropouts: 0, server: 100 },
  { dimension: MNIST, dropouts: 10, client: 20, server: 50 },
]
