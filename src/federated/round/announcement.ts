import { sha256 } from '@noble/hashes/sha2.js'
import { canonicalPlanBytes, type EncodingPlan, type EncodingSpec, planEncoding } from '../../secagg/encoding/index.ts'
import { RefusalError } from '../../secagg/errors.ts'
import type { AggregationParameters } from '../../secagg/parameters.ts'
import type { LocalTraining } from '../learner.ts'
import { type Model, modelHash } from '../model.ts'

/** What a participant is asked to contribute to one aggregation. */
export type RoundTask =
  | { readonly kind: 'train'; readonly model: Model; readonly settings: Omit<LocalTraining, 'signal'> }
  | { readonly kind: 'evaluate'; readonly model: Model }
  | { readonly kind: 'sum' }

/** Opens a federated round: everything that a participant needs to know before it decides to take part. */
export interface RoundAnnouncement {
  /** 32 bytes. */
  readonly session: Uint8Array
  /** Number of this federated round, from 0. */
  readonly federatedRound: number
  readonly parameters: AggregationParameters
  readonly encoding: EncodingSpec
  readonly task: RoundTask
}

/**
 * The context of an aggregation, 32 bytes: hash of the task, the model and the encoding *as received*. All masks derive
 * under it, so participants that were shown different models cannot be summed, let alone told apart.
 */
export function contextOf(announcement: RoundAnnouncement): Uint8Array {
  const { federatedRound, encoding, task } = announcement
  const text = {
    label: 'secagg federated context v1',
    federatedRound,
    task: task.kind,
    model: task.kind === 'sum' ? null : modelHash(task.model),
    settings: task.kind === 'train' ? trainingText(task.settings) : null,
  }
  const plan = canonicalPlanBytes(planEncoding(encoding))
  return sha256
    .create()
    .update(sha256(new TextEncoder().encode(JSON.stringify(text))))
    .update(sha256(plan))
    .digest()
}

/** In an order of our own: what the hash covers must not depend on how the object was written. */
function trainingText(settings: Omit<LocalTraining, 'signal'>): unknown[] {
  return Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Derives the encoding plan, and refuses ring parameters that are not the ones which follow from the encoding. */
export function planOf(announcement: RoundAnnouncement, clientId: string): EncodingPlan {
  const { encoding, parameters } = announcement
  const plan = planEncoding(encoding)
  const fits =
    plan.length === parameters.vectorLength &&
    plan.modulusBits === parameters.modulusBits &&
    encoding.clients === parameters.clients
  if (fits) return plan
  throw new RefusalError(
    'encoding-misfit',
    `the announced encoding takes ${plan.length} entries modulo 2^${plan.modulusBits} for ${encoding.clients} clients, ` +
      `the parameters say ${parameters.vectorLength} modulo 2^${parameters.modulusBits} for ${parameters.clients}`,
    { round: 'AdvertiseKeys', clientId },
  )
}
