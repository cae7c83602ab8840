import type { EngineChoice } from '../../cnn/index.ts'
import { FederatedError, type RoundEvent, SecAggError } from '../../index.ts'
import { CliError } from '../problems.ts'
import { CellRun } from './cell-run.ts'
import type { Cell } from './grid.ts'
import { Laboratory } from './laboratory.ts'
import { prepareCell } from './prepare.ts'
import { type CellLines, ELSEWHERE, isFinished, ResultsFile, type RoundLine } from './results.ts'
import { StateFolder } from './state.ts'

/** What is to be run, and how. */
export interface RunOptions {
  /** Of the whole experiment: names and results are checked against all of them. */
  readonly cells: readonly Cell[]
  /** Those to run. */
  readonly chosen: readonly Cell[]
  readonly data: string
  readonly engine: EngineChoice
  readonly threads: number
  /** The results file. */
  readonly out: string
  /** The folder of states. */
  readonly state: string
}

/** What came of it. */
export interface RunOutcome {
  readonly results: readonly CellResult[]
  readonly interrupted: boolean
}

/** A cell and its rounds. */
export interface CellResult {
  readonly cell: Cell
  readonly lines: CellLines
  /** Why it ended before its last round, in words. */
  readonly stopped?: string
}

/** Who is told as it goes. */
export interface RunReporter {
  /** Before anything is trained. */
  started(options: RunOptions, pending: number): void
  cellStarted(cell: Cell, place: number, rounds: number): void
  progress(cell: Cell, round: number, event: RoundEvent): void
  roundFinished(cell: Cell, line: RoundLine): void
  /** The first Ctrl-C came. */
  interrupting(): void
  finished(outcome: RunOutcome, options: RunOptions): void
}

/** Runs the cells that are not finished, one after the other, and writes each round down as it ends. */
export async function runCells(options: RunOptions, reporter: RunReporter, signal: AbortSignal): Promise<RunOutcome> {
  const results = await ResultsFile.open(options.out, options.cells)
  const pending = options.chosen.filter(cell => !isFinished(cell, results.of(cell)))
  const states = new StateFolder(options.state)
  // Of a cell whose last line was written by a process that did not live to tidy up.
  for (const cell of options.chosen) if (!pending.includes(cell)) await states.forget(cell)
  const stopped = new Map<Cell, string>()
  let interrupted = false
  if (pending.length > 0) {
    const laboratory = await Laboratory.open(options)
    try {
      await checkAll(pending, laboratory)
      reporter.started(options, pending.length)
      for (const cell of pending) {
        const place = options.chosen.indexOf(cell)
        const why = await new CellRunner(cell, place, options, laboratory, results, reporter).run(signal)
        if (why !== undefined) stopped.set(cell, why)
      }
    } catch (error) {
      if (!signal.aborted) throw error
      interrupted = true
    } finally {
      await laboratory.close()
    }
  } else reporter.started(options, 0)
  const outcome = (cell: Cell): CellResult => {
    const why = stopped.get(cell)
    return { cell, lines: results.of(cell), ...(why !== undefined && { stopped: why }) }
  }
  return { results: options.chosen.map(outcome), interrupted }
}

/** Before hours are spent on the first cell, whatever is wrong with the last one. */
async function checkAll(cells: readonly Cell[], laboratory: Laboratory): Promise<void> {
  for (const cell of cells) {
    const cnn = await laboratory.network(cell.settings.network)
    try {
      prepareCell(cell, laboratory.mnist.train, cnn)
    } catch (cause) {
      if (!(cause instanceof SecAggError)) throw cause
      throw new CliError(`cell "${cell.name}": ${cause.message}`, { exitCode: 2, cause })
    }
  }
}

class CellRunner {
  readonly #cell: Cell
  readonly #place: number
  readonly #laboratory: Laboratory
  readonly #results: ResultsFile
  readonly #states: StateFolder
  readonly #reporter: RunReporter

  constructor(
    cell: Cell,
    place: number,
    options: RunOptions,
    laboratory: Laboratory,
    results: ResultsFile,
    reporter: RunReporter,
  ) {
    this.#cell = cell
    this.#place = place
    this.#laboratory = laboratory
    this.#results = results
    this.#states = new StateFolder(options.state)
    this.#reporter = reporter
  }

  /** Gives the reason where the cell ends before its last round. */
  async run(signal: AbortSignal): Promise<string | undefined> {
    const cell = this.#cell
    const cnn = await this.#laboratory.network(cell.settings.network)
    const prepared = prepareCell(cell, this.#laboratory.mnist.train, cnn)
    const run: CellRun = new CellRun(prepared, this.#laboratory, signal, event =>
      this.#reporter.progress(cell, (run.line?.round ?? 0) + 1, event),
    )
    const conditions = this.#laboratory.conditions(cnn)
    await this.#resume(run, conditions)
    this.#reporter.cellStarted(cell, this.#place, run.line?.round ?? 0)
    while (!isFinished(cell, this.#results.of(cell))) {
      signal.throwIfAborted()
      if (run.isPrivate) await this.#states.save(cell, conditions, { ...run.state(), underWay: true })
      try {
        await run.round()
      } catch (error) {
        if (error instanceof FederatedError && error.code === 'privacy-budget') return error.message
        throw error
      }
      // First the state, which holds the line too: whenever a kill comes, nothing that was finished is lost.
      await this.#states.save(cell, conditions, run.state())
      await this.#results.append(run.line!)
      this.#reporter.roundFinished(cell, run.line!)
    }
    await this.#states.forget(cell)
    return undefined
  }

  /** Takes up what was saved, and writes down the line of a round that a kill has kept out of the results. */
  async #resume(run: CellRun, conditions: Parameters<StateFolder['load']>[1]): Promise<void> {
    const cell = this.#cell
    const state = await this.#states.load(cell, conditions)
    const written = this.#results.of(cell).length
    const saved = state?.line?.round ?? 0
    if (saved === written + 1) await this.#results.append(state!.line!)
    else if (saved !== written) {
      const message = `${this.#results.path} holds ${written} rounds of cell "${cell.name}", and its state ${saved}`
      throw new CliError(message, { hint: ELSEWHERE, exitCode: 2 })
    }
    if (state !== undefined) run.restore(state)
  }
}
