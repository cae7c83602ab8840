import { decodeSum, type EncodingNumerics, encodeInput, planEncoding, RingVector } from '../../secagg/encoding/index.ts'
import type { ProtocolRound } from '../../secagg/errors.ts'
import { noDropouts } from '../dropouts.ts'
import type { Model } from '../model.ts'
import { contributionOf, roundingKey } from './contribution.ts'
import { DEFAULT_METRICS, decodeMetrics } from './metrics.ts'
import { DEFAULT_STRATEGY, encodingOf, type FederatedRoundOptions, trainingSeed } from './secure-round.ts'

/** What the baseline came to. */
export interface PlaintextRoundResult {
  readonly model: Model
  readonly delta: Float64Array
  /** FedAvg in floating point over the same updates, without clipping, quantization or ring. */
  readonly floatDelta: Float64Array
  readonly survivors: readonly string[]
  readonly totalWeight: number
  readonly metrics: Readonly<Record<string, number>>
  readonly encoding: EncodingNumerics
}

/** In these rounds a dropout takes its update with it; later, the update is in the sum already. */
const BEFORE_THE_SUM: readonly ProtocolRound[] = ['AdvertiseKeys', 'ShareKeys', 'MaskedInputCollection']

/**
 * The baseline: the same round, the same quantized updates, added up in clear. **The server sees every update.** With the
 * same seed its model equals that of {@link runSecureFederatedRound} bit for bit; that is what it is for.
 */
export async function runPlaintextFederatedRound(options: FederatedRoundOptions): Promise<PlaintextRoundResult> {
  const { model, workers, strategy = DEFAULT_STRATEGY, round = 0, seed, dropouts = noDropouts, signal } = options
  const { metrics: ranges = DEFAULT_METRICS } = options
  const encoding = encodingOf(options)
  const plan = planEncoding(encoding)
  const settings = { ...strategy.localTraining(round), seed: trainingSeed(seed, round) }
  const assignment = { federatedRound: round, encoding, task: { kind: 'train', model, settings } } as const
  const sum = RingVector.zeros(plan.length, plan.modulusBits)
  const floatDelta = new Float64Array(encoding.dimension)
  const survivors: string[] = []
  for (const worker of workers) {
    const leaves = dropouts(worker.id, round)
    if (leaves !== undefined && BEFORE_THE_SUM.includes(leaves)) continue
    signal?.throwIfAborted()
    const input = await contributionOf(worker)(assignment, signal)
    sum.add((await encodeInput(plan, input, roundingKey(seed, round, worker.id))).vector)
    for (let i = 0; i < floatDelta.length; i++) floatDelta[i]! += input.weight! * (input.values[i] as number)
    survivors.push(worker.id)
  }
  const { mean, totalWeight, metrics, numerics } = decodeSum(plan, sum.reduce(), survivors.length)
  for (let i = 0; i < floatDelta.length; i++) floatDelta[i]! /= totalWeight
  return {
    model: strategy.apply(model, mean),
    delta: mean,
    floatDelta,
    survivors,
    totalWeight,
    metrics: decodeMetrics(ranges, metrics, encoding.weightBound),
    encoding: numerics,
  }
}
