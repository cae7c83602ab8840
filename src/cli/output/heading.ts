import type { ThreatModel } from '../../index.ts'
import type { Experiment } from '../training/experiment.ts'
import type { TrainSettings } from '../training/settings.ts'
import { count, percent, plural } from './format.ts'
import { facts } from './layout.ts'

/** Threat models in words. */
export const SERVERS: Readonly<Record<ThreatModel, string>> = {
  'semi-honest': 'semi-honest server',
  'semi-malicious': 'semi-malicious server',
  'malicious-server': 'malicious server, workers sign what they send',
}

/** What of an experiment is told. */
export type Described = Pick<Experiment, 'settings' | 'rounds' | 'mnist' | 'cnn' | 'digitsPerWorker' | 'plan'>

/** What will run, and why: the lines above the rounds. */
export function heading(experiment: Described): string[] {
  return facts(headingFacts(experiment))
}

/** The same, fact by fact; one without a name goes on with the one before. */
export function headingFacts(experiment: Described): (readonly [name: string, value: string])[] {
  const { settings, mnist, cnn, rounds, digitsPerWorker, plan } = experiment
  const { least, most } = digitsPerWorker
  const each = least === most ? count(most) : `${count(least)} to ${count(most)}`
  return [
    ['digits', mnist.source],
    ['', `${count(mnist.train.length)} to learn from, ${count(mnist.test.length)} to test on`],
    ['engine', cnn.engine.reason],
    ['network', `${cnn.name}, ${count(cnn.parameterCount)} parameters`],
    ['workers', `${settings.workers} in this process, ${each} digits each (${settings.partition.name})`],
    ...(cnn.concurrency > 1 ? ([['', `${cnn.concurrency} train at the same time`]] as const) : []),
    ['learning', learning(settings, rounds)],
    ['secrecy', `${SERVERS[settings.threatModel]}; ${plan.threshold} of ${plan.neighbours} shares open a secret`],
    ['numbers', `${settings.bits} bits per parameter, ${clipping(settings)}, summed modulo 2^${plan.modulusBits}`],
    ...privacy(experiment),
    ['dropouts', `${percent(settings.dropout, 0)} of the workers per round, simulated`],
    ['seed', `${settings.seed}: governs data, learning and dropouts, never keys or masks`],
  ]
}

function clipping({ epsilon, clip }: TrainSettings): string {
  return epsilon === undefined ? 'clipped to [-1, 1]' : `norm clipped, from ${clip} on`
}

function privacy({ settings, plan, rounds }: Described): [string, string][] {
  const { epsilon, delta } = settings
  if (epsilon === undefined || plan.noise === undefined) return []
  const { noiseMultiplier, minimumSurvivors } = plan.noise
  return [
    ['privacy', `epsilon ${epsilon} at delta ${delta} over ${plural(rounds, 'round')}, for a worker's whole data`],
    ['', `noise ${noiseMultiplier.toPrecision(3)} times the clip, from at least ${minimumSurvivors} workers together`],
  ]
}

function learning({ epochs, batchSize, learningRate }: TrainSettings, rounds: number): string {
  const batches = batchSize === 'all' ? 'one batch of everything' : `batches of ${batchSize}`
  return `FedAvg, ${plural(rounds, 'round')} of ${plural(epochs, 'epoch')}, ${batches}, learning rate ${learningRate}`
}
