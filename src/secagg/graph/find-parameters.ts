import { UsageError } from '../errors.ts'
import { type CheckedBeliefs, checkBeliefs, countCohort, type GraphBeliefs } from './beliefs.ts'
import { MIN_THRESHOLD } from './conditions.ts'
import { describeRelaxations, findRelaxations, type ParameterSearch } from './relaxations.ts'
import { completeParameters, type GraphParameters, searchParameters } from './search.ts'

/**
 * Degree and threshold from beliefs: the least even degree of a random Harary graph for which, except with the stated
 * probabilities, the honest survivors stay connected, no honest client has `threshold` corrupted neighbours (against a
 * semi-malicious server: 2 threshold > degree + corrupted neighbours), and every client keeps `threshold` surviving ones;
 * with it, the least such threshold. Where no sparse graph will do, the complete graph if it fits.
 *
 * The tails are exact (hypergeometric), not Chernoff bounds. Source: Bell et al., CCS 2020 (ePrint 2020/704), sections 3
 * and 4; `docs/parameters.md` has the formulas.
 *
 * @throws {@link UsageError} `invalid-belief` names a field out of its range; `infeasible-parameters` names the beliefs
 * that can be relaxed, each with a value that works
 */
export function findGraphParameters(beliefs: GraphBeliefs): GraphParameters {
  const checked = checkBeliefs(beliefs)
  const found = searchParameters(checked)
  if (found) return found
  throw new UsageError('infeasible-parameters', describeInfeasible(checked))
}

/**
 * The threshold of the complete graph from beliefs: the least above the corrupted clients (semi-malicious: 2 threshold >
 * n - 1 + corrupted) that the other survivors reach. Nothing in it is left to chance.
 *
 * @throws {@link UsageError} `invalid-belief`; `infeasible-parameters` says whether the cohort is too large for the shares,
 * or names the fractions that can be relaxed, each with a value that works
 */
export function findCompleteGraph(beliefs: GraphBeliefs): GraphParameters {
  const checked = checkBeliefs(beliefs)
  const search = (tried: CheckedBeliefs) => completeParameters(countCohort(tried), tried)
  const found = search(checked)
  if (found) return found
  const { clients, maxDegree } = checked
  if (clients - 1 > maxDegree) {
    throw new UsageError(
      'infeasible-parameters',
      `The complete graph gives each of ${clients} clients ${clients - 1} neighbours, and a client has at most ` +
        `${maxDegree}. What would do: clients ${maxDegree + 1}, or a k-regular graph.`,
    )
  }
  throw new UsageError('infeasible-parameters', describeInfeasible(checked, 'The complete graph does not meet', search))
}

/**
 * The threshold when no belief is stated: max(2, floor(2 degree / 3) + 1). It bears nearly a third of the neighbours
 * dropping out, and nearly two thirds of them colluding with an honest-but-curious server.
 *
 * @throws {@link UsageError} `invalid-degree`
 */
export function defaultThreshold(degree: number): number {
  if (!Number.isSafeInteger(degree) || degree < MIN_THRESHOLD) {
    throw new UsageError(
      'invalid-degree',
      `A threshold needs a whole number of at least ${MIN_THRESHOLD} neighbours, not ${String(degree)}.`,
    )
  }
  return Math.max(MIN_THRESHOLD, Math.floor((2 * degree) / 3) + 1)
}

function describeInfeasible(
  beliefs: CheckedBeliefs,
  problem = `No graph of at most ${beliefs.maxDegree} neighbours meets`,
  search: ParameterSearch = searchParameters,
): string {
  const { clients, corruptFraction, dropoutFraction, security, correctness, semiMalicious } = beliefs
  const remedies = describeRelaxations(findRelaxations(beliefs, search))
  return (
    `${problem} these beliefs (clients ${clients}, corruptFraction ` +
    `${corruptFraction}, dropoutFraction ${dropoutFraction}, security ${security}, correctness ${correctness}, ` +
    `${semiMalicious ? 'semi-malicious' : 'semi-honest'}). What would do: ${remedies}.`
  )
}
