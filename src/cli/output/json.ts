import type { Evaluation } from '../../cnn/index.ts'
import { modelHash } from '../../index.ts'
import type { Io } from '../io.ts'
import type { Experiment } from '../training/experiment.ts'
import { finishedRounds, type RoundReport, type TrainReporter, type TrainSummary } from '../training/reports.ts'
import { progressText } from './progress.ts'
import { StatusLine } from './status-line.ts'

/**
 * For programs: one JSON object per line on stdout, one for each federated round and a last one for the run. Everything
 * else goes to stderr.
 */
export class JsonReporter implements TrainReporter {
  readonly #io: Io
  readonly #status: StatusLine
  #experiment: Experiment | undefined
  #initial: Evaluation | undefined

  constructor(io: Io) {
    this.#io = io
    this.#status = new StatusLine(io.stderr)
  }

  started(experiment: Experiment, initial: Evaluation): void {
    this.#experiment = experiment
    this.#initial = initial
  }

  resumed(rounds: readonly RoundReport[]): void {
    this.#say(`resumed after round ${rounds.length}`)
  }

  progress(round: number, event: Parameters<TrainReporter['progress']>[1]): void {
    const text = progressText(event)
    if (text !== undefined) this.#status.show(`round ${round}/${this.#experiment?.rounds}  ${text}`)
  }

  roundFinished(report: RoundReport): void {
    this.#emit(roundObject(report))
    for (const { code, message } of report.warnings) this.#say(`round ${report.round}: ${message} (${code})`)
  }

  comparing(round: number): void {
    this.#status.show(`plaintext baseline, round ${round}/${this.#experiment?.rounds}`)
  }

  interrupting(): void {
    this.#say('interrupted: ending this round; press Ctrl-C again to exit at once')
  }

  finished(summary: TrainSummary): void {
    this.#emit(runObject(this.#experiment!, this.#initial!, summary))
    if (summary.comparison?.identical === false) {
      this.#say('the secure and the plaintext model differ: this is a defect, please report it')
    }
  }

  #emit(value: object): void {
    this.#status.clear()
    this.#io.stdout.write(`${JSON.stringify(value)}\n`)
  }

  #say(text: string): void {
    this.#status.clear()
    this.#io.stderr.write(`secagg: ${text}\n`)
  }
}

/** Chosen field by field: what is printed is a contract, and the mean update has no place in it. */
function roundObject(report: RoundReport): object {
  return {
    round: report.round,
    testAccuracy: report.testAccuracy,
    metrics: report.metrics,
    survivors: report.survivors.length,
    dropped: report.dropped.map(({ id, round, reason, detail }) => ({ worker: id, round, reason, detail })),
    aborted: report.aborted ?? null,
    seconds: report.seconds,
    phases: report.phases,
    encoding: report.encoding ?? null,
    privacy: report.privacy ?? null,
    warnings: report.warnings,
  }
}

function runObject({ settings, cnn, mnist, initial }: Experiment, before: Evaluation, summary: TrainSummary): object {
  const { comparison, evaluation, rounds, saved } = summary
  const finished = finishedRounds(rounds).length
  return {
    testAccuracy: evaluation.accuracy,
    testLoss: evaluation.loss,
    testName: mnist.testName,
    testDigits: evaluation.examples,
    initialTestAccuracy: before.accuracy,
    seconds: summary.seconds,
    testSeconds: summary.testSeconds,
    modelHash: summary.modelHash,
    initialModelHash: modelHash(initial),
    plaintextModelHash: comparison?.plaintextModelHash ?? null,
    plaintextTestAccuracy: comparison?.plaintextAccuracy ?? null,
    plaintextSeconds: comparison?.plaintextSeconds ?? null,
    identical: comparison?.identical ?? null,
    rounds: finished,
    abortedRounds: rounds.length - finished,
    interrupted: summary.interrupted,
    stopped: summary.stopped ?? null,
    epsilon: rounds.findLast(({ privacy }) => privacy)?.privacy?.epsilon ?? null,
    delta: settings.epsilon === undefined ? null : settings.delta,
    network: settings.network,
    parameters: cnn.parameterCount,
    engine: cnn.engine.name,
    data: mnist.source,
    trainingDigits: mnist.train.length,
    workers: settings.workers,
    threatModel: settings.threatModel,
    seed: settings.seed,
    modelFile: saved?.path ?? null,
    reportFile: summary.report ?? null,
  }
}
