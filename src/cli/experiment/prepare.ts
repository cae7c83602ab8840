import type { Cnn } from '../../cnn/index.ts'
import {
  type DistributedPrivacy,
  dirichlet,
  type FederatedRoundOptions,
  federate,
  iid,
  labelShards,
  type Model,
  type Partition,
  planFederatedRound,
  type Strategy,
  sampleWorkers,
  VirtualWorker,
} from '../../index.ts'
import type { ImageDataset } from '../../mnist/index.ts'
import { freshIdentities, privacyOver, simulatedDropouts } from '../training/conditions.ts'
import type { Cell } from './grid.ts'
import type { CellSettings } from './settings.ts'
import { strategyOf } from './strategies.ts'

/** A cell that is ready to run. */
export interface PreparedCell {
  readonly cell: Cell
  readonly cnn: Cnn
  readonly initial: Model
  readonly strategy: Strategy
  readonly privacy?: DistributedPrivacy
  /** The options of a round, from 0. */
  roundOptions(round: number): Omit<FederatedRoundOptions, 'model'>
}

/**
 * Deals the digits to the clients of a cell, and checks all that can be checked before anybody trains. Everything but keys and
 * noise follows from the settings.
 *
 * @throws FederatedError, UsageError
 */
export function prepareCell(cell: Cell, digits: ImageDataset, cnn: Cnn): PreparedCell {
  const { settings } = cell
  const { workers, mostDigits } = dealDigits(digits, cnn, settings)
  const { seed, bits, threatModel, fraction, secure } = settings
  const cohortOf = sampleWorkers(workers, { fraction, seed })
  const strategy = strategyOf(settings)
  const privacy = privacyOf(settings, cohortOf(0).length)
  const identities = secure && threatModel === 'malicious-server' && freshIdentities(workers)
  const common = {
    strategy,
    encoding: {
      bits,
      // Whoever deals the digits knows the largest share; in earnest the operator has to state a bound.
      weightBound: mostDigits,
      ...(settings.clip !== undefined && { clip: { kind: 'adaptive-l2', bound: settings.clip } as const }),
    },
    ...(privacy && { privacy }),
    seed,
    // While some updates are masked, others are trained.
    concurrency: cnn.concurrency === 1 ? 1 : 2 * cnn.concurrency,
    dropouts: simulatedDropouts(settings),
    threatModel,
    ...(identities && { identities }),
  }
  const roundOptions = (round: number) => ({ ...common, workers: cohortOf(round), round })
  const initial = cnn.initialize(seed)
  if (secure) planFederatedRound({ ...roundOptions(0), model: initial })
  return { cell, cnn, initial, strategy, ...(privacy && { privacy }), roundOptions }
}

function dealDigits(digits: ImageDataset, cnn: Cnn, settings: CellSettings) {
  const workers = Array.from({ length: settings.clients }, (_, i) => {
    return new VirtualWorker<ImageDataset>(`client-${i + 1}`, { learner: cnn })
  })
  const { sizes } = federate(digits, { workers, partition: partitionOf(settings) })
  return { workers, mostDigits: sizes.reduce((most, size) => Math.max(most, size), 0) }
}

function partitionOf({ partition, seed }: CellSettings): Partition {
  const [kind, parameter] = partition.toLowerCase().split(':')
  if (kind === 'shards') return labelShards({ seed, shardsPerWorker: Number(parameter) })
  if (kind === 'dirichlet') return dirichlet({ seed, alpha: Number(parameter) })
  return iid({ seed })
}

function privacyOf({ epsilon, ...settings }: CellSettings, cohort: number): DistributedPrivacy | undefined {
  return epsilon === 'none' ? undefined : privacyOver({ ...settings, epsilon, delta: settings.delta!, cohort })
}
