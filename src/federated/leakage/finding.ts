/**
 * What a sum may not do: `isolation`, be combined with earlier ones into a combination of fewer than T clients' inputs;
 * `batches`, besides, tell fewer than T clients apart from all others at all.
 */
export type LeakageCriterion = 'isolation' | 'batches'

/** Why a sum should not be released, given those that were. */
export interface LeakageFinding {
  /**
   * `isolated`: `combination` is of the inputs of `clients` and of nobody else's. `split-batch`: `clients` were in the same
   * sums and nobody else was in just those (only with the criterion `batches`). `undecided`: the search was given up, and the
   * safe answer is given; `clients` are then the smallest group that was in the same sums.
   */
  readonly reason: 'isolated' | 'split-batch' | 'undecided'
  /** Fewer than T of them. */
  readonly clients: readonly string[]
  /** How often to take the sum of each round, a place in the guard's history; other rounds are not needed. */
  readonly combination: readonly { readonly round: number; readonly coefficient: bigint }[]
  /** Whether earlier rounds alone isolate these clients. */
  readonly alreadyReleased: boolean
  /** The same in words. */
  readonly message: string
}

/** A finding without its words. */
export type BareFinding = Omit<LeakageFinding, 'message'>

/** Puts a finding into words; never more than a few names and terms. */
export function withMessage(finding: BareFinding, minimum: number): LeakageFinding {
  return { ...finding, message: `${what(finding)}; at least ${minimum} clients are to stay hidden among each other` }
}

function what({ reason, clients, combination, alreadyReleased }: BareFinding): string {
  const group = clients.map(id => `"${id}"`).join(', ')
  if (reason === 'split-batch') return `with this sum, ${group} would have been in other sums than everybody else`
  if (reason === 'undecided') {
    return `whether the sums so far and this one isolate ${group} or another small group could not be found out in time`
  }
  const formula = shortened(combination)
  if (alreadyReleased) return `the sums so far already isolate ${group} (${formula})`
  return combination.length === 1 ? `this sum is of ${group} alone` : `${formula} would isolate ${group}`
}

const SHOWN_TERMS = 6

function shortened(combination: LeakageFinding['combination']): string {
  const terms = combination.slice(0, SHOWN_TERMS).map(({ round, coefficient }, i) => {
    const size = coefficient < 0n ? -coefficient : coefficient
    const sign = coefficient < 0n ? '-' : '+'
    const factor = size === 1n ? '' : `${size} × `
    return `${i === 0 && sign === '+' ? '' : `${sign} `}${factor}sum ${round}`
  })
  const rest = combination.length - terms.length
  return rest > 0 ? `${terms.join(' ')} and ${rest} more terms` : terms.join(' ')
}
