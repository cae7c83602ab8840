import { sha256 } from '@noble/hashes/sha2.js'
import type { EncodingInput, MeanSpec } from '../../secagg/encoding/index.ts'
import { secureRandom } from '../../secagg/primitives/random.ts'
import { FederatedError } from '../errors.ts'
import type { Worker } from '../worker.ts'
import type { RoundAnnouncement } from './announcement.ts'
import { encodeMetrics, rangesOf } from './metrics.ts'

/** The part of an announcement that says what to compute. */
export type Assignment = Pick<RoundAnnouncement, 'federatedRound' | 'encoding' | 'task'>

/** Computes one participant's input, in clear and on its own machine. */
export type Contribute = (assignment: Assignment, signal?: AbortSignal) => Promise<EncodingInput>

/** What a worker contributes: its update when it is asked to train, metrics alone when it is asked to evaluate. */
export function contributionOf(worker: Worker): Contribute {
  return async ({ task, encoding: spec }, signal) => {
    const encoding = spec as MeanSpec
    const ranges = rangesOf(encoding.metrics)
    const weigh = (metrics: Readonly<Record<string, number>>, weight: number) => ({
      weight,
      metrics: encodeMetrics(ranges, metrics, weight, encoding.weightBound),
    })
    if (task.kind === 'train') {
      const { update, weight, metrics } = await worker.train(task.model, {
        ...task.settings,
        ...(signal && { signal }),
      })
      return { values: update, ...weigh(metrics, weight) }
    }
    if (task.kind === 'sum' || worker.evaluate === undefined) {
      throw new FederatedError('worker-cannot', `Worker "${worker.id}" cannot ${task.kind}.`, { clientId: worker.id })
    }
    const { weight, metrics } = await worker.evaluate(task.model)
    return { values: [], ...weigh(metrics, weight) }
  }
}

/**
 * The 16-byte key of a participant's stochastic rounding. From the experiment's seed it is reproducible, which is safe:
 * rounding hides nothing. Without a seed it is fresh.
 */
export function roundingKey(seed: number | undefined, federatedRound: number, id: string): Uint8Array {
  if (seed === undefined) return secureRandom(16)
  const text = JSON.stringify(['secagg rounding v1', seed, federatedRound, id])
  return sha256(new TextEncoder().encode(text)).slice(0, 16)
}
