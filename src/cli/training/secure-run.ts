import { CnnError, type Evaluation } from '../../cnn/index.ts'
import {
  AggregationAbortedError,
  FederatedError,
  type FederatedRoundOptions,
  type Model,
  planFederatedRound,
  runSecureFederatedRound,
  type UpdateClip,
} from '../../index.ts'
import { loadProgress, type Progress, saveProgress } from './checkpoint.ts'
import type { Experiment } from './experiment.ts'
import { finishedRounds, type RoundReport, type TrainReporter } from './reports.ts'
import { RoundLog } from './round-log.ts'

/** How far the secure run came. */
export interface SecureRun {
  /** After the last finished round; the initial one when none was. */
  readonly model: Model
  readonly evaluation: Evaluation
  /** Of the model before its first round. */
  readonly initial: Evaluation
  readonly rounds: readonly RoundReport[]
  readonly testSeconds: number
  /** Absent when there was nothing to save. */
  readonly saved?: { readonly path: string; readonly bytes: number }
  readonly interrupted: boolean
  /** The privacy budget did not allow another round. */
  readonly stopped?: string
}

/** A round, and the model that it gave unless it was aborted. */
interface Attempt extends Omit<RoundReport, 'testAccuracy' | 'testLoss'> {
  readonly model?: Model
  /** What to clip the next round with. */
  readonly nextClip?: UpdateClip
}

/**
 * Federated rounds, one after the other, each followed by a test and saved. A round with too few survivors is aborted and
 * leaves the model as it was; an interrupted one is as if it had never begun.
 */
export async function runSecurely(
  experiment: Experiment,
  reporter: TrainReporter,
  signal: AbortSignal,
): Promise<SecureRun> {
  const earlier = experiment.settings.resume ? await loadProgress(experiment) : undefined
  const run = new Run(experiment, reporter, signal, earlier)
  try {
    await run.begin()
    while (run.rounds.length < experiment.rounds) await run.round()
  } catch (error) {
    if (signal.aborted) return run.ended({ interrupted: true })
    if (!(error instanceof FederatedError) || error.code !== 'privacy-budget') throw error
    return run.ended({ interrupted: false, stopped: error.message })
  }
  return run.ended({ interrupted: false })
}

class Run {
  readonly rounds: RoundReport[]
  readonly #experiment: Experiment
  readonly #reporter: TrainReporter
  readonly #earlier: Progress | undefined
  #options: Omit<FederatedRoundOptions, 'model'>
  #model: Model
  #evaluation: Evaluation | undefined
  #initial: Evaluation | undefined
  #testSeconds: number
  #savedBytes: number | undefined

  constructor(experiment: Experiment, reporter: TrainReporter, signal: AbortSignal, earlier: Progress | undefined) {
    this.#experiment = experiment
    this.#reporter = reporter
    this.#earlier = earlier
    this.#options = { ...experiment.roundOptions(), signal }
    this.#model = earlier?.model ?? experiment.initial
    this.rounds = [...(earlier?.rounds ?? [])]
    this.#testSeconds = earlier?.testSeconds ?? 0
  }

  async begin(): Promise<void> {
    this.#evaluation = await this.#test(this.#experiment.initial)
    this.#initial = this.#evaluation
    this.#reporter.started(this.#experiment, this.#initial)
    if (this.#earlier === undefined) return
    this.#restore(this.#earlier)
    this.#evaluation = await this.#test(this.#model)
    this.#reporter.resumed(this.rounds)
  }

  async round(): Promise<void> {
    // A private round that this process does not live to record must count all the same.
    if (this.#options.privacy) await this.#save({ underWay: true })
    const { model, nextClip, ...report } = await attemptRound(
      this.#options,
      this.#model,
      this.rounds.length,
      this.#reporter,
    )
    if (model !== undefined) {
      this.#model = model
      this.#evaluation = await this.#test(model)
    }
    if (nextClip !== undefined) this.#clip(nextClip)
    const { accuracy: testAccuracy, loss: testLoss } = this.#evaluation!
    this.rounds.push({ ...report, testAccuracy, testLoss })
    const bytes = await this.#save()
    if (finishedRounds(this.rounds).length > 0) this.#savedBytes = bytes
    this.#reporter.roundFinished(this.rounds.at(-1)!)
  }

  ended(how: Pick<SecureRun, 'interrupted' | 'stopped'>): SecureRun {
    const { out } = this.#experiment.settings
    const saved = this.#savedBytes === undefined ? {} : { saved: { path: out, bytes: this.#savedBytes } }
    return {
      model: this.#model,
      evaluation: this.#evaluation!,
      initial: this.#initial!,
      rounds: this.rounds,
      testSeconds: this.#testSeconds,
      ...saved,
      ...how,
    }
  }

  #clip(clip: UpdateClip): void {
    this.#options = { ...this.#options, encoding: { ...this.#options.encoding, clip } }
  }

  #restore({ clip, privacy: spent = [], underWay }: Progress): void {
    const { privacy } = this.#options
    if (clip !== undefined) this.#clip(clip)
    if (privacy === undefined) return
    // Calibrates the noise, as the first round of the earlier run did.
    planFederatedRound({ ...this.#options, model: this.#model })
    for (const round of spent) privacy.record(round)
    const { workers: cohort } = this.#experiment.settings
    if (underWay) privacy.record({ cohort, survivors: privacy.minimumSurvivors })
  }

  async #test(model: Model): Promise<Evaluation> {
    const { cnn, mnist } = this.#experiment
    const started = performance.now()
    const evaluation = await cnn.evaluate(model, mnist.test)
    this.#testSeconds += (performance.now() - started) / 1000
    return evaluation
  }

  async #save(more: Pick<Progress, 'underWay'> = {}): Promise<number | undefined> {
    const { privacy, encoding } = this.#options
    // Nothing has been learned yet; and nothing spent, unless a private round begins now.
    if (finishedRounds(this.rounds).length === 0 && privacy === undefined) return undefined
    return saveProgress(this.#experiment, {
      model: this.#model,
      rounds: this.rounds,
      testSeconds: this.#testSeconds,
      ...(privacy && { privacy: privacy.rounds }),
      ...(privacy && encoding?.clip && { clip: encoding.clip }),
      ...more,
    })
  }
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
