import { Command } from 'commander'
import { helpExamples } from './commands/common.ts'
import { addDataCommand } from './commands/data.ts'
import { addEvaluateCommand } from './commands/evaluate.ts'
import { addExperimentCommand } from './commands/experiment.ts'
import { addPlanCommand } from './commands/plan.ts'
import { addTrainCommand } from './commands/train.ts'
import { type Io, WIDTH } from './io.ts'
import { styleFor } from './output/style.ts'
import { packageVersion } from './version.ts'

/**
 * The command line as a whole.
 *
 * @param exit told the exit code of a command that ends without an error, where it is not 0
 */
export function createProgram(io: Io, exit: (code: number) => void): Command {
  const program = new Command('secagg')
    .description(
      'Federated learning in which the server learns only the sum: workers train on data that stays with them and ' +
        'mask what they send; the masks cancel when everything is added up, whoever drops out on the way.',
    )
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
  prepare(program, io)
  addTrainCommand(program, io, exit)
  addEvaluateCommand(program, io)
  addExperimentCommand(program, io, exit)
  addPlanCommand(program, io)
  addDataCommand(program, io)
  for (const command of everyCommand(program)) {
    // Read in run.ts, wherever it stands: an error may come up before options are parsed.
    command.option('--debug', 'show the stack of an error')
  }
  return program.addHelpText(
    'after',
    helpExamples(
      ['secagg train', 'learn to read digits, a few minutes'],
      ['secagg train --rounds 3', 'the same in a hurry'],
      ['secagg evaluate model.safetensors', 'measure what was learned'],
      ['secagg plan --clients 1000 --dim 1663370', 'what a thousand clients would take'],
      ['secagg help train', 'all that can be changed'],
    ),
  )
}

/** Commands inherit these settings when they are added. */
function prepare(program: Command, io: Io): void {
  const width = (columns: number | undefined) => Math.min(columns ?? WIDTH, WIDTH)
  program
    .exitOverride()
    .showHelpAfterError('(add --help to see what is possible)')
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({
      writeOut: text => io.stdout.write(text),
      writeErr: text => io.stderr.write(text),
      getOutHelpWidth: () => width(io.stdout.columns),
      getErrHelpWidth: () => width(io.stderr.columns),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (text, write) => write(text.replace(/^error:/, styleFor(io.stderr, io.env).red('secagg:'))),
    })
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)]
}
