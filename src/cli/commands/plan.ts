import { type Command, Option } from 'commander'
import { calibrate, type PlanOptions, planAggregation, predictTimes, type ThreatModel } from '../../index.ts'
import type { Io } from '../io.ts'
import { planJson, planLines } from '../output/plan.ts'
import { styleFor } from '../output/style.ts'
import { fraction, integer, positive } from '../parse.ts'
import { helpExamples } from './common.ts'

const THREAT_MODELS: readonly ThreatModel[] = ['semi-honest', 'semi-malicious', 'malicious-server']

/** What the command line says, by the names of its options. */
interface PlanSettings {
  readonly clients: number
  readonly dim: number
  readonly bits: number
  readonly corrupt: number
  readonly dropout: number
  readonly threatModel: ThreatModel
  readonly security: number
  readonly correctness: number
  readonly complete?: boolean
  readonly epsilon?: number
  readonly rounds: number
  readonly delta?: number
  readonly clip: number
  readonly calibration: boolean
  readonly json?: boolean
}

/** Adds `secagg plan` to the program. */
export function addPlanCommand(program: Command, io: Io): void {
  program
    .command('plan')
    .summary('what an aggregation will take, before anything runs')
    .description(
      'Says what an aggregation will take before anything runs: neighbours and threshold from what is believed of the ' +
        'cohort, the chances that it fails, the modulus, every byte that a client sends and gets, and the CPU time of ' +
        'client and server on a machine like this one. Cohorts of up to a billion can be planned on paper.',
    )
    .requiredOption('--clients <n>', 'clients in the cohort', integer(3, 1_000_000_000))
    .requiredOption('--dim <n>', 'coordinates of an update', integer(1))
    .option('--bits <n>', 'bits per coordinate', integer(2, 32), 24)
    .option('--corrupt <fraction>', 'clients that may collude with the server', fraction, 0.05)
    .option('--dropout <fraction>', 'clients that may leave along the way', fraction, 0.1)
    .addOption(
      new Option('--threat-model <name>', 'what the server may do').choices(THREAT_MODELS).default('semi-honest'),
    )
    .option('--security <bits>', 'exposes somebody with a chance of 2^-bits at most', integer(1, 128), 40)
    .option('--correctness <bits>', 'aborts with a chance below 2^-bits', integer(1, 128), 30)
    .option('--complete', "everybody is everybody's neighbour (up to 256 clients)")
    .option('--epsilon <x>', 'adds noise for differential privacy: the budget of all rounds', positive)
    .option('--rounds <n>', 'with --epsilon: rounds that share the budget', integer(1), 1)
    .option('--delta <x>', 'with --epsilon: the chance that it fails (default: 1e-5, or less)', positive)
    .option('--clip <norm>', 'with --epsilon: the bound of an update', positive, 1)
    .option('--no-calibration', 'leave out the CPU times, which take a second to measure')
    .option('--json', 'one line of JSON')
    .addHelpText(
      'after',
      helpExamples(
        ['secagg plan --clients 1000 --dim 1663370', 'a thousand phones'],
        ['secagg plan --clients 1000000 --dim 5000', 'a million'],
        ['secagg plan --clients 50 --dim 1000 --complete', 'a small cohort'],
        ['secagg plan --clients 1000 --dim 5000 --epsilon 8', 'with noise'],
      ),
    )
    .action(async (settings: PlanSettings) => plan(settings, io))
}

/** Plans, calibrates, reports. */
async function plan(settings: PlanSettings, io: Io): Promise<void> {
  const planned = planAggregation(optionsOf(settings))
  const clock = io.cpuTime && { clock: io.cpuTime }
  const times = settings.calibration ? predictTimes(planned, await calibrate(planned, clock)) : undefined
  if (settings.json) io.stdout.write(`${planJson(planned, times)}\n`)
  else io.stdout.write(`${planLines(planned, times, styleFor(io.stdout, io.env)).join('\n')}\n`)
}

function optionsOf({ dim, corrupt, dropout, clients, bits, threatModel, ...others }: PlanSettings): PlanOptions {
  const { security, correctness, complete = false, epsilon, rounds, delta, clip } = others
  const budget = epsilon !== undefined && { privacy: { epsilon, rounds, clip, ...(delta !== undefined && { delta }) } }
  const beliefs = { corruptFraction: corrupt, dropoutFraction: dropout, security, correctness }
  return { clients, dimension: dim, bits, threatModel, complete, ...beliefs, ...budget }
}
