import type { Evaluation } from '../../cnn/index.ts'
import type { Io } from '../io.ts'
import type { Experiment } from '../training/experiment.ts'
import { finishedRounds, type RoundReport, type TrainReporter, type TrainSummary } from '../training/reports.ts'
import { percent, plural } from './format.ts'
import { heading } from './heading.ts'
import { header, row } from './layout.ts'
import { phaseTable } from './phases.ts'
import { progressText } from './progress.ts'
import { abortedLine, abortedLines, droppedLines, note, roundColumns, roundLine } from './rounds.ts'
import { StatusLine } from './status-line.ts'
import { type Style, styleFor } from './style.ts'
import { summaryLines } from './summary.ts'

/** For people: what runs, a line per federated round as it ends, and what came of it. At most 80 columns wide. */
export class HumanReporter implements TrainReporter {
  readonly #io: Io
  readonly #verbose: boolean
  readonly #style: Style
  readonly #status: StatusLine
  /** Warnings are given once each, not in every round. */
  readonly #warned = new Set<string>()
  #experiment: Experiment | undefined
  #trained = 0

  constructor(io: Io, options: { readonly verbose: boolean }) {
    this.#io = io
    this.#verbose = options.verbose
    this.#style = styleFor(io.stdout, io.env)
    this.#status = new StatusLine(io.stderr)
  }

  started(experiment: Experiment, initial: Evaluation): void {
    this.#experiment = experiment
    const columns = roundColumns(experiment.settings.epsilon !== undefined)
    this.#print([
      this.#style.bold('Federated learning in which the server learns only the sum'),
      '',
      ...heading(experiment),
      '',
      this.#style.bold(header(columns)),
      row(columns, ['start', percent(initial.accuracy)]),
    ])
  }

  resumed(earlier: readonly RoundReport[]): void {
    const { rounds, settings } = this.#experiment!
    const finished = finishedRounds(earlier)
    const lines = finished.slice(-1).map(report => roundLine(report, rounds, settings.workers))
    this.#print([...lines, ...note(`Resumed after ${plural(earlier.length, 'round')}.`).map(this.#style.dim)])
  }

  progress(round: number, event: Parameters<TrainReporter['progress']>[1]): void {
    if (event.type === 'round-started') this.#trained = 0
    if (event.type === 'worker-trained') this.#trained++
    const { rounds, settings } = this.#experiment!
    const text =
      event.type === 'worker-trained'
        ? `training, ${this.#trained} of ${settings.workers} workers done`
        : progressText(event)
    if (text !== undefined) this.#status.show(`  ${`${round}/${rounds}`.padStart(7)}  ${text}`)
  }

  roundFinished(report: RoundReport): void {
    const { rounds, settings } = this.#experiment!
    const { yellow, dim } = this.#style
    const lines: string[] = []
    if (report.aborted === undefined) lines.push(roundLine(report, rounds, settings.workers))
    else lines.push(...[abortedLine(report, rounds), ...abortedLines(report)].map(yellow))
    lines.push(...droppedLines(report.dropped, settings.workers).map(dim))
    for (const { code, message } of report.warnings) {
      if (!this.#warned.has(code)) lines.push(...note(`warning: ${message}`).map(yellow))
      this.#warned.add(code)
    }
    if (this.#verbose && report.phases.length > 0) lines.push('', ...phaseTable(report.phases), '')
    this.#print(lines)
  }

  comparing(round: number): void {
    this.#status.show(`  ${`${round}/${this.#experiment!.rounds}`.padStart(7)}  plaintext FedAvg, for comparison`)
  }

  interrupting(): void {
    this.#status.clear()
    this.#io.stderr.write('secagg: interrupted: ending this round; press Ctrl-C again to exit at once\n')
  }

  finished(summary: TrainSummary): void {
    this.#print(['', ...summaryLines(this.#experiment!, summary, this.#style)])
  }

  #print(lines: readonly string[]): void {
    this.#status.clear()
    this.#io.stdout.write(`${lines.join('\n')}\n`)
  }
}
