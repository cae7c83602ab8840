import { type CheckedBeliefs, MAX_SHARE_HOLDERS } from './beliefs.ts'
import { type GraphParameters, searchParameters } from './search.ts'

/** A change of beliefs that makes them feasible: it was tried. */
export type Relaxation = Partial<Pick<CheckedBeliefs, RelaxableField>>

/** What is tried: any graph, or one kind of it. */
export type ParameterSearch = (beliefs: CheckedBeliefs) => GraphParameters | undefined

type RelaxableField = 'corruptFraction' | 'dropoutFraction' | 'security' | 'correctness' | 'maxDegree'

/** Advice below these would be no advice: a chance in a million for privacy, in a thousand for the round. */
const LEAST_SECURITY_ADVISED = 20
const LEAST_CORRECTNESS_ADVISED = 10
/** The search for a larger degree ends here: beyond, sharing with so many costs more than it is worth. */
const GREATEST_DEGREE_ADVISED = 16_384

/**
 * Which single beliefs, relaxed as little as possible, make infeasible beliefs feasible; if none alone does, how far
 * both fractions must come down together. Each is verified by a search of its own.
 */
export function findRelaxations(beliefs: CheckedBeliefs, search: ParameterSearch = searchParameters): Relaxation[] {
  const fewer = (field: RelaxableField, values: readonly number[]) =>
    firstThatWorks(
      beliefs,
      values.map(value => ({ [field]: value })),
      search,
    )
  const single = [
    fewer('dropoutFraction', percentsBelow(beliefs.dropoutFraction)),
    fewer('corruptFraction', percentsBelow(beliefs.corruptFraction)),
    fewer('security', wholesBelow(beliefs.security, LEAST_SECURITY_ADVISED)),
    fewer('correctness', wholesBelow(beliefs.correctness, LEAST_CORRECTNESS_ADVISED)),
    largerDegree(beliefs, search),
  ].filter(relaxation => relaxation !== undefined)
  if (single.length > 0) return single
  const scaled = percentsBelow(1).map(scale => ({
    corruptFraction: wholePercent(scale * beliefs.corruptFraction),
    dropoutFraction: wholePercent(scale * beliefs.dropoutFraction),
  }))
  const both = firstThatWorks(beliefs, scaled, search)
  return both ? [both] : []
}

/** Relaxations as a phrase, e.g. `dropoutFraction 0.2, or maxDegree 362 (above 255 ...)`. */
export function describeRelaxations(relaxations: readonly Relaxation[]): string {
  const phrases = relaxations.map(relaxation => {
    const changes = Object.entries(relaxation).map(([field, value]) => `${field} ${value}`)
    const note = (relaxation.maxDegree ?? 0) > MAX_SHARE_HOLDERS ? ' (but GF(256) shares end at 255)' : ''
    return changes.join(' with ') + note
  })
  return phrases.join(', or ')
}

function largerDegree(beliefs: CheckedBeliefs, search: ParameterSearch): Relaxation | undefined {
  const maxDegree = Math.min(GREATEST_DEGREE_ADVISED, beliefs.clients - 1)
  const found = maxDegree > beliefs.maxDegree ? search({ ...beliefs, maxDegree }) : undefined
  return found && { maxDegree: found.degree }
}

/**
 * The first of the candidates, mildest first, that is feasible, by bisection: a candidate further down demands less.
 * Rounding to whole clients can break that order by a candidate or two, which costs mildness, never truth: what is
 * returned was found feasible.
 */
function firstThatWorks(
  beliefs: CheckedBeliefs,
  candidates: readonly Relaxation[],
  search: ParameterSearch,
): Relaxation | undefined {
  let found: Relaxation | undefined
  let low = 0
  let high = candidates.length
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const candidate = candidates[middle] as Relaxation
    if (search({ ...beliefs, ...candidate })) {
      found = candidate
      high = middle
    } else low = middle + 1
  }
  return found
}

/** Whole percents below a fraction, largest first, down to 0. */
function percentsBelow(fraction: number): number[] {
  return Array.from({ length: Math.ceil(fraction * 100 - 1e-9) }, (_, i) => i / 100).reverse()
}

function wholePercent(fraction: number): number {
  return Math.floor(fraction * 100) / 100
}

function wholesBelow(value: number, least: number): number[] {
  return Array.from({ length: Math.max(0, value - least) }, (_, i) => value - 1 - i)
}
