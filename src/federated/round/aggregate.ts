import { MemorySessionLog } from '../../secagg/client/index.ts'
import {
  type DecodedSum,
  decodeSum,
  type EncodingKind,
  type EncodingNumerics,
  type EncodingSpec,
  type SpecOf,
} from '../../secagg/encoding/index.ts'
import { RefusalError, SecAggError } from '../../secagg/errors.ts'
import { secureRandom } from '../../secagg/primitives/random.ts'
import { SecAggServer } from '../../secagg/server/index.ts'
import { integerOption } from '../check.ts'
import { noDropouts } from '../dropouts.ts'
import { FederatedError } from '../errors.ts'
import type { DistributedPrivacy } from '../privacy.ts'
import { agree } from './agreement.ts'
import { contextOf, type RoundAnnouncement, type RoundTask } from './announcement.ts'
import { WITHIN_CLIP } from './clip.ts'
import type { Contribute } from './contribution.ts'
import { type CoordinatedSum, Coordinator, type Seat } from './coordinator.ts'
import type { DroppedWorker, PhaseReport, RoundListener } from './events.ts'
import type { AggregationOptions } from './options.ts'
import { type Credentials, Participant } from './participant.ts'

export interface AggregationRequest<K extends EncodingKind, R> {
  readonly encoding: SpecOf<K>
  /** Nobody else holds what is in it: the model is a snapshot. */
  readonly task: RoundTask
  readonly contributors: readonly { readonly id: string; readonly contribute: Contribute }[]
  readonly roundingSeed: number | undefined
  /** A contributor whose input fails ends the aggregation, instead of being a dropout. */
  readonly failFast: boolean
  readonly options: AggregationOptions
  /** Accounts for the noise that is in the encoding. */
  readonly privacy?: DistributedPrivacy
  /** Makes the caller's result of the sum, before the round counts as finished. */
  readonly conclude: (sum: AggregatedSum<K>) => { readonly result: R; readonly numerics: EncodingNumerics }
}

export interface AggregatedSum<K extends EncodingKind> {
  readonly decoded: DecodedSum<K>
  readonly survivors: readonly string[]
  readonly dropped: readonly DroppedWorker[]
  readonly phases: readonly PhaseReport[]
}

const COMPUTATIONS = { train: 'Training', evaluate: 'Evaluation', sum: undefined } as const

/** One whole aggregation over contributors in this process: announce, collect, unmask, decode, conclude. */
export async function aggregate<K extends EncodingKind, R>(request: AggregationRequest<K, R>): Promise<R> {
  const { round = 0, signal } = request.options
  const onEvent = listenerOf(request.options)
  signal?.throwIfAborted()
  request.privacy?.authorize()
  const { plan, coordinator, warnings } = prepare(request, onEvent)
  try {
    onEvent({ type: 'round-started', federatedRound: round, workers: request.contributors.map(({ id }) => id) })
    for (const message of warnings) onEvent({ type: 'warning', code: 'policy', message })
    const { sum, ...rest } = await accounted(request, coordinator)
    const decoded = decodeSum(plan, sum, rest.survivors.length)
    const { result, numerics } = request.conclude({ decoded, ...rest })
    warnOfNumerics(request, numerics, onEvent)
    onEvent({ type: 'round-finished', federatedRound: round, survivors: rest.survivors })
    return result
  } catch (error) {
    if (signal?.aborted) {
      onEvent({ type: 'aborted', code: 'cancelled', message: 'the signal was aborted' })
      throw signal.reason
    }
    if (error instanceof SecAggError) onEvent({ type: 'aborted', code: error.code, message: error.message })
    throw error
  }
}

/** The caller's listener, or one that ends the round after a warning that the caller does not accept. */
function listenerOf({ onEvent = () => {}, failOnWarning = false }: AggregationOptions): RoundListener {
  if (failOnWarning === false) return onEvent
  return event => {
    onEvent(event)
    if (event.type !== 'warning' || (failOnWarning !== true && !failOnWarning.includes(event.code))) return
    throw new FederatedError('warning', `A warning that failOnWarning makes an error: ${event.code}: ${event.message}`)
  }
}

/** Enters a sum that came out, and one that may have: however a round ends that was unmasking, it counts, at its worst. */
async function accounted<K extends EncodingKind, R>(
  { privacy, contributors }: AggregationRequest<K, R>,
  coordinator: Coordinator,
): Promise<CoordinatedSum> {
  const cohort = contributors.length
  try {
    const sum = await coordinator.run()
    privacy?.record({ cohort, survivors: sum.survivors.length })
    return sum
  } catch (error) {
    if (coordinator.unmasking) privacy?.record({ cohort, survivors: privacy.minimumSurvivors })
    throw error
  }
}

