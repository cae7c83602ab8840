import type { PrimeField } from './prime-field.ts'
import type { ReducedRows } from './row-space.ts'

/** The columns in which a vector of a row space is not 0. */
export interface Support {
  /** Ascending. */
  readonly columns: readonly number[]
  /** The sum of the weights of the columns. */
  readonly weight: number
}

/** What a search came to. `exhausted`: it took more steps than allowed, and nothing follows from it. */
export type SearchOutcome =
  | { readonly kind: 'lightest'; readonly support: Support }
  | { readonly kind: 'none' }
  | { readonly kind: 'exhausted' }

/**
 * Looks for the vector of a row space, other than 0, whose support weighs least, if that is below `limit`.
 *
 * A vector follows from its entries at the pivots: each set of pivots lighter than the limit is tried, and for each the few
 * vectors that are 0 in all but a light set of the other columns. Its cost grows with (rank choose limit - 1), hence
 * `maximumSteps`.
 *
 * @param weights Of the columns, positive integers.
 */
export function lightestVector(
  { field, basis, pivots }: ReducedRows,
  weights: readonly number[],
  limit: number,
  maximumSteps: number,
): SearchOutcome {
  const search = new Search(field, basis, pivots, weights, limit, maximumSteps)
  search.run()
  if (search.steps > maximumSteps) return { kind: 'exhausted' }
  return search.best === undefined ? { kind: 'none' } : { kind: 'lightest', support: search.best }
}

class Search {
  best: Support | undefined
  steps = 0
  readonly #field: PrimeField
  readonly #rows: readonly { readonly pivot: number; readonly entries: Float64Array }[]
  readonly #others: readonly number[]
  readonly #weights: readonly number[]
  readonly #maximumSteps: number
  #limit: number

  constructor(
    field: PrimeField,
    basis: readonly Float64Array[],
    pivots: readonly number[],
    weights: readonly number[],
    limit: number,
    maximumSteps: number,
  ) {
    this.#field = field
    this.#weights = weights
    this.#limit = limit
    this.#maximumSteps = maximumSteps
    const isPivot = new Set(pivots)
    this.#others = Array.from(weights.keys()).filter(column => !isPivot.has(column))
    // Light pivots first: their vectors lower the limit, which spares most of the rest.
    this.#rows = pivots
      .map((pivot, i) => ({ pivot, entries: basis[i]! }))
      .sort((a, b) => weights[a.pivot]! - weights[b.pivot]!)
  }

  run(): void {
    this.#choose(0, [], 0)
  }

  /** Tries every set of pivots that contains `chosen` and otherwise only rows from `next` on. */
  #choose(next: number, chosen: readonly number[], weight: number): void {
    for (let i = next; i < this.#rows.length; i++) {
      const heavier = weight + this.#weights[this.#rows[i]!.pivot]!
      // The rows are in order of weight: no later one is lighter.
      if (heavier >= this.#limit || this.#isOver()) return
      const rows = [...chosen, i]
      const identity = rows.map((_, k) => Float64Array.from(rows, (__, l) => (k === l ? 1 : 0)))
      this.#descend(rows, identity, 0, [], heavier)
      this.#choose(i + 1, rows, heavier)
    }
  }

  /**
   * `coefficients` span the combinations of the chosen rows that are still open. From the next column on that one of them
   * does not make 0: either the column counts, or only the combinations stay open that make it 0.
   */
  #descend(
    rows: readonly number[],
    coefficients: readonly Float64Array[],
    from: number,
    kept: readonly number[],
    weight: number,
  ): void {
    for (let index = from; index < this.#others.length; index++) {
      if (this.#isOver()) return
      const column = this.#others[index]!
      const values = coefficients.map(vector => this.#valueAt(column, rows, vector))
      const pivot = values.findIndex(value => value !== 0)
      if (pivot === -1) continue
      if (coefficients.length > 1)
        this.#descend(rows, this.#kernel(coefficients, values, pivot), index + 1, kept, weight)
      weight += this.#weights[column]!
      if (weight >= this.#limit) return
      kept = [...kept, column]
    }
    const pivots = rows.map(row => this.#rows[row]!.pivot)
    this.best = { columns: [...pivots, ...kept].sort((a, b) => a - b), weight }
    this.#limit = weight
  }

  #isOver(): boolean {
    return ++this.steps > this.#maximumSteps
  }

  #valueAt(column: number, rows: readonly number[], coefficients: Float64Array): number {
    const { multiply, prime } = this.#field
    let value = 0
    for (const [k, row] of rows.entries()) {
      value += multiply(coefficients[k]!, this.#rows[row]!.entries[column]!)
      if (value >= prime) value -= prime
    }
    return value
  }

  /** The combinations whose value is 0, given the values of those that span them. */
  #kernel(coefficients: readonly Float64Array[], values: readonly number[], pivot: number): Float64Array[] {
    const { multiply, subtractProduct } = this.#field
    const [at, value] = [coefficients[pivot]!, values[pivot]!]
    return coefficients
      .map((vector, k) => vector.map((entry, l) => subtractProduct(multiply(entry, value), values[k]!, at[l]!)))
      .filter((_, k) => k !== pivot)
  }
}
