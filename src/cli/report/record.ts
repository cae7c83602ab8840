import type { Evaluation } from '../../cnn/index.ts'
import type { Described } from '../output/heading.ts'
import type { TrainSummary } from '../training/reports.ts'
import type { Demonstration } from './attack/demonstration.ts'
import type { ServerView } from './server-view.ts'
import type { WorstDigits } from './worst-digits.ts'

/** All that a report shows. */
export interface RunRecord {
  readonly experiment: Described
  readonly summary: TrainSummary
  /** Of the model before its first round, on the test digits. */
  readonly initial: Evaluation
  /** The baseline's models on the test digits, by round; none without a comparison. */
  readonly plaintext: readonly PlaintextTest[]
  readonly worst: WorstDigits
  /** Absent when no masked vector came in. */
  readonly view?: ServerView
  readonly demonstration: Demonstration
}

/** What the baseline's model recognizes after a round. */
export interface PlaintextTest {
  /** From 1. */
  readonly round: number
  readonly accuracy: number
  readonly loss: number
}
