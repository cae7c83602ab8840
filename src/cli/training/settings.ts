import type { EngineChoice, NetworkName } from '../../cnn/index.ts'
import type { ThreatModel } from '../../index.ts'
import type { PartitionChoice } from '../parse.ts'

/** The options of `secagg train`, parsed. */
export interface TrainSettings {
  readonly workers: number
  /** Absent: as many as {@link defaultRounds} says for the data. */
  readonly rounds?: number
  readonly network: NetworkName
  readonly partition: PartitionChoice
  /** Probability that a worker drops out of a round, from 0 to 1. */
  readonly dropout: number
  readonly threatModel: ThreatModel
  readonly threshold?: number
  /** `auto`, `sample`, `full` or a folder. */
  readonly data: string
  readonly engine: EngineChoice
  /** Workers that train at the same time. */
  readonly threads: number
  readonly seed: number
  readonly epochs: number
  readonly batchSize: number | 'all'
  readonly learningRate: number
  readonly bits: number
  /** The privacy budget of the whole run; no noise when absent. */
  readonly epsilon?: number
  readonly delta: number
  /** The first bound of an update's norm under a privacy budget; it adapts from then on. */
  readonly clip: number
  /** Where the model goes, after every round. */
  readonly out: string
  /** Where a report of the run goes, as HTML. */
  readonly report?: string
  /** Goes on with the run that `out` is of. */
  readonly resume?: boolean
  readonly json?: boolean
  readonly verbose?: boolean
  /** Whether the plaintext baseline is run too. */
  readonly compare: boolean
}

/** Digits from which on a round of training is long, and does much. */
const MANY_DIGITS = 20_000

/** Rounds for the embedded sample, and for all of MNIST: with seven times the digits a round does seven times the work. */
export function defaultRounds(trainingDigits: number): number {
  return trainingDigits < MANY_DIGITS ? 15 : 5
}

/** Workers when nobody says: a handful learns fast, but noise for privacy drowns what so few have learned. */
export function defaultWorkers(epsilon: number | undefined): number {
  return epsilon === undefined ? 10 : 100
}
