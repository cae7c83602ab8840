import type { Evaluation } from '../../cnn/index.ts'
import type { DroppedWorker, EncodingNumerics, PhaseReport, RoundEvent } from '../../index.ts'
import type { Experiment } from './experiment.ts'

/** What one federated round came to, finished or aborted. */
export interface RoundReport {
  /** From 1. */
  readonly round: number
  /** The secure round alone: training and protocol, without the test. */
  readonly seconds: number
  /** Of the model after the round, on the test digits. */
  readonly testAccuracy: number
  /** Cross-entropy in nats, of the same model on the same digits; absent in a round that an older version has recorded. */
  readonly testLoss?: number
  /** Means over the survivors' examples, as they came out of the masked sum. */
  readonly metrics: Readonly<Record<string, number>>
  /** Ids of the workers whose updates are in the model; none when the round was aborted. */
  readonly survivors: readonly string[]
  readonly dropped: readonly DroppedWorker[]
  readonly phases: readonly PhaseReport[]
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
  /** Absent when the round was aborted. */
  readonly encoding?: EncodingNumerics
  /** What all rounds so far have spent, and the clip of this one; where there is a privacy budget. */
  readonly privacy?: PrivacyReport
  /** Why there is no sum, and what went wrong underneath. The model is then the one of the round before. */
  readonly aborted?: { readonly code: string; readonly message: string; readonly why?: string }
}

/** Differential privacy after a round, against the server. */
export interface PrivacyReport {
  readonly epsilon: number
  readonly delta: number
  readonly noiseMultiplier: number
  /** The bound of the updates' norm in this round; absent when it was aborted. */
  readonly clip?: number
}

/** The plaintext baseline, beside the secure run. */
export interface Comparison {
  readonly plaintextAccuracy: number
  readonly plaintextModelHash: string
  readonly plaintextSeconds: number
  /**
   * Whether both models agree bit for bit. Anything else is an error of this library. Absent where noise makes them differ:
   * the baseline is then without noise and without clipping.
   */
  readonly identical?: boolean
}

/** How a run ended. */
export interface TrainSummary {
  readonly rounds: readonly RoundReport[]
  /** Of the last finished model, on the test digits. */
  readonly evaluation: Evaluation
  readonly modelHash: string
  /** The secure rounds alone. */
  readonly seconds: number
  /** Measuring the model after each round. */
  readonly testSeconds: number
  /** Absent when no round was finished: there is nothing to keep. */
  readonly saved?: { readonly path: string; readonly bytes: number }
  /** Where the page is that tells of the run; absent when none was asked for. */
  readonly report?: string
  /** Absent when it was not asked for, or was interrupted. */
  readonly comparison?: Comparison
  readonly interrupted: boolean
  /** Why the run ended before its last round, in words: the privacy budget. */
  readonly stopped?: string
}

/** Who is told of a run as it goes: a person or a program. */
export interface TrainReporter {
  started(experiment: Experiment, initial: Evaluation): void
  /** These rounds were run before, by another process. */
  resumed(rounds: readonly RoundReport[]): void
  /** Something happened within a round. */
  progress(round: number, event: RoundEvent): void
  roundFinished(report: RoundReport): void
  /** The plaintext baseline has begun this round. */
  comparing(round: number): void
  /** The first Ctrl-C came. */
  interrupting(): void
  finished(summary: TrainSummary): void
}

/** Rounds whose sum came out. */
export function finishedRounds(rounds: readonly RoundReport[]): readonly RoundReport[] {
  return rounds.filter(({ aborted }) => aborted === undefined)
}

/** 0 when all is well; 1 when nothing was learned or the two runs disagree; 130 after Ctrl-C. */
export function exitCodeOf({ rounds, comparison, interrupted }: TrainSummary): number {
  if (comparison?.identical === false) return 1
  if (interrupted) return 130
  return finishedRounds(rounds).length === 0 ? 1 : 0
}
