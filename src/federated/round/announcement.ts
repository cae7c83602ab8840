import { sha256 } from '@noble/hashes/sha2.js'
import { canonicalPlanBytes, type EncodingPlan, type EncodingSpec, planEncoding } from '../../secagg/encoding/index.ts'
import { RefusalError, UsageError } from '../../secagg/errors.ts'
import type { AggregationParameters } from '../../secagg/parameters.ts'
import { shown } from '../check.ts'
import { FederatedError } from '../errors.ts'
import type { LocalTraining } from '../learner.ts'
import { type Model, modelHash } from '../model.ts'

/** What a participant is asked to contribute to one aggregation. */
export type RoundTask =
  | { readonly kind: 'train'; readonly model: Model; readonly settings: Omit<LocalTraining, 'signal'> }
  | { readonly kind: 'evaluate'; readonly model: Model }
  | { readonly kind: 'sum' }

/**
 * Opens a federated round: everything that a participant needs to know before it decides to take part. Nobody changes one
 * once it is made, the model included.
 */
export interface RoundAnnouncement {
  /** 32 bytes. */
  readonly session: Uint8Array
  /** Number of this federated round, from 0. */
  readonly federatedRound: number
  readonly parameters: AggregationParameters
  readonly encoding: EncodingSpec
  readonly task: RoundTask
}

/** Participants in one process were sent one and the same object: a large model is hashed once, not once for each. */
const contexts = new WeakMap<RoundAnnouncement, Uint8Array>()

/**
 * The context of an aggregation, 32 bytes: hash of the task, the model and the encoding *as received*. All masks derive
 * under it, so participants that were shown different models cannot be summed, let alone told apart.
 *
 * @throws FederatedError `invalid-option` for training settings that have no canonical form.
 */
export function contextOf(announcement: RoundAnnouncement): Uint8Array {
  const known = contexts.get(announcement)
  if (known !== undefined) return known.slice()
  const { federatedRound, encoding, task } = announcement
  const text = canonicalText({
    label: 'secagg federated context v1',
    federatedRound,
    task: task.kind,
    model: task.kind === 'sum' ? null : modelHash(task.model),
    settings: task.kind === 'train' ? task.settings : null,
  })
  const context = sha256
    .create()
    .update(sha256(new TextEncoder().encode(text)))
    .update(sha256(canonicalPlanBytes(planEncoding(encoding))))
    .digest()
  contexts.set(announcement, context)
  return context.slice()
}

/** JSON with sorted keys: what the hash covers must not depend on how an object was written, nor leave anything out. */
function canonicalText(value: unknown, where = 'the announcement'): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string' || Number.isFinite(value)) {
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map((item, i) => canonicalText(item, `${where}[${i}]`)).join()}]`
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value as object).filter(([, item]) => item !== undefined)
    const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${sorted.map(([key, item]) => `${JSON.stringify(key)}:${canonicalText(item, key)}`).join()}}`
  }
  throw new FederatedError(
    'invalid-option',
    `The training setting "${where}" is ${shown(value)}. Settings are hashed and sent: use finite numbers, strings, ` +
      'booleans, null, and arrays and plain objects of these.',
  )
}

/**
 * Derives the encoding plan of what was announced.
 *
 * @throws RefusalError `encoding-misfit` when it is not the encoding of such a task, or the ring parameters are not the
 *   ones that follow from it.
 */
export function planOf(announcement: RoundAnnouncement, clientId: string): EncodingPlan {
  const { encoding, parameters, task } = announcement
  const refuse = (message: string, cause?: unknown): never => {
    throw new RefusalError('encoding-misfit', message, { round: 'AdvertiseKeys', clientId, cause })
  }
  // Updates are averaged by weight; under noise, which would have to hide the weights too, they are summed.
  const fits =
    task.kind === 'sum' ? encoding.kind !== 'mean' : encoding.kind === 'mean' || isNoisedUpdate(task, encoding)
  if (!fits) {
    refuse(`the task is to ${task.kind}, the encoding is one of ${encoding.kind}`)
  }
  const dimension = task.kind === 'train' ? task.model.parameters.length : 0
  if (task.kind !== 'sum' && encoding.dimension !== dimension) {
    refuse(`to ${task.kind} this model takes ${dimension} coordinates, the encoding has ${encoding.dimension}`)
  }
  const plan = orRefused(() => planEncoding(encoding), refuse)
  const { vectorLength, modulusBits, clients } = parameters
  if (plan.length !== vectorLength || plan.modulusBits !== modulusBits || encoding.clients !== clients) {
    refuse(
      `the announced encoding takes ${plan.length} entries modulo 2^${plan.modulusBits} for ${encoding.clients} clients, ` +
        `the parameters say ${vectorLength} modulo 2^${modulusBits} for ${clients}`,
    )
  }
  return plan
}

function isNoisedUpdate(task: RoundTask, { kind, noise }: EncodingSpec): boolean {
  return task.kind === 'train' && kind === 'sum' && noise !== undefined
}

/** An impossible encoding is the server's fault here, not the caller's. */
function orRefused<T>(derive: () => T, refuse: (message: string, cause: unknown) => never): T {
  try {
    return derive()
  } catch (error) {
    if (error instanceof UsageError) return refuse(`the announced encoding is impossible: ${error.message}`, error)
    throw error
  }
}
