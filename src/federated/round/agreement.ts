import type { ClientPolicy } from '../../secagg/client/index.ts'
import { resolvePolicy } from '../../secagg/client/policy.ts'
import { type EncodingKind, type EncodingPlan, planEncoding, type SpecOf } from '../../secagg/encoding/index.ts'
import { type AggregationParameters, type ResolvedParameters, resolveParameters } from '../../secagg/parameters.ts'
import { integerOption } from '../check.ts'
import { FederatedError } from '../errors.ts'
import type { AggregationOptions } from './options.ts'

/** What follows from the options of an aggregation, checked as far as it can be before anything is sent. */
export interface Agreement<K extends EncodingKind> {
  readonly plan: EncodingPlan<K>
  readonly policy: ClientPolicy
  /** As they are announced: defaults are for each side to fill in. */
  readonly parameters: AggregationParameters
  /** The same with their defaults. */
  readonly resolved: ResolvedParameters
  /** Public keys by worker id, as an operator hands them out. */
  readonly knownKeys: ReadonlyMap<string, Uint8Array> | undefined
}

/** @throws FederatedError, UsageError: what does not fit, and what to do about it. */
export function agree<K extends EncodingKind>(
  ids: readonly string[],
  encoding: SpecOf<K>,
  options: AggregationOptions,
): Agreement<K> {
  integerOption('round', options.round ?? 0, 0)
  const plan = planEncoding(encoding) as EncodingPlan<K>
  const policy = noisePolicy(resolvePolicy(options.policy), plan)
  checkCohortSize(ids.length, policy)
  checkCorrupted(plan, options)
  const parameters = parametersOf(plan, options)
  const resolved = resolveParameters(parameters)
  return { plan, policy, parameters, resolved, knownKeys: knownKeysOf(ids, options) }
}

/** With fewer survivors than the noise was calibrated for, there would be less of it than was agreed. */
export function noisePolicy(policy: ClientPolicy, { spec: { noise } }: EncodingPlan): ClientPolicy {
  if (noise === undefined) return policy
  return { ...policy, minimumSurvivors: Math.max(policy.minimumSurvivors, noise.minimumSurvivors) }
}

function checkCorrupted({ spec: { noise } }: EncodingPlan, { corrupted = 0 }: AggregationOptions): void {
  if (noise === undefined || noise.assumedCorrupted >= corrupted) return
  throw new FederatedError(
    'invalid-option',
    `${corrupted} workers may be corrupted, but privacy assumes only ${noise.assumedCorrupted} of them when it counts the ` +
      'noise: raise privacy.assumedCorrupted.',
  )
}

/** The clients would refuse one by one. */
function checkCohortSize(size: number, { minimumCohort, minimumSurvivors }: ClientPolicy): void {
  const least = Math.max(2, minimumCohort, minimumSurvivors)
  if (size >= least) return
  const message = `A cohort of ${size}, where at least ${least} are needed: ${adviceFor(size, least)}.`
  throw new FederatedError('cohort-too-small', message)
}

function adviceFor(size: number, least: number): string {
  if (size < 2) return 'a sum over one is that one, and secure aggregation needs others to hide among; add workers'
  if (least > 3) return 'add workers, or lower policy.minimumCohort and policy.minimumSurvivors'
  return (
    'each of two learns the other from the sum; add workers, or say that this is meant with ' +
    'policy: { minimumCohort: 2, minimumSurvivors: 2, acceptSmallCohort: true }'
  )
}

function parametersOf(plan: EncodingPlan, options: AggregationOptions): AggregationParameters {
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

/** Without a list of known keys the server could stand in for every other client: there is no default. */
function knownKeysOf(
  ids: readonly string[],
  { threatModel, identities }: AggregationOptions,
): ReadonlyMap<string, Uint8Array> | undefined {
  if (identities !== undefined && typeof identities.get !== 'function') {
    throw new FederatedError('invalid-option', 'identities must be a Map of identities by worker id.')
  }
  const missing = ids.find(id => identities?.get(id) === undefined)
  if (threatModel === 'malicious-server' && missing !== undefined) throw identityNeeded(missing)
  return identities && new Map(Array.from(identities, ([id, { publicKey }]) => [id, publicKey]))
}

function identityNeeded(clientId: string): FederatedError {
  return new FederatedError(
    'invalid-option',
    `The malicious-server model needs an identity of every worker, and "${clientId}" has none: pass ` +
      'identities: new Map(workers.map(({ id }) => [id, generateIdentity(secureRandom)])).',
    { clientId },
  )
}
