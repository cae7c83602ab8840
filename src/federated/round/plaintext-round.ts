import { decodeSum, type EncodingInput, planEncoding, RingVector } from '../../secagg/encoding/index.ts'
import { AggregationAbortedError, type ProtocolRound } from '../../secagg/errors.ts'
import { integerOption } from '../check.ts'
import { noDropouts } from '../dropouts.ts'
import { inOrder } from '../in-order.ts'
import type { Model } from '../model.ts'
import type { Worker } from '../worker.ts'
import { ContributionError, encodedContribution } from './contribution.ts'
import type { DroppedWorker } from './events.ts'
import { type FederatedOutcome, outcomeOf } from './outcome.ts'
import { prepareRound } from './prepare-round.ts'
import type { FederatedRoundOptions } from './secure-round.ts'
import { contributionOf } from './worker-contribution.ts'

/** What the baseline came to. */
export interface PlaintextRoundResult extends FederatedOutcome {
  readonly model: Model
  /** FedAvg in floating point over the same updates, without clipping, quantization, noise or ring. */
  readonly floatDelta: Float64Array
  readonly survivors: readonly string[]
  /** Who is not in the sum. */
  readonly dropped: readonly DroppedWorker[]
}

/** In these rounds a dropout takes its update with it; later, the update is in the sum already. */
const BEFORE_THE_SUM: readonly ProtocolRound[] = ['AdvertiseKeys', 'ShareKeys', 'MaskedInputCollection']

/**
 * The baseline: the same round, the same quantized updates, added up in clear. **The server sees every update.** With the
 * same seed its model equals that of {@link runSecureFederatedRound} bit for bit; that is what it is for. Under `privacy`
 * the noise, which no seed governs, differs, and is accounted for as if the server saw the sum alone.
 *
 * It takes the options of the secure round, and of them heeds what says what is computed: no keys, no threshold, no
 * smallest cohort, no events.
 *
 * @throws FederatedError, UsageError when an argument does not fit. AggregationAbortedError when nobody stays.
 */
export async function runPlaintextFederatedRound(options: FederatedRoundOptions): Promise<PlaintextRoundResult> {
  const { workers, round = 0, seed, dropouts = noDropouts, concurrency = 1, privacy, signal } = options
  const prepared = prepareRound(options)
  const { model, strategy, encoding, task } = prepared
  privacy?.authorize()
  const plan = planEncoding(encoding)
  const assignment = { federatedRound: round, encoding, task }
  const sum = RingVector.zeros(plan.length, plan.modulusBits)
  const floatSum = new Float64Array(encoding.dimension)
  const survivors: string[] = []
  const dropped: DroppedWorker[] = []
  signal?.throwIfAborted()
  const train = async (worker: Worker): Promise<Contribution | DroppedWorker> => {
    const { id } = worker
    const leaves = dropouts(id, round)
    if (leaves !== undefined && BEFORE_THE_SUM.includes(leaves)) return { id, round: leaves, reason: 'silent' }
    const contributor = { id, contribute: contributionOf(worker), ...(signal && { signal }) }
    const rounding = seed === undefined ? {} : { roundingSeed: seed }
    const contributed = encodedContribution(plan, assignment, { ...contributor, ...rounding })
    return contributed.then(contribution => ({ id, ...contribution }), asDropout(id))
  }
  for await (const trained of inOrder(workers, integerOption('concurrency', concurrency, 1), train)) {
    if ('reason' in trained) {
      dropped.push(trained)
      continue
    }
    const { id, input, vector } = trained
    const { weight = 1 } = input
    sum.add(vector)
    for (let i = 0; i < floatSum.length; i++) floatSum[i]! += weight * Number(input.values[i])
    survivors.push(id)
  }
  if (survivors.length === 0) {
    const why = dropped.map(({ detail }) => detail ?? '').find(detail => detail !== '')
    const message = `All ${workers.length} workers dropped out. ${why ?? 'The dropouts were simulated.'}`
    throw new AggregationAbortedError('too-few-survivors', message)
  }
  privacy?.record({ cohort: workers.length, survivors: survivors.length })
  const outcome = outcomeOf(prepared, decodeSum(plan, sum.reduce(), survivors.length))
  return {
    ...outcome,
    model: strategy.apply(model, outcome.delta.slice()),
    floatDelta: floatSum.map(value => value / outcome.totalWeight),
    survivors,
    dropped,
  }
}

interface Contribution {
  readonly id: string
  readonly input: EncodingInput
  readonly vector: RingVector
}

/** What a failed contribution is in the secure round: a dropout. */
function asDropout(id: string): (error: unknown) => DroppedWorker {
  return error => {
    if (!(error instanceof ContributionError)) throw error
    return { id, round: 'MaskedInputCollection', reason: 'failed', detail: error.message }
  }
}
