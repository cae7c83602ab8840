import type { DroppedWorker, ProtocolRound } from '../../index.ts'
import type { RoundReport } from '../training/reports.ts'
import { bytes, duration, percent } from './format.ts'
import { type Column, row, wrap } from './layout.ts'

/** The columns of one line per federated round. Under privacy the loss stays with the workers; epsilon is the news. */
export function roundColumns(isPrivate: boolean): readonly Column[] {
  return isPrivate ? columnsWith('epsilon', 8) : columnsWith('loss', 6)
}

const PLACE_WIDTH = 7

const columnsWith = (title: string, width: number): readonly Column[] => [
  { title: 'round', width: PLACE_WIDTH, align: 'right' },
  { title: 'accuracy', width: 8, align: 'right' },
  { title, width, align: 'right' },
  { title: 'in the sum', width: 10, align: 'right' },
  { title: 'time', width: 10, align: 'right' },
  { title: 'up', width: 8, align: 'right' },
  { title: 'down', width: 8, align: 'right' },
]

/** Where notes below a round's line begin: under its accuracy. */
const NOTE_INDENT = 11

/** The most lines that one abort may take. */
const MOST_LINES = 4

const PROTOCOL_ROUNDS: readonly ProtocolRound[] = [
  'AdvertiseKeys',
  'ShareKeys',
  'MaskedInputCollection',
  'ConsistencyCheck',
  'Unmasking',
]

/** The line of a finished round. */
export function roundLine(report: RoundReport, rounds: number, workers: number): string {
  const { privacy, metrics } = report
  const news = privacy ? privacy.epsilon.toFixed(3) : metrics.loss === undefined ? '-' : metrics.loss.toFixed(4)
  return row(roundColumns(privacy !== undefined), [
    `${report.round}/${rounds}`,
    percent(report.testAccuracy),
    news,
    `${report.survivors.length} of ${workers}`,
    duration(report.seconds),
    bytes(report.phases.reduce((total, phase) => total + phase.bytesUp, 0)),
    bytes(report.phases.reduce((total, phase) => total + phase.bytesDown, 0)),
  ])
}

/** The line of a round that gave no sum. */
export function abortedLine(report: RoundReport, rounds: number): string {
  const place = `${report.round}/${rounds}`.padStart(PLACE_WIDTH)
  return `  ${place}  aborted after ${duration(report.seconds)}: the model stays as it was`
}

/** Why a round gave no sum; the middle of a long story is left to `--json`. */
export function abortedLines({ aborted }: RoundReport): string[] {
  if (aborted === undefined) return []
  const lines = note(aborted.message)
  const told = lines.length <= MOST_LINES ? lines : [...lines.slice(0, MOST_LINES), ...note('...')]
  return aborted.why === undefined ? told : [...told, ...note(`the first to fail: ${aborted.why}`)]
}

/** Who left where, over as many lines as it takes. */
export function droppedLines(dropped: readonly DroppedWorker[], workers: number): string[] {
  const groups = new Map<string, string[]>()
  for (const { id, round, reason } of inOrder(dropped)) {
    // An update that has been added before its owner leaves stays in the sum: the others hold the shares to unmask it.
    const counted = round === 'ConsistencyCheck' || round === 'Unmasking' ? ', counted all the same' : ''
    const where = `${round}${reason === 'silent' ? '' : ` (${reason})`}${counted}`
    groups.set(where, [...(groups.get(where) ?? []), id])
  }
  const parts = Array.from(groups, ([where, ids]) => `${names(ids, workers)} left in ${where}`)
  return parts.length === 0 ? [] : note(parts.join('; '))
}

/** Lines below a round's line. */
export function note(text: string): string[] {
  return wrap(text, NOTE_INDENT)
}

function names(ids: readonly string[], workers: number): string {
  return ids.length === workers ? `all ${workers} workers` : ids.join(', ')
}

function inOrder(dropped: readonly DroppedWorker[]): DroppedWorker[] {
  const byName = new Intl.Collator('en', { numeric: true })
  const place = ({ round }: DroppedWorker) => PROTOCOL_ROUNDS.indexOf(round)
  return [...dropped].sort((a, b) => place(a) - place(b) || byName.compare(a.id, b.id))
}
