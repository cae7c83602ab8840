import { type Command, Option } from 'commander'
import type { NetworkName } from '../../cnn/index.ts'
import { modelHash, type ThreatModel } from '../../index.ts'
import { abortOnInterrupt } from '../interrupt.ts'
import type { Io } from '../io.ts'
import { checkWritable } from '../model-files.ts'
import { HumanReporter } from '../output/human.ts'
import { JsonReporter } from '../output/json.ts'
import { batchSize, integer, partition, positive, rate } from '../parse.ts'
import { Report } from '../report/report.ts'
import { type Experiment, prepareExperiment } from '../training/experiment.ts'
import { runInClear } from '../training/plaintext-run.ts'
import {
  type Comparison,
  exitCodeOf,
  finishedRounds,
  type TrainReporter,
  type TrainSummary,
} from '../training/reports.ts'
import { runSecurely, type SecureRun } from '../training/secure-run.ts'
import { defaultWorkers, type TrainSettings } from '../training/settings.ts'
import { dataOption, engineOption, helpExamples } from './common.ts'

const NETWORKS: readonly NetworkName[] = ['small', 'pysyft', 'mcmahan']
const THREAT_MODELS: readonly ThreatModel[] = ['semi-honest', 'semi-malicious', 'malicious-server']

/** More than these need a sparser graph than the complete one. */
const MAX_WORKERS = 256

/** Adds `secagg train` to the program. */
export function addTrainCommand(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('train')
    .summary('train on handwritten digits over virtual workers, securely')
    .description(
      'Trains a network on handwritten digits that are spread over virtual workers. In each round the workers train ' +
        'on their own digits and mask their updates; the server learns the sum of the updates and nothing else. ' +
        'Afterwards the same learning runs without masks, to show that nothing was lost.',
    )
    .option('--workers <n>', 'virtual workers (default: 10, or 100 with --epsilon)', integer(3, MAX_WORKERS))
    .option('--rounds <n>', 'federated rounds (default: 15, or 5 with 20,000 digits or more)', integer(1))
    .addOption(new Option('--network <name>', 'what is trained').choices(NETWORKS).default('small'))
    .addOption(
      new Option('--partition <how>', 'who gets which digits: iid, shards[:n], dirichlet[:alpha]')
        .argParser(partition)
        .default(partition('iid'), 'iid'),
    )
    .option('--epochs <n>', 'passes of a worker over its digits per round', integer(1), 2)
    .option('--batch-size <n>', 'digits per training step, or all', batchSize, 10)
    .option('--learning-rate <x>', 'step size', positive, 0.1)
    .option('--dropout <rate>', 'chance that a worker leaves in a round, at any step', rate, 0.05)
    .addOption(
      new Option('--threat-model <name>', 'what the server may do').choices(THREAT_MODELS).default('semi-honest'),
    )
    .option('--threshold <t>', 'shares that open a secret (default: two thirds)', integer(1))
    .option('--bits <n>', 'bits per parameter of an update', integer(2, 32), 24)
    .option('--epsilon <x>', 'adds noise for differential privacy: the budget of all rounds', positive)
    .option('--delta <x>', 'the chance that epsilon fails, below 1 / workers', rate, 1e-5)
    .option('--clip <norm>', 'with --epsilon: the first bound of an update, adapted later', positive, 1)
    .addOption(dataOption())
    .addOption(engineOption())
    .option('--threads <n>', 'workers that train at the same time (default: one per core)', integer(1, 256))
    .option('--seed <n>', 'repeats data, training and dropouts; never keys or noise', integer(0), 1)
    .option('--out <file>', 'where the model goes, after every round', 'model.safetensors')
    .option('--report <file>', 'a page of HTML with charts, for a browser')
    .option('--resume', 'go on with the run that --out is of: the same command, the same model')
    .option('--no-compare', 'skip the run without masks')
    .option('--verbose', 'time and bytes of every protocol round')
    .option('--json', 'one JSON object per round, and a last one for the run')
    .addHelpText(
      'after',
      helpExamples(
        ['secagg train', 'the embedded digits'],
        ['secagg train --dropout 0.2 --partition shards', 'few labels each, many leave'],
        ['secagg train --threat-model malicious-server', 'signed keys, consistency check'],
        ['secagg train --epsilon 8', 'with differential privacy'],
        ['secagg train --report run.html', 'with a report of the run'],
        ['secagg train --network mcmahan --data full', 'all of MNIST, a large network'],
        ['secagg train --json --no-compare | tail -n 1', 'the result, for a program'],
      ),
    )
    .action(async (options: CommandOptions) => {
      exit(await train(settingsOf(options, io), io))
    })
}

/** As they are on the command line. */
type CommandOptions = Omit<TrainSettings, 'workers' | 'threads'> & Partial<Pick<TrainSettings, 'workers' | 'threads'>>

/** Some defaults depend on other options, or on the machine. */
function settingsOf(options: CommandOptions, { threads: cores = 1 }: Io): TrainSettings {
  const { workers = defaultWorkers(options.epsilon), threads = Math.min(cores, workers) } = options
  return { ...options, workers, threads }
}

/** Trains, compares, saves, reports. Gives the exit code. */
export async function train(settings: TrainSettings, io: Io): Promise<number> {
  await checkWritable(settings.out)
  const report = settings.report === undefined ? undefined : await Report.begin(settings.report, settings.out)
  const reporter = settings.json ? new JsonReporter(io) : new HumanReporter(io, { verbose: settings.verbose === true })
  return abortOnInterrupt(
    io,
    () => reporter.interrupting(),
    async signal => {
      const experiment = await prepareExperiment(settings)
      const observed = report?.observe(experiment) ?? experiment
      const run = await runSecurely(observed, reporter, signal)
      const comparison = run.interrupted ? undefined : await compare(experiment, run, reporter, signal, report)
      const summary: TrainSummary = {
        rounds: run.rounds,
        evaluation: run.evaluation,
        modelHash: modelHash(run.model),
        seconds: run.rounds.reduce((total, { seconds }) => total + seconds, 0),
        testSeconds: run.testSeconds,
        interrupted: signal.aborted,
        ...(run.stopped !== undefined && { stopped: run.stopped }),
        ...(run.saved !== undefined && { saved: run.saved }),
        ...(comparison !== undefined && { comparison }),
      }
      // A page that cannot be written must not cost the result.
      const problem = await report?.write(experiment, run, summary).catch((error: unknown) => error)
      reporter.finished({ ...summary, ...(report && problem === undefined && { report: report.path }) })
      experiment.cnn.dispose()
      if (problem !== undefined) throw problem
      return exitCodeOf(summary)
    },
  )
}

async function compare(
  experiment: Experiment,
  run: SecureRun,
  reporter: TrainReporter,
  signal: AbortSignal,
  report: Report | undefined,
): Promise<Comparison | undefined> {
  if (!experiment.settings.compare || finishedRounds(run.rounds).length === 0) return undefined
  try {
    return await runInClear(experiment, run, reporter, signal, async (round, model) => {
      await report?.testPlaintext(experiment, round, model)
    })
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  }
}
