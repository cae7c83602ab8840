import type { Cnn } from '../../cnn/index.ts'
import type { Experiment } from '../training/experiment.ts'
import { type Comparison, finishedRounds, type TrainSummary } from '../training/reports.ts'
import { bytes, count, duration, percent, plural } from './format.ts'
import { type Column, header, row, wrap } from './layout.ts'
import { phaseTable } from './phases.ts'
import type { Style } from './style.ts'

const COMPARISON_COLUMNS: readonly Column[] = [
  { title: '', width: 21, align: 'left' },
  { title: 'accuracy', width: 10, align: 'right' },
  { title: 'time', width: 11, align: 'right' },
  { title: 'model (SHA-256)', width: 28, align: 'left' },
]

/** What a run came to: the lines below the rounds. */
export function summaryLines(experiment: Experiment, summary: TrainSummary, style: Style): string[] {
  return [
    ...whereTheTimeWent(experiment, summary, style),
    ...result(experiment, summary, style),
    ...privacySpent(summary, style),
    ...comparison(summary, style),
    ...ending(summary, style),
  ]
}

function whereTheTimeWent({ cnn }: Experiment, { rounds, testSeconds }: TrainSummary, style: Style): string[] {
  const phases = rounds.flatMap(round => round.phases)
  if (phases.length === 0) return []
  return [
    style.bold(`Where the time went: ${plural(rounds.length, 'round')}, ${sideBySide(cnn)}`),
    ...phaseTable(phases).map((line, i) => (i === 0 ? style.dim(line) : line)),
    style.dim(`  Testing the model after each round took another ${duration(testSeconds)}.`),
    '',
  ]
}

function sideBySide({ concurrency }: Cnn): string {
  return concurrency === 1 ? 'all workers one after the other' : `training on ${concurrency} threads`
}

function result({ mnist }: Experiment, { evaluation, rounds }: TrainSummary, style: Style): string[] {
  const { accuracy, correct, examples } = evaluation
  const finished = finishedRounds(rounds).length
  const after = finished === 0 ? 'by the untrained model' : `after ${plural(finished, 'round')}`
  const name = `${mnist.testName[0]!.toUpperCase()}${mnist.testName.slice(1)}`
  return [
    style.bold(`${name}: ${percent(accuracy)}`),
    ...wrap(`${count(correct)} of ${count(examples)} right, ${after}.`, 2),
    '',
  ]
}

function privacySpent({ rounds, stopped }: TrainSummary, style: Style): string[] {
  const last = rounds.findLast(({ privacy }) => privacy !== undefined)?.privacy
  if (last === undefined) return []
  const { epsilon, delta } = last
  return [
    style.bold(`Spent: epsilon ${epsilon.toFixed(3)} at delta ${delta}, against the server`),
    ...wrap(
      'This holds for all digits of a worker together, and for everything that came out: the models. That a worker took ' +
        'part is not hidden. The accuracies printed here were measured on digits that nobody trained on.',
      2,
    ),
    ...(stopped === undefined ? [] : wrap(stopped, 2).map(style.yellow)),
    '',
  ]
}

function comparison({ comparison, evaluation, seconds, modelHash, rounds }: TrainSummary, style: Style): string[] {
  if (comparison === undefined) return []
  const isPrivate = rounds.some(({ privacy }) => privacy !== undefined)
  const title = isPrivate
    ? 'The same learning without noise, clipping and secrecy, same seed'
    : 'The same learning without secrecy, same seed and same dropouts'
  const line = (name: string, accuracy: number, time: number, hash: string) =>
    row(COMPARISON_COLUMNS, [name, percent(accuracy), duration(time), hash.slice(0, 28)])
  return [
    style.bold(title),
    style.dim(header(COMPARISON_COLUMNS)),
    line(isPrivate ? 'private and secure' : 'secure', evaluation.accuracy, seconds, modelHash),
    line('plaintext FedAvg', comparison.plaintextAccuracy, comparison.plaintextSeconds, comparison.plaintextModelHash),
    ...verdict(comparison, style),
    '',
  ]
}

function verdict({ identical }: Comparison, style: Style): string[] {
  if (identical === undefined) return []
  if (identical) {
    const text = 'Identical bit for bit: masks and dropouts have changed nothing in the model.'
    return wrap(text, 2).map(style.green)
  }
  const text =
    'ERROR: THE TWO MODELS DIFFER. The sum that was unmasked is not the sum of the updates. This is a defect of ' +
    'secagg: do not use this model, and please report the command line.'
  return wrap(text, 2).map(style.red)
}

function ending({ saved, report, interrupted, rounds }: TrainSummary, style: Style): string[] {
  const lines = report === undefined ? [] : wrap(`${style.bold('Report')} ${report}`, 2, '')
  if (interrupted) {
    const kept = saved === undefined ? 'No round was finished: nothing is saved.' : 'The last finished model is kept.'
    lines.push(style.yellow(`Interrupted. ${kept}`))
  } else if (finishedRounds(rounds).length === 0) {
    lines.push(style.red('No round was finished: nothing was learned, nothing is saved.'))
  }
  if (saved === undefined) return lines
  const { path, bytes: size } = saved
  return [
    ...lines,
    ...wrap(`${style.bold('Saved')} ${path} (${bytes(size)})`, 2, ''),
    ...wrap(`secagg evaluate ${path}`, 2).map(style.dim),
  ]
}
