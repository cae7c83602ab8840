import type { Model } from '../model.ts'
import type { DistributedPrivacy } from '../privacy.ts'
import type { Strategy } from '../strategy/strategy.ts'
import type { Worker } from '../worker.ts'
import { aggregate } from './aggregate.ts'
import type { UpdateClip } from './clip.ts'
import type { DroppedWorker, PhaseReport } from './events.ts'
import type { MetricRange } from './metrics.ts'
import type { AggregationOptions } from './options.ts'
import { type FederatedOutcome, outcomeOf } from './outcome.ts'
import { prepareRound } from './prepare-round.ts'
import { contributionOf } from './worker-contribution.ts'

/** How updates become ring elements. */
export interface UpdateEncoding {
  /** Bits per coordinate, sign included, 2 to 32. 24 by default. */
  readonly bits?: number
  /**
   * What is clipped, and reported. Each coordinate to [-1, 1] by default; under `privacy`, the norm by an adaptive bound
   * that starts at 1.
   */
  readonly clip?: UpdateClip
  /**
   * Rotates the clipped updates at random before they are rounded, which makes the grid finer by about sqrt(parameters) / 8
   * at the same number of bits. It needs a clip of the norm. Off by default.
   */
  readonly rotation?: boolean
  /**
   * Largest weight (examples of one worker). 65,536 by default; the tighter, the finer the grid. A worker above it is
   * dropped, since its weight cannot be cut without changing the mean. Under `privacy` all weights are 1.
   */
  readonly weightBound?: number
}

/** What a federated round needs to know. */
export interface FederatedRoundOptions extends AggregationOptions {
  /** What every worker starts from. It is not changed. */
  readonly model: Model
  /** At least 3, unless the policy accepts a small cohort. */
  readonly workers: readonly Worker[]
  /** FedAvg with one epoch, batches of 32 and a learning rate of 0.1 by default. */
  readonly strategy?: Strategy
  readonly encoding?: UpdateEncoding
  /**
   * Ranges of the metrics that workers report; `loss` in 0..100 and `accuracy` in 0..1 by default, none under `privacy`,
   * where each takes its part of the noise. Others stay with the workers.
   */
  readonly metrics?: readonly MetricRange[]
  /**
   * Adds noise for differential privacy, and accounts for it: one object for all rounds of a training. The round rejects
   * with `privacy-budget` before anything is sent where it might exceed the budget.
   */
  readonly privacy?: DistributedPrivacy
  /**
   * Makes training and rounding repeatable. It never touches keys, masks or shares. Without one, both are fresh in every
   * round.
   */
  readonly seed?: number
}

/** What a federated round came to. Of the updates, `delta` is all that the server learned. */
export interface FederatedRoundResult extends FederatedOutcome {
  /** The strategy's next model. */
  readonly model: Model
  /** Whose updates are in `delta`, in the order of `workers`. */
  readonly survivors: readonly string[]
  readonly dropped: readonly DroppedWorker[]
  /** Seconds and bytes: the training, then each protocol round. */
  readonly phases: readonly PhaseReport[]
}

/**
 * One federated round: every worker trains on its own data, and the server learns the weighted mean of the survivors'
 * updates and nothing else. Virtual workers go through exactly what remote ones would.
 *
 * A worker whose training fails, or gives what does not fit (NaN, a wrong length, a weight above the bound), is dropped
 * with the reason `failed`, and the round goes on without it.
 *
 * @throws FederatedError, UsageError when an argument does not fit, before anything is sent.
 * @throws AggregationAbortedError when too few workers stay; the model is then what it was.
 */
export async function runSecureFederatedRound(options: FederatedRoundOptions): Promise<FederatedRoundResult> {
  const prepared = prepareRound(options)
  const { model, strategy, encoding, task } = prepared
  const { privacy } = options
  return aggregate<'mean' | 'sum', FederatedRoundResult>({
    encoding,
    task,
    contributors: options.workers.map(worker => ({ id: worker.id, contribute: contributionOf(worker) })),
    roundingSeed: options.seed,
    failFast: false,
    options,
    ...(privacy && { privacy }),
    conclude: ({ decoded, ...report }) => {
      const outcome = outcomeOf(prepared, decoded)
      // A copy: a strategy that works in place must not change what is reported.
      const result = { ...outcome, model: strategy.apply(model, outcome.delta.slice()), ...report }
      return { result, numerics: outcome.encoding }
    },
  })
}
