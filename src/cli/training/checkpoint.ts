import { stat } from 'node:fs/promises'
import type { Model, NoisedRound, UpdateClip } from '../../index.ts'
import { loadModel, saveModel } from '../model-files.ts'
import { CliError } from '../problems.ts'
import type { Experiment } from './experiment.ts'
import { finishedRounds, type RoundReport } from './reports.ts'
import type { TrainSettings } from './settings.ts'

/** All that a run needs to go on: everything else follows from its options and the number of the round. */
export interface Progress {
  /** After the last finished round. */
  readonly model: Model
  readonly rounds: readonly RoundReport[]
  readonly testSeconds: number
  /** What to clip the next round with, where that changes. */
  readonly clip?: UpdateClip
  /** What was spent; absent without a privacy budget. */
  readonly privacy?: readonly NoisedRound[]
  /** A private round had begun: its sum may have been known to somebody when the process ended. */
  readonly underWay?: boolean
}

/** Where it is in a model file's metadata, which is text. */
const KEY = 'secagg-checkpoint'
const VERSION = 1

/** The options that a model follows from: those of a run that goes on must be the same. */
function optionsOf({ settings, mnist, cnn, rounds }: Experiment): Record<string, string> {
  const shown: Partial<Record<keyof TrainSettings, unknown>> = {
    ...settings,
    partition: settings.partition.name,
    data: mnist.source,
    engine: cnn.engine.name,
    // The noise is calibrated for all rounds; without it there may be more of them.
    rounds: settings.epsilon === undefined ? undefined : rounds,
  }
  const governing = [
    ...(['data', 'network', 'engine', 'workers', 'partition', 'seed', 'rounds', 'epochs', 'batchSize'] as const),
    ...(['learningRate', 'bits', 'dropout', 'threatModel', 'threshold', 'epsilon', 'delta', 'clip'] as const),
  ]
  return Object.fromEntries(governing.map(name => [name, String(shown[name] ?? 'none')]))
}

/** Writes model and progress into one file, whole or not at all. Gives its size. */
export function saveProgress(experiment: Experiment, progress: Progress): Promise<number> {
  const { settings, mnist } = experiment
  const { model, ...rest } = progress
  const accuracy = progress.rounds.at(-1)?.testAccuracy
  return saveModel(settings.out, model, {
    network: settings.network,
    seed: String(settings.seed),
    rounds: String(finishedRounds(progress.rounds).length),
    ...(accuracy !== undefined && { accuracy: String(accuracy), 'accuracy-on': mnist.testName }),
    data: mnist.source,
    [KEY]: JSON.stringify({ version: VERSION, options: optionsOf(experiment), ...rest }),
  })
}

/**
 * Reads what an earlier run has left, or undefined when there is no such file: then the run begins.
 *
 * @throws CliError where the file is of another run, or holds a model alone.
 */
export async function loadProgress(experiment: Experiment): Promise<Progress | undefined> {
  const { out } = experiment.settings
  if ((await stat(out).catch(() => undefined)) === undefined) return undefined
  const { model, metadata } = await loadModel(out)
  const saved = parse(metadata[KEY], out)
  for (const [name, value] of Object.entries(optionsOf(experiment))) {
    if (saved.options[name] !== value) throw anotherRun(out, name, saved.options[name], value)
  }
  const { version: _, options: __, ...progress } = saved
  return { ...progress, model }
}

interface Saved extends Omit<Progress, 'model'> {
  readonly version: number
  readonly options: Record<string, string>
}

function parse(text: string | undefined, path: string): Saved {
  const hint = 'train anew, without --resume, or name the file of the run: --out FILE'
  if (text === undefined) throw new CliError(`${path} is a model without a run to go on with`, { hint, exitCode: 2 })
  let saved: Partial<Saved> | undefined
  try {
    saved = JSON.parse(text)
  } catch {
    saved = undefined
  }
  if (saved?.version === VERSION && typeof saved.options === 'object' && Array.isArray(saved.rounds))
    return saved as Saved
  throw new CliError(`${path} holds a run that this version cannot go on with`, { hint, exitCode: 2 })
}

function anotherRun(path: string, name: string, saved: string | undefined, asked: string): CliError {
  const option = name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
  return new CliError(`${path} is of a run with ${option} ${saved ?? 'none'}, not ${asked}`, {
    hint: 'give --resume the options of that run',
    exitCode: 2,
  })
}
