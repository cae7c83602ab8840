import { MemorySessionLog } from '../../secagg/client/index.ts'
import {
  type DecodedSum,
  decodeSum,
  type EncodingKind,
  type EncodingPlan,
  planEncoding,
  type SpecOf,
} from '../../secagg/encoding/index.ts'
import { SecAggError } from '../../secagg/errors.ts'
import type { AggregationParameters } from '../../secagg/parameters.ts'
import { secureRandom } from '../../secagg/primitives/random.ts'
import { SecAggServer } from '../../secagg/server/index.ts'
import { noDropouts } from '../dropouts.ts'
import { FederatedError } from '../errors.ts'
import { contextOf, type RoundAnnouncement, type RoundTask } from './announcement.ts'
import type { Contribute } from './contribution.ts'
import { Coordinator, type Seat } from './coordinator.ts'
import type { DroppedWorker, PhaseReport } from './events.ts'
import type { AggregationOptions } from './options.ts'
import { type Credentials, Participant } from './participant.ts'

export interface AggregationRequest<K extends EncodingKind> {
  readonly encoding: SpecOf<K>
  readonly task: RoundTask
  readonly contributors: readonly { readonly id: string; readonly contribute: Contribute }[]
  readonly roundingSeed: number | undefined
  readonly announcementBytes: number
  readonly failFast: boolean
  readonly options: AggregationOptions
}

export interface AggregatedSum<K extends EncodingKind> {
  readonly plan: EncodingPlan<K>
  readonly decoded: DecodedSum<K>
  readonly survivors: readonly string[]
  readonly dropped: readonly DroppedWorker[]
  readonly phases: readonly PhaseReport[]
}

/** One whole aggregation over contributors in this process: announce, collect, unmask, decode. */
export async function aggregate<K extends EncodingKind>(request: AggregationRequest<K>): Promise<AggregatedSum<K>> {
  const { encoding, task, contributors, options, announcementBytes, failFast } = request
  const { round = 0, dropouts = noDropouts, onEvent = () => {}, signal } = options
  signal?.throwIfAborted()
  const plan = planEncoding(encoding) as EncodingPlan<K>
  const parameters = parametersOf(plan, options)
  const announcement: RoundAnnouncement = {
    session: secureRandom(32),
    federatedRound: round,
    parameters,
    encoding,
    task,
  }
  const ids = contributors.map(({ id }) => id)
  const minimumCohort = checkCohortSize(ids.length, options)
  const server = new SecAggServer({
    parameters,
    context: contextOf(announcement),
    session: announcement.session,
    invited: new Set(ids),
    minimumCohort,
  })
  onEvent({ type: 'round-started', federatedRound: round, workers: ids })
  const knownKeys =
    options.identities && new Map(Array.from(options.identities, ([id, { publicKey }]) => [id, publicKey]))
  const warned = new Set<string>()
  const seats = contributors.map(({ id, contribute }): Seat => {
    const identity = options.identities?.get(id)
    const credentials: Credentials = {
      ...(options.policy && { policy: options.policy }),
      ...(identity && { identity }),
      ...(knownKeys && { knownKeys }),
      sessions: options.sessions?.get(id) ?? new MemorySessionLog(),
    }
    const seating = seat(announcement, id, contribute, credentials, request)
    for (const message of seating.participant?.warnings ?? []) warned.add(message)
    return { ...seating, silentFrom: dropouts(id, round) }
  })
  for (const message of warned) onEvent({ type: 'warning', code: 'policy', message })
  const coordinator = new Coordinator({ server, parameters, seats, onEvent, signal, announcementBytes, failFast })
  const { sum, survivors, dropped, phases } = await coordinator.run()
  const decoded = decodeSum(plan, sum, survivors.length)
  onEvent({ type: 'round-finished', federatedRound: round, survivors })
  return { plan, decoded, survivors, dropped, phases }
}

/** Said before anything starts: the clients would refuse one by one. Returns the fewest that the server goes on with. */
function checkCohortSize(size: number, { policy = {} }: AggregationOptions): number {
  const { minimumCohort = 3, minimumSurvivors = 3 } = policy
  const least = Math.max(2, minimumCohort)
  if (size >= least) return Math.max(2, Math.min(minimumCohort, minimumSurvivors))
  const advice =
    size < 2
      ? 'a sum over one is that one: secure aggregation needs others to hide among'
      : 'add workers, or lower policy.minimumCohort and policy.minimumSurvivors (below 3 with policy.acceptSmallCohort: ' +
        'each of two learns the other from the sum)'
  throw new FederatedError('cohort-too-small', `A cohort of ${size}, where at least ${least} are needed: ${advice}.`)
}

/** The parameters of the aggregation that these options ask for. */
export function parametersOf(plan: EncodingPlan, options: AggregationOptions): AggregationParameters {
  const { threatModel = 'semi-honest', graph = { kind: 'complete' }, threshold, corrupted } = options
  return {
    threatModel,
    clients: plan.spec.clients,
    graph,
    ...(threshold !== undefined && { threshold }),
    ...(corrupted !== undefined && { corrupted }),
    vectorLength: plan.length,
    modulusBits: plan.modulusBits,
  }
}

/** A client whose own policy refuses what is announced stays away; what the *caller* got wrong is thrown. */
function seat<K extends EncodingKind>(
  announcement: RoundAnnouncement,
  id: string,
  contribute: Contribute,
  credentials: Credentials,
  { roundingSeed, options: { signal } }: AggregationRequest<K>,
): Omit<Seat, 'silentFrom'> {
  try {
    const participant = new Participant(announcement, {
      id,
      contribute,
      ...credentials,
      ...(roundingSeed !== undefined && { roundingSeed }),
      ...(signal && { signal }),
    })
    return { id, participant }
  } catch (error) {
    if (error instanceof SecAggError && error.name === 'RefusalError')
      return { id, participant: undefined, refusal: error }
    throw error
  }
}
