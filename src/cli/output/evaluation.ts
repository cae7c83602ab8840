import type { Evaluation } from '../../cnn/index.ts'
import { count, percent } from './format.ts'
import { type Column, facts, row } from './layout.ts'
import type { Style } from './style.ts'

/** What `secagg evaluate` found out. */
export interface EvaluationReport {
  readonly path: string
  readonly metadata: Readonly<Record<string, string>>
  readonly network: string
  readonly parameters: number
  readonly modelHash: string
  readonly engine: { readonly name: string; readonly reason: string }
  readonly source: string
  readonly testName: string
  readonly evaluation: Evaluation
}

const DIGIT_COLUMNS: readonly Column[] = [
  { title: 'digit', width: 10, align: 'left' },
  ...Array.from({ length: 10 }, (_, digit): Column => ({ title: String(digit), width: 4, align: 'right' })),
]

/** The report for people. */
export function evaluationLines(report: EvaluationReport, style: Style): string[] {
  const { path, metadata, network, parameters, engine, source, testName, evaluation } = report
  const { accuracy, loss, correct, examples } = evaluation
  const origin = metadata.rounds === undefined ? [] : [['trained', trainedIn(metadata)] as const]
  return [
    ...facts([
      ['model', path],
      ['network', `${network}, ${count(parameters)} parameters`],
      ...origin,
      ['engine', engine.reason],
      ['digits', source],
    ]),
    '',
    style.bold(`${testName[0]!.toUpperCase()}${testName.slice(1)}: ${percent(accuracy)}`),
    `  ${count(correct)} of ${count(examples)} right, loss ${loss.toFixed(4)}`,
    '',
    ...digitTable(evaluation.confusion, style),
  ]
}

/** Of every digit how many there are, how many were recognized, and what it was most often taken for. */
function digitTable(confusion: Uint32Array, style: Style): string[] {
  const rows = Array.from({ length: 10 }, (_, digit) => confusion.subarray(10 * digit, 10 * digit + 10))
  const totals = rows.map(counts => counts.reduce((sum, n) => sum + n, 0))
  return [
    style.bold(row(DIGIT_COLUMNS, ['digit', ...rows.keys()].map(String))),
    row(DIGIT_COLUMNS, ['how many', ...totals.map(String)]),
    row(DIGIT_COLUMNS, ['right, %', ...rows.map((counts, digit) => rightPercent(counts[digit]!, totals[digit]!))]),
    row(DIGIT_COLUMNS, ['taken for', ...rows.map(mistakenFor)]),
  ]
}

function rightPercent(right: number, total: number): string {
  return total === 0 ? '-' : ((100 * right) / total).toFixed(right === total ? 0 : 1)
}

function mistakenFor(counts: Uint32Array, digit: number): string {
  let most = -1
  for (const [other, n] of counts.entries()) if (other !== digit && n > (counts[most] ?? 0)) most = other
  return most < 0 ? '-' : String(most)
}

function trainedIn({ rounds, seed, data }: Readonly<Record<string, string>>): string {
  return `${rounds} federated rounds${seed === undefined ? '' : `, seed ${seed}`}${data === undefined ? '' : `, on ${data}`}`
}