/** Checks what can be checked before anything is sent, and seats the participants. */
function prepare<K extends EncodingKind, R>(request: AggregationRequest<K, R>, onEvent: RoundListener) {
  const { encoding, task, contributors, failFast, options } = request
  const { round = 0, dropouts = noDropouts, signal } = options
  const ids = contributors.map(({ id }) => id)
  const { plan, policy, parameters, knownKeys } = agree<K>(ids, encoding, options)
  const session = secureRandom(32)
  const announcement: RoundAnnouncement = { session, federatedRound: round, parameters, encoding, task }
  const server = new SecAggServer({
    parameters,
    context: contextOf(announcement),
    session,
    invited: new Set(ids),
    minimumCohort: Math.max(2, Math.min(policy.minimumCohort, policy.minimumSurvivors)),
    ...(knownKeys && { knownKeys }),
  })
  const warnings = new Set<string>()
  const seats = contributors.map(({ id, contribute }): Seat => {
    const identity = options.identities?.get(id)
    const credentials: Credentials = {
      policy,
      ...(identity && { identity }),
      ...(knownKeys && { knownKeys }),
      sessions: options.sessions?.get(id) ?? new MemorySessionLog(),
    }
    const { participant, refusal } = seat(announcement, id, contribute, credentials, request)
    for (const message of participant?.warnings ?? []) warnings.add(message)
    return { id, participant, ...(refusal && { refusal }), silentFrom: dropouts(id, round) }
  })
  const computation = COMPUTATIONS[task.kind]
  const announcementBytes = task.kind === 'sum' ? 0 : task.model.parameters.byteLength
  const coordinator = new Coordinator({
    server,
    parameters,
    seats,
    onEvent,
    onMessage: options.onMessage,
    signal,
    computation,
    announcementBytes,
    failFast,
    concurrency: integerOption('concurrency', options.concurrency ?? 1, 1),
    leakageGuard: options.leakageGuard,
  })
  return { plan, coordinator, warnings }
}

/** A client whose own policy refuses what is announced stays away; what the *caller* got wrong is thrown. */
function seat<K extends EncodingKind, R>(
  announcement: RoundAnnouncement,
  id: string,
  contribute: Contribute,
  credentials: Credentials,
  { roundingSeed, options: { signal } }: AggregationRequest<K, R>,
): { participant?: Participant; refusal?: RefusalError } {
  try {
    const participant = new Participant(announcement, {
      id,
      contribute,
      ...credentials,
      ...(roundingSeed !== undefined && { roundingSeed }),
      ...(signal && { signal }),
    })
    return { participant }
  } catch (error) {
    if (error instanceof RefusalError) return { refusal: error }
    throw error
  }
}

/** A bound on the error of a tenth of the clip means that little is left of the update. */
const COARSE = 0.1

function warnOfNumerics<K extends EncodingKind, R>(
  { task, encoding }: AggregationRequest<K, R>,
  { clippedCoordinates = 0, clippedFraction = 0, metricsSaturated = 0, worstCaseError, noise }: EncodingNumerics,
  onEvent: RoundListener,
): void {
  const warn = (code: string, message: string) => onEvent({ type: 'warning', code, message })
  if (clippedCoordinates > 0 && !isAdaptive(encoding)) {
    const advice =
      task.kind === 'train' ? 'raise encoding.clip.bound, or lower the learning rate' : 'raise clip.bound if not meant'
    warn('clipped', `${(100 * clippedFraction).toPrecision(2)} % of the coordinates were clipped: ${advice}`)
  }
  // A rotation makes the bound for one coordinate that of the whole vector: no sign of a coarse grid.
  if (encoding.kind === 'mean' && !encoding.rotation && encoding.dimension > 0) {
    const advice = 'raise encoding.bits, or lower encoding.weightBound towards the largest weight'
    if (worstCaseError > COARSE * encoding.clip.bound) {
      warn('coarse', `the mean may be off by ${worstCaseError.toPrecision(2)} in any coordinate: ${advice}`)
    }
  }
  if (metricsSaturated > 0) {
    const advice = 'widen it in metrics'
    warn('metric-saturated', `${metricsSaturated} metrics of workers lay outside of their declared range: ${advice}`)
  }
  if (task.kind !== 'train' || encoding.kind === 'integers' || noise === undefined) return
  const relative = (noise.deviation * Math.sqrt(encoding.dimension)) / encoding.clip.bound
  if (relative > 1) {
    const advice = 'add workers, raise epsilon, or take a smaller model'
    warn('noisy', `the noise of the mean is ${relative.toPrecision(2)} times as long as the longest update: ${advice}`)
  }
}

/** Half of the updates are meant to be beyond an adaptive bound. */
function isAdaptive({ metrics }: EncodingSpec): boolean {
  return metrics.some(({ name }) => name === WITHIN_CLIP)
}
