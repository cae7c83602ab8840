import { percent } from '../output/format.ts'
import { type Column, header, row, wrap } from '../output/layout.ts'
import type { Style } from '../output/style.ts'
import type { Cell } from './grid.ts'
import type { CellLines } from './results.ts'
import type { CellResult } from './runner.ts'

/** What a cell came to, in numbers. */
export interface CellSummary {
  readonly cell: string
  readonly rounds: number
  /** The first round with at least the target accuracy. */
  readonly roundsToTarget: number | null
  readonly bestAccuracy: number | null
  readonly lastAccuracy: number | null
  readonly seconds: number
  readonly modelHash: string | null
  readonly stopped: string | null
}

const NAME_WIDTH = 23
const COLUMNS: readonly Column[] = [
  { title: 'cell', width: NAME_WIDTH, align: 'left' },
  { title: 'rounds', width: 6, align: 'right' },
  { title: 'target', width: 6, align: 'right' },
  { title: 'best', width: 7, align: 'right' },
  { title: 'last', width: 7, align: 'right' },
  { title: 'time', width: 9, align: 'right' },
  { title: 'model', width: 8, align: 'left' },
]

export function summaryOf({ cell, lines, stopped }: CellResult): CellSummary {
  const { target } = cell.settings
  const reached = lines.find(({ testAccuracy }) => target !== 'none' && testAccuracy >= target)
  const last = lines.at(-1)
  return {
    cell: cell.name,
    rounds: lines.length,
    roundsToTarget: reached?.round ?? null,
    bestAccuracy: lines.length === 0 ? null : lines.reduce((best, line) => Math.max(best, line.testAccuracy), 0),
    lastAccuracy: last?.testAccuracy ?? null,
    seconds: lines.reduce((total, { seconds }) => total + seconds, 0),
    modelHash: last?.modelHash ?? null,
    stopped: stopped ?? null,
  }
}

/** A line for each cell, at most 80 columns wide. */
export function tableLines(results: readonly CellResult[], style: Style): string[] {
  return [
    style.dim(header(COLUMNS)),
    ...results.flatMap(result => {
      const { rounds, roundsToTarget, bestAccuracy, lastAccuracy, seconds, modelHash } = summaryOf(result)
      const accuracy = (value: number | null) => (value === null ? '-' : percent(value))
      const { name } = result.cell
      // A long name has lines of its own.
      const fits = name.length <= NAME_WIDTH
      const target = String(roundsToTarget ?? '-')
      const time = `${seconds.toFixed(1)} s`
      const numbers = [String(rounds), target, accuracy(bestAccuracy), accuracy(lastAccuracy), time]
      return [
        ...(fits ? [] : wrap(name, 4, '  ')),
        row(COLUMNS, [fits ? name : '', ...numbers, modelHash?.slice(0, 8) ?? '-']),
        ...(result.stopped === undefined ? [] : wrap(result.stopped, 4).map(style.yellow)),
      ]
    }),
  ]
}

/** Two cells that differ in nothing but secrecy. */
export interface SecrecyPair {
  readonly secure: string
  readonly inClear: string
  /** Whether their models are the same bit for bit, after every round. Anything else is an error of this library. */
  readonly identical: boolean
}

/** Every such pair that has come to an end without noise, and without a round for which too few had stayed. */
export function secrecyPairs(results: readonly CellResult[]): SecrecyPair[] {
  const comparable = results.filter(({ cell, lines }) => {
    return cell.settings.epsilon === 'none' && lines.length > 0 && lines.every(({ aborted }) => aborted === undefined)
  })
  return comparable.flatMap(({ cell, lines }) => {
    if (!cell.settings.secure) return []
    const twin = comparable.find(other => !other.cell.settings.secure && likeness(other.cell) === likeness(cell))
    if (twin === undefined || twin.lines.length !== lines.length) return []
    return [{ secure: cell.name, inClear: twin.cell.name, identical: hashesOf(twin.lines) === hashesOf(lines) }]
  })
}

function likeness({ settings: { secure: _, ...others } }: Cell): string {
  return JSON.stringify(others)
}

function hashesOf(lines: CellLines): string {
  return lines.map(({ modelHash }) => modelHash).join()
}
