import type { ProtocolRound } from '../secagg/errors.ts'
import { shown } from './check.ts'
import { FederatedError } from './errors.ts'
import { checkSeed, deriveSeed, experimentRandom } from './random.ts'

/**
 * Which worker drops out when, for experiments: the protocol round in which the worker goes silent (it does not send that
 * round's message, nor any later one), or undefined when it stays. Asked twice, a plan answers the same.
 */
export type DropoutPlan = (workerId: string, federatedRound: number) => ProtocolRound | undefined

/** What {@link randomDropouts} is told. */
export interface RandomDropoutsOptions {
  /** The probability that a worker drops out of a federated round, from 0 to 1. */
  readonly rate: number
  readonly seed: number
  /** The protocol rounds to choose from with equal chances; by default those of every threat model. */
  readonly rounds?: readonly ProtocolRound[]
}

/** By federated round, then by worker id: the protocol round in which that worker goes silent. */
export type DropoutTable = Readonly<Record<number, Readonly<Record<string, ProtocolRound>>>>

/** ConsistencyCheck is left out: only the malicious-server model has it. */
const ROUNDS_OF_EVERY_MODEL: readonly ProtocolRound[] = [
  'AdvertiseKeys',
  'ShareKeys',
  'MaskedInputCollection',
  'Unmasking',
]

const ALL_ROUNDS: ReadonlySet<unknown> = new Set<ProtocolRound>([...ROUNDS_OF_EVERY_MODEL, 'ConsistencyCheck'])

/** Everybody stays to the end. */
export const noDropouts: DropoutPlan = () => undefined

/**
 * Each worker drops out of each federated round independently with probability `rate`. Who does follows from seed, worker
 * id and round alone: adding a worker changes nothing for the others.
 *
 * @throws {FederatedError} `invalid-option`
 */
export function randomDropouts(options: RandomDropoutsOptions): DropoutPlan {
  const { rate, seed } = options
  const rounds = [...(options.rounds ?? ROUNDS_OF_EVERY_MODEL)]
  if (typeof rate !== 'number' || !(rate >= 0 && rate <= 1)) {
    throw new FederatedError('invalid-option', `The dropout rate must be a number from 0 to 1, not ${shown(rate)}.`)
  }
  checkSeed(seed)
  if (rounds.length === 0)
    throw new FederatedError('invalid-option', 'Name at least one protocol round to drop out in.')
  for (const round of rounds) checkRound(round, 'randomDropouts()')
  return (workerId, federatedRound) => {
    const random = experimentRandom(deriveSeed(seed, 'dropout', workerId, federatedRound))
    return random.uniform() < rate ? rounds[random.below(rounds.length)] : undefined
  }
}

/**
 * Exactly these dropouts, e.g. `dropoutsAt({ 3: { alice: 'Unmasking' } })`.
 *
 * @throws {FederatedError} `invalid-option` for a federated round that is not a non-negative integer or a protocol round
 *   that does not exist
 */
export function dropoutsAt(table: DropoutTable): DropoutPlan {
  const plan = new Map<string, Map<string, ProtocolRound>>()
  for (const [round, workers] of Object.entries(table)) {
    if (!/^(0|[1-9]\d*)$/.test(round)) {
      throw new FederatedError('invalid-option', `"${round}" is not a federated round: use a non-negative integer.`)
    }
    for (const [id, when] of Object.entries(workers)) checkRound(when, `worker "${id}" in federated round ${round}`)
    plan.set(round, new Map(Object.entries(workers)))
  }
  return (workerId, federatedRound) => plan.get(String(federatedRound))?.get(workerId)
}

function checkRound(round: unknown, where: string): void {
  if (ALL_ROUNDS.has(round)) return
  throw new FederatedError(
    'invalid-option',
    `There is no such protocol round for ${where}. Use one of: ${[...ALL_ROUNDS].join(', ')}.`,
  )
}
