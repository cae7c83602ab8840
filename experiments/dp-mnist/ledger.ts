import { DistributedPrivacy, type FederatedRoundOptions } from 'secagg/federated'
import type { PrivacyGuarantee } from 'secagg/secagg'
import { CentralPrivacy, withGaussianNoise } from './central.ts'
import { type Cell, groupOf, type Setting } from './setting.ts'

/**
 * The privacy of one run. Epsilon is each client's own, against the server that sees who takes part: what adds up are the
 * rounds that the client is in. Clients that always take part together share an account; one of another group is in other
 * sums, and what those depended on is post-processing.
 */
export interface Ledger {
  /** What a round is told, before it runs. @throws FederatedError `privacy-budget` */
  open(round: number): Pick<FederatedRoundOptions, 'privacy'>
  /** The mean update of a round that ran, with its noise. */
  release(round: number, mean: Float64Array): Float64Array
  /** Enters a round of an earlier process. */
  recall(round: number): void
  /** Of those who were in this round. */
  spent(round: number): PrivacyGuarantee | undefined
  /** Standard deviation of the noise over the sensitivity. */
  noiseMultiplier(): number | undefined
}

export function ledgerFor(cell: Cell, setting: Setting): Ledger {
  if (cell.mechanism === 'none') return NO_NOISE
  if (cell.epsilon === undefined) throw new RangeError(`The cell '${cell.mechanism}' needs an epsilon.`)
  return cell.mechanism === 'central' ? centralLedger(cell.epsilon, setting) : distributedLedger(cell.epsilon, setting)
}

const NO_NOISE: Ledger = {
  open: () => ({}),
  release: (_round, mean) => mean,
  recall: () => {},
  spent: () => undefined,
  noiseMultiplier: () => undefined,
}

function centralLedger(epsilon: number, setting: Setting): Ledger {
  const { groups, participations: rounds, delta, clip, initial } = setting
  const accounts = Array.from({ length: groups }, () => new CentralPrivacy({ epsilon, delta, rounds }))
  const of = (round: number) => accounts[groupOf(setting, round)]!
  const cohort = setting.workers.length / groups
  const { noiseMultiplier } = accounts[0]!
  // Rounding moves each coordinate by less than one unit of the grid.
  const sensitivity = clip * (1 + Math.sqrt(initial.parameters.length) / (2 ** (EXACT_BITS - 1) - 1))
  return {
    open: round => {
      of(round).authorize()
      return {}
    },
    release: (round, mean) => {
      of(round).record(cohort)
      return withGaussianNoise(mean, (noiseMultiplier * sensitivity) / cohort)
    },
    recall: round => of(round).record(cohort),
    spent: round => of(round).spent(),
    noiseMultiplier: () => noiseMultiplier,
  }
}

/** Every object is calibrated for the same, so all have the same noise. The rounds authorize and record by themselves. */
function distributedLedger(epsilon: number, setting: Setting): Ledger {
  const { groups, participations: rounds, delta, bits, clip, initial } = setting
  const cohort = setting.workers.length / groups
  const accounts = Array.from(
    { length: groups },
    () => new DistributedPrivacy({ epsilon, rounds, delta, minimumSurvivors: cohort }),
  )
  const of = (round: number) => accounts[groupOf(setting, round)]!
  const dimension = initial.parameters.length
  const encoding = {
    kind: 'sum',
    clients: cohort,
    dimension,
    bits,
    clip: { kind: 'l2', bound: clip },
    metrics: [],
  } as const
  for (const account of accounts) account.noiseFor(encoding)
  return {
    open: round => ({ privacy: of(round) }),
    release: (_round, mean) => mean,
    recall: round => of(round).record({ cohort, survivors: cohort }),
    spent: round => of(round).spent(),
    noiseMultiplier: () => accounts[0]!.noiseMultiplier,
  }
}

/** Bits per coordinate where the server is trusted: a grid that is as good as none. */
export const EXACT_BITS = 24
