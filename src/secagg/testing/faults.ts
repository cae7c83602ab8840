import { type ProtocolRound, UsageError } from '../errors.ts'
import { randomBelow, type SimulationSeed, seededRandom } from './seeded-random.ts'

/**
 * What can go wrong with one client in one protocol round:
 * - `drop`: it is gone from this round on; it neither reads nor sends.
 * - `delay`: it sends, but its message arrives after the round was closed.
 * - `duplicate`: its message arrives twice, or (`down`) the server's does.
 * - `reorder`: its message arrives after everybody else's, ranges last to first and mixed with those of others.
 * - `corrupt`: bits of the encoded message flip, on the way to the server or (`down`) to the client.
 * - `equivocate`: the server tells it something else than the others: another context (AdvertiseKeys), roster
 *   (ShareKeys), set of sharers (MaskedInputCollection), set of survivors (ConsistencyCheck), or request (Unmasking).
 */
export type FaultKind = 'drop' | 'delay' | 'duplicate' | 'reorder' | 'corrupt' | 'equivocate'

/** One fault. `direction` matters to `duplicate` and `corrupt` alone; `up`, towards the server, by default. */
export interface Fault {
  readonly kind: FaultKind
  readonly round: ProtocolRound
  readonly client: string
  readonly direction?: 'up' | 'down'
}

/** Says, for any client in any protocol round, what goes wrong. Always gives the same answer. */
export interface FaultPlan {
  at(round: ProtocolRound, client: string): readonly Fault[]
}

export const FAULT_KINDS: readonly FaultKind[] = ['drop', 'delay', 'duplicate', 'reorder', 'corrupt', 'equivocate']

/** The plan in which nothing goes wrong. */
export const NO_FAULTS: FaultPlan = { at: () => [] }

/** Exactly these faults. */
export function faultsAt(faults: readonly Fault[]): FaultPlan {
  const planned = new Map<string, Fault[]>()
  for (const fault of faults) {
    if (!FAULT_KINDS.includes(fault.kind)) throw new UsageError('bad-fault', `there is no fault "${fault.kind}"`)
    const key = keyOf(fault.round, fault.client)
    planned.set(key, [...(planned.get(key) ?? []), fault])
  }
  return { at: (round, client) => planned.get(keyOf(round, client)) ?? [] }
}

export interface RandomFaultOptions {
  readonly seed: SimulationSeed
  /** How likely each fault is for one client in one round, from 0 to 1; 0 by default. */
  readonly rates: Partial<Readonly<Record<FaultKind, number>>>
  /** The rounds in which anything goes wrong; all by default. */
  readonly rounds?: readonly ProtocolRound[]
}

/**
 * Every fault by chance, independently for each client and round. The same seed gives the same faults whatever else
 * happens, so that one client's bad luck does not depend on another's.
 *
 * @throws UsageError `bad-fault` for an unknown kind or a rate outside of 0 to 1.
 */
export function randomFaults({ seed, rates, rounds }: RandomFaultOptions): FaultPlan {
  for (const [kind, rate] of Object.entries(rates)) {
    if (!FAULT_KINDS.includes(kind as FaultKind) || !(rate >= 0 && rate <= 1)) {
      throw new UsageError('bad-fault', `the rate of "${kind}" is ${rate}: rates go from 0 to 1, for ${FAULT_KINDS}`)
    }
  }
  const root = seededRandom(seed).fork('faults')
  return {
    at(round, client) {
      if (rounds !== undefined && !rounds.includes(round)) return []
      const random = root.fork(keyOf(round, client))
      // Every kind draws the same amount whether it is wanted or not: raising one rate moves no other fault.
      return FAULT_KINDS.flatMap((kind): Fault[] => {
        const happens = randomBelow(random, 2 ** 32) < (rates[kind] ?? 0) * 2 ** 32
        const direction = randomBelow(random, 2) === 0 ? 'up' : 'down'
        return happens ? [{ kind, round, client, direction }] : []
      })
    },
  }
}

function keyOf(round: ProtocolRound, client: string): string {
  return `${round}/${client}`
}
