import { CnnError, type Evaluation } from '../../cnn/index.ts'
import {
  AggregationAbortedError,
  FederatedError,
  type FederatedRoundOptions,
  type Model,
  runSecureFederatedRound,
  type UpdateClip,
} from '../../index.ts'
import type { Experiment } from './experiment.ts'
import type { RoundReport, TrainReporter } from './reports.ts'
import { RoundLog } from './round-log.ts'

/** How far the secure run came. */
export interface SecureRun {
  /** After the last finished round; the initial one when none was. */
  readonly model: Model
  readonly evaluation: Evaluation
  readonly rounds: readonly RoundReport[]
  readonly testSeconds: number
  readonly interrupted: boolean
  /** The privacy budget did not allow another round. */
  readonly stopped?: string
}

/** A round, and the model that it gave unless it was aborted. */
interface Attempt extends Omit<RoundReport, 'testAccuracy'> {
  readonly model?: Model
  /** What to clip the next round with. */
  readonly nextClip?: UpdateClip
}

/**
 * Federated rounds, one after the other, each followed by a test. A round with too few survivors is aborted and leaves the
 * model as it was; an interrupted one is as if it had never begun.
 */
export async function runSecurely(
  experiment: Experiment,
  reporter: TrainReporter,
  signal: AbortSignal,
): Promise<SecureRun> {
  const { cnn, mnist } = experiment
  let options: Omit<FederatedRoundOptions, 'model'> = { ...experiment.roundOptions(), signal }
  const rounds: RoundReport[] = []
  let model = experiment.initial
  let testSeconds = 0
  const test = async () => {
    const started = performance.now()
    const evaluation = await cnn.evaluate(model, mnist.test)
    testSeconds += (performance.now() - started) / 1000
    return evaluation
  }
  let evaluation = await test()
  reporter.started(experiment, evaluation)
  try {
    while (rounds.length < experiment.rounds) {
      const { model: next, nextClip, ...report } = await attemptRound(options, model, rounds.length, reporter)
      if (next !== undefined) {
        model = next
        evaluation = await test()
      }
      if (nextClip !== undefined) options = { ...options, encoding: { ...options.encoding, clip: nextClip } }
      rounds.push({ ...report, testAccuracy: evaluation.accuracy })
      reporter.roundFinished(rounds.at(-1)!)
    }
  } catch (error) {
    const run = { model, evaluation, rounds, testSeconds }
    if (signal.aborted) return { ...run, interrupted: true }
    if (!(error instanceof FederatedError) || error.code !== 'privacy-budget') throw error
    return { ...run, interrupted: false, stopped: error.message }
  }
  return { model, evaluation, rounds, testSeconds, interrupted: false }
}

async function attemptRound(
  options: Omit<FederatedRoundOptions, 'model'>,
  model: Model,
  index: number,
  reporter: TrainReporter,
): Promise<Attempt> {
  const round = index + 1
  const log = new RoundLog()
  const onEvent: FederatedRoundOptions['onEvent'] = event => {
    log.hear(event)
    reporter.progress(round, event)
  }
  const started = performance.now()
  const elapsed = () => (performance.now() - started) / 1000
  try {
    const result = await runSecureFederatedRound({ ...options, model, round: index, onEvent })
    const { metrics, survivors, dropped, phases, encoding, clip } = result
    const { warnings } = log
    const report = { round, seconds: elapsed(), metrics, survivors, dropped, phases, warnings, encoding }
    return { ...report, ...privacyReport(options, clip.bound), model: result.model, nextClip: clip.next }
  } catch (error) {
    if (!(error instanceof AggregationAbortedError)) throw error
    const { dropped, phases, warnings } = log
    const aborted = { code: error.code, message: error.message, ...whyOf(error) }
    const report = { round, seconds: elapsed(), metrics: {}, survivors: [], dropped, phases, warnings, aborted }
    return { ...report, ...privacyReport(options) }
  }
}

function privacyReport({ privacy }: Omit<FederatedRoundOptions, 'model'>, clip?: number): Pick<RoundReport, 'privacy'> {
  if (privacy === undefined) return {}
  const { epsilon, delta } = privacy.spent()
  const noiseMultiplier = privacy.noiseMultiplier ?? 0
  return { privacy: { epsilon, delta, noiseMultiplier, ...(clip !== undefined && { clip }) } }
}

/** The network's own complaint, such as a training that diverged, where one is at the bottom of an abort. */
function whyOf(error: Error): { readonly why?: string } {
  let cause: unknown = error.cause
  while (cause instanceof Error && !(cause instanceof CnnError)) cause = cause.cause
  return cause instanceof CnnError ? { why: cause.message } : {}
}
