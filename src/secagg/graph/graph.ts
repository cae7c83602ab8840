import { UsageError } from '../errors.ts'

/**
 * Which clients share pairwise masks and hold each other's shares.
 *
 * - `complete`: everyone with everyone (Bonawitz et al., CCS 2017).
 * - `harary`: a `degree`-regular circulant over randomly assigned positions, the Harary graph of Bell et al., CCS 2020
 *   (ePrint 2020/704), section 3.
 */
export type GraphSpec = { readonly kind: 'complete' } | { readonly kind: 'harary'; readonly degree: number }

/**
 * How many neighbours each client has (the paper's k).
 *
 * @param spec - the graph; a `harary` degree of `n - 1` or more means the complete graph
 * @param n - clients in the cohort, at least 2
 * @throws {@link UsageError} `invalid-cohort-size`, `invalid-graph` or `invalid-degree`
 */
export function effectiveDegree(spec: GraphSpec, n: number): number {
  if (!Number.isSafeInteger(n) || n < 2) {
    throw new UsageError('invalid-cohort-size', `A graph needs a whole number of at least 2 clients, not ${String(n)}.`)
  }
  if (spec.kind === 'complete') return n - 1
  if (spec.kind !== 'harary') {
    const kind = String((spec as { kind?: unknown }).kind)
    throw new UsageError('invalid-graph', `The kind of graph '${kind}' is unknown; use 'complete' or 'harary'.`)
  }
  const { degree } = spec
  if (!Number.isSafeInteger(degree) || degree < 1) {
    throw new UsageError('invalid-degree', `A degree is a whole number of at least 1, not ${String(degree)}.`)
  }
  if (degree >= n - 1) return n - 1
  if (degree % 2 === 1) {
    throw new UsageError(
      'invalid-degree',
      `A circulant on ${n} clients pairs its offsets, so its degree is even: ${degree + 1}, not ${degree}.`,
    )
  }
  return degree
}

/**
 * The positions next to `position`, ascending and without itself: all others in the complete graph, `position` ± 1 to
 * degree / 2 modulo `n` in a Harary graph. The relation is symmetric.
 *
 * @param position - 0 to `n - 1`
 * @param n - clients in the cohort, at least 2
 * @throws {@link UsageError} `invalid-position`, or as {@link effectiveDegree}
 */
export function neighboursOf(position: number, n: number, spec: GraphSpec): number[] {
  const degree = effectiveDegree(spec, n)
  if (!Number.isSafeInteger(position) || position < 0 || position >= n) {
    throw new UsageError(
      'invalid-position',
      `A position is a whole number from 0 to ${n - 1}, not ${String(position)}.`,
    )
  }
  const neighbours: number[] = []
  if (degree === n - 1) {
    for (let other = 0; other < n; other++) if (other !== position) neighbours.push(other)
    return neighbours
  }
  for (let offset = 1; offset <= degree / 2; offset++) {
    neighbours.push((position + offset) % n, (position - offset + n) % n)
  }
  return neighbours.sort((a, b) => a - b)
}
