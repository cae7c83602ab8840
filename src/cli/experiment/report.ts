import type { RoundEvent } from '../../index.ts'
import type { Io } from '../io.ts'
import { percent, plural } from '../output/format.ts'
import { wrap } from '../output/layout.ts'
import { progressText } from '../output/progress.ts'
import { StatusLine } from '../output/status-line.ts'
import { type Style, styleFor } from '../output/style.ts'
import type { Cell } from './grid.ts'
import type { RoundLine } from './results.ts'
import type { RunOptions, RunOutcome, RunReporter } from './runner.ts'
import { secrecyPairs, summaryOf, tableLines } from './table.ts'

/** For people: a line per round, and a table at the end. */
export class HumanExperimentReporter implements RunReporter {
  readonly #io: Io
  readonly #style: Style
  readonly #status: StatusLine
  #cells = 0

  constructor(io: Io) {
    this.#io = io
    this.#style = styleFor(io.stdout, io.env)
    this.#status = new StatusLine(io.stderr)
  }

  started({ chosen, out }: RunOptions, pending: number): void {
    this.#cells = chosen.length
    const done = chosen.length - pending
    const earlier = done === 0 ? '' : `, ${done} of them finished before`
    this.#print(wrap(`${plural(chosen.length, 'cell')}${earlier}. Every round goes to ${out}`, 0))
  }

  cellStarted(cell: Cell, place: number, rounds: number): void {
    const resumed = rounds === 0 ? '' : `, resumed after ${plural(rounds, 'round')}`
    const title = wrap(`[${place + 1}/${this.#cells}] ${cell.name}${resumed}`, 2, '')
    this.#print(['', ...title.map(this.#style.bold)])
  }

  progress(cell: Cell, round: number, event: RoundEvent): void {
    const text = progressText(event)
    if (text !== undefined) this.#status.show(`  round ${round}/${cell.settings.rounds}  ${text}`)
  }

  roundFinished(cell: Cell, line: RoundLine): void {
    const { rounds } = cell.settings
    const number = String(line.round).padStart(String(rounds).length)
    const clients = `${line.survivors} of ${line.cohort} clients`
    const accuracy = percent(line.testAccuracy).padStart(8)
    this.#print([`  round ${number}/${rounds}  ${accuracy}  ${line.seconds.toFixed(1).padStart(7)} s  ${clients}`])
    if (line.aborted !== undefined) this.#print(wrap(line.aborted, 4).map(this.#style.yellow))
  }

  interrupting(): void {
    this.#status.clear()
    this.#io.stderr.write('secagg: interrupted: leaving this round; press Ctrl-C again to exit at once\n')
  }

  finished({ results, interrupted }: RunOutcome): void {
    this.#print(['', ...tableLines(results, this.#style)])
    for (const { secure, inClear, identical } of secrecyPairs(results)) {
      const verdict = identical
        ? this.#style.green('identical bit for bit')
        : this.#style.red('THE MODELS DIFFER: a defect of secagg, please report it')
      this.#print(wrap(`${secure} and ${inClear}: ${verdict}`, 2))
    }
    if (interrupted) this.#print([this.#style.yellow('Interrupted: the same command goes on from here.')])
  }

  #print(lines: readonly string[]): void {
    this.#status.clear()
    this.#io.stdout.write(lines.map(line => `${line}\n`).join(''))
  }
}

/** For programs: the lines of the results file as they are written, and a last one for the run. */
export class JsonExperimentReporter implements RunReporter {
  readonly #io: Io
  readonly #status: StatusLine

  constructor(io: Io) {
    this.#io = io
    this.#status = new StatusLine(io.stderr)
  }

  started(): void {}

  cellStarted(): void {}

  progress(cell: Cell, round: number, event: RoundEvent): void {
    const text = progressText(event)
    if (text !== undefined) this.#status.show(`${cell.name}  round ${round}/${cell.settings.rounds}  ${text}`)
  }

  roundFinished(_cell: Cell, line: RoundLine): void {
    this.#emit(line)
  }

  interrupting(): void {
    this.#status.clear()
    this.#io.stderr.write('secagg: interrupted: leaving this round; press Ctrl-C again to exit at once\n')
  }

  finished({ results, interrupted }: RunOutcome, { out }: RunOptions): void {
    const [cells, pairs] = [results.map(summaryOf), secrecyPairs(results)]
    this.#emit({ results: out, cells, secureAndInClear: pairs, interrupted })
  }

  #emit(value: object): void {
    this.#status.clear()
    this.#io.stdout.write(`${JSON.stringify(value)}\n`)
  }
}
