import type { Command } from 'commander'
import type { EngineChoice } from '../../cnn/index.ts'
import { type Cell, isMeant } from '../experiment/grid.ts'
import { readExperiment } from '../experiment/read.ts'
import { HumanExperimentReporter, JsonExperimentReporter } from '../experiment/report.ts'
import { type RunOptions, type RunOutcome, runCells } from '../experiment/runner.ts'
import { ExperimentFileError } from '../experiment/source.ts'
import { secrecyPairs } from '../experiment/table.ts'
import { abortOnInterrupt, INTERRUPTED_EXIT_CODE } from '../interrupt.ts'
import type { Io } from '../io.ts'
import { checkWritable } from '../model-files.ts'
import { integer } from '../parse.ts'
import { CliError } from '../problems.ts'
import { engineOption, helpExamples } from './common.ts'

/** What the command line says besides the file. */
interface CommandOptions {
  readonly out?: string
  /** Only the list: so many cells, or all of them. */
  readonly cells?: number | true
  readonly only?: string
  readonly data?: string
  readonly engine: EngineChoice
  readonly threads?: number
  readonly json?: boolean
}

/** Adds `secagg experiment` to the program. */
export function addExperimentCommand(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('experiment')
    .summary('run every combination of the settings in a file')
    .description(
      'Runs federated learning for every combination of the settings that a YAML (or JSON) file lists, and writes a line ' +
        'of JSON for every round as it ends. Stopped or killed, the same command goes on, to the same results.',
    )
    .argument('<file>', 'what to run; its format: docs/experiments.md')
    .option('--out <file>', 'where the results go (default: <file>.results.jsonl)')
    .option('--cells [n]', 'list the cells, or the first n of them, and run nothing', integer(1))
    .option('--only <words>', 'run the cells with these words in their name')
    .option('--data <where>', 'digits, in place of what the file says: sample, full, or a folder')
    .addOption(engineOption())
    .option('--threads <n>', 'clients that train at the same time (default: one per core)', integer(1, 256))
    .option('--json', 'one JSON object per round, and a last one for the run')
    .addHelpText(
      'after',
      helpExamples(
        ['secagg experiment quick.yaml', 'run it, or go on with it'],
        ['secagg experiment quick.yaml --cells', 'what would run'],
        ['secagg experiment quick.yaml --only seed=1', 'a part of it'],
      ),
    )
    .action(async (path: string, options: CommandOptions) => {
      exit(await experiment(path, options, io))
    })
}

/** Reads, runs, reports. Gives the exit code. */
async function experiment(path: string, options: CommandOptions, io: Io): Promise<number> {
  const file = await readExperiment(path).catch((error: unknown) => {
    if (error instanceof ExperimentFileError && error.problems.length > 1) {
      for (const problem of error.problems) io.stderr.write(`${problem}\n`)
    }
    throw error
  })
  const chosen = choose(path, file.cells, options.only)
  if (options.cells !== undefined) {
    list(options.cells === true ? chosen : chosen.slice(0, options.cells), options, io)
    return 0
  }
  const stem = path.replace(/\.(ya?ml|json)$/i, '')
  const out = options.out ?? `${stem}.results.jsonl`
  await checkWritable(out)
  const run: RunOptions = {
    cells: file.cells,
    chosen,
    data: options.data ?? file.data,
    engine: options.engine,
    threads: options.threads ?? io.threads ?? 1,
    out,
    state: `${out.replace(/\.jsonl$/i, '')}.state`,
  }
  const reporter = options.json ? new JsonExperimentReporter(io) : new HumanExperimentReporter(io)
  const outcome = await abortOnInterrupt(
    io,
    () => reporter.interrupting(),
    signal => runCells(run, reporter, signal),
  )
  reporter.finished(outcome, run)
  return exitCodeOf(outcome)
}

function choose(path: string, cells: readonly Cell[], only: string | undefined): readonly Cell[] {
  const chosen = only === undefined ? cells : cells.filter(cell => isMeant(cell, only))
  if (chosen.length > 0) return chosen
  throw new CliError(`no cell of ${path} has "${only}" in its name`, {
    hint: `list them: secagg experiment ${path} --cells`,
    exitCode: 2,
  })
}

function list(cells: readonly Cell[], { json }: CommandOptions, io: Io): void {
  for (const { name, settings } of cells) {
    io.stdout.write(json ? `${JSON.stringify({ cell: name, settings })}\n` : `${name}\n`)
  }
}

/** 1 when a cell has learned nothing, or what must be identical is not; 130 after Ctrl-C. */
function exitCodeOf({ results, interrupted }: RunOutcome): number {
  if (secrecyPairs(results).some(({ identical }) => !identical)) return 1
  if (interrupted) return INTERRUPTED_EXIT_CODE
  return results.some(({ lines }) => lines.every(({ aborted }) => aborted !== undefined)) ? 1 : 0
}
