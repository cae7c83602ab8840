import { type Participation, participationOf } from './atoms.ts'
import { isolatingCombination } from './combination.ts'
import { lightestVector } from './lightest-vector.ts'
import { type PrimeField, primeFields } from './prime-field.ts'
import { rationalRowSpace, reduceRows } from './row-space.ts'

/** What sums over different survivors give away about a group of fewer clients than asked for. */
export type Leakage =
  /** The sums, each taken `coefficients` times, add up to a combination of these clients' inputs alone. */
  | { readonly kind: 'isolated'; readonly clients: readonly string[]; readonly coefficients: readonly bigint[] }
  /** Whether these clients, or a few more, can be isolated was not found out within the allowed steps. */
  | { readonly kind: 'undecided'; readonly clients: readonly string[] }

/** How far a search goes. */
export interface SearchEffort {
  /** Steps after which a search is given up, and its outcome is `undecided`. */
  readonly maximumSteps: number
  /** Where to compute; the primes below 2^26 by default. */
  readonly fields?: () => Iterable<PrimeField>
}

/** A prime that shows what is not so over the rationals is replaced by another, this often. */
const ATTEMPTS = 4

/**
 * The smallest group of fewer than `minimum` clients that some rational combination of the sums is confined to.
 *
 * Nothing is missed: a combination over the rationals, times its denominators and without their common divisor, is one modulo
 * every prime that keeps the rank, with the same clients or fewer. What is found modulo a prime only is refuted by exact
 * arithmetic and searched again modulo another.
 *
 * @param sums Whose inputs are in each sum, none of them a combination of the others (see {@link isCombination}).
 * @returns undefined when every combination of the sums contains at least `minimum` clients
 */
export function smallestIsolated(
  sums: readonly ReadonlySet<string>[],
  minimum: number,
  { maximumSteps, fields = primeFields }: SearchEffort,
): Leakage | undefined {
  const participation = participationOf(sums)
  const { atoms, matrix } = participation
  // A combination is the same multiple of each client of an atom: it contains all of them, or none.
  const smallest = atoms.at(-1)
  if (smallest === undefined || smallest.clients.length >= minimum) return undefined
  const weights = atoms.map(({ clients }) => clients.length)
  let attempts = 0
  for (const field of fields()) {
    const space = reduceRows(matrix, field)
    // The rows are dependent modulo this prime: it could hide a combination.
    if (space.independent.length < sums.length) continue
    const outcome = lightestVector(space, weights, minimum, maximumSteps)
    if (outcome.kind === 'none') return undefined
    if (outcome.kind === 'exhausted') break
    const coefficients = isolatingCombination(matrix, new Set(outcome.support.columns), field)
    if (coefficients !== undefined) return isolated(participation, coefficients)
    if (++attempts === ATTEMPTS) break
  }
  return { kind: 'undecided', clients: smallest.clients }
}

/** Computed anew from the coefficients: what is reported does not rest on the search. */
function isolated({ atoms, matrix }: Participation, coefficients: readonly bigint[]): Leakage {
  const clients = atoms.flatMap((atom, column) => {
    const total = matrix.reduce((sum, row, i) => (row[column] === 0 ? sum : sum + coefficients[i]!), 0n)
    return total === 0n ? [] : atom.clients
  })
  return { kind: 'isolated', clients, coefficients }
}

/** The smallest atom, if it has fewer than `minimum` clients. */
export function smallestAtom(sums: readonly ReadonlySet<string>[], minimum: number): readonly string[] | undefined {
  const clients = participationOf(sums).atoms.at(-1)?.clients
  return clients !== undefined && clients.length < minimum ? clients : undefined
}

/** Whether `sum` is a rational combination of `sums`, of which none is one of the others: it then tells nothing new. */
export function isCombination(sums: readonly ReadonlySet<string>[], sum: ReadonlySet<string>): boolean {
  const { matrix } = participationOf([...sums, sum])
  return rationalRowSpace(matrix)!.independent.length === sums.length
}
