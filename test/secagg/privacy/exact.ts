/** Distributions over a window of integers around zero, and their exact Rényi divergence from their own shift by one. */
export interface Table {
  /** Probability of x at index x + reach. */
  readonly values: Float64Array
  readonly reach: number
}

export function tabulate(reach: number, weight: (x: number) => number): Table {
  const values = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => weight(i - reach))
  const total = values.reduce((sum, value) => sum + value, 0)
  return { values: values.map(value => value / total), reach }
}

/** The distribution of the sum of two independent variables. */
export function convolve(a: Table, b: Table): Table {
  const reach = a.reach + b.reach
  const values = new Float64Array(2 * reach + 1)
  a.values.forEach((p, i) => {
    if (p > 0) for (let j = 0; j < b.values.length; j++) values[i + j]! += p * b.values[j]!
  })
  return { values, reach }
}

/**
 * The larger of the two divergences of the given order between X and X + shift. Points where either is below 1e-200 are
 * left out, which makes it smaller, never larger.
 */
export function shiftDivergence({ values }: Table, shift: number, order: number): number {
  const oneWay = (step: number) => {
    let sum = 0
    for (let i = 0; i < values.length; i++) {
      const [p, q] = [values[i]!, values[i + step] ?? 0]
      if (p > 1e-200 && q > 1e-200) sum += Math.exp(order * Math.log(p) + (1 - order) * Math.log(q))
    }
    return Math.log(sum) / (order - 1)
  }
  return Math.max(oneWay(shift), oneWay(-shift))
}
