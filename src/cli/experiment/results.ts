import { open, readFile, truncate } from 'node:fs/promises'
import { CliError } from '../problems.ts'
import type { Cell } from './grid.ts'
import type { Conditions } from './laboratory.ts'
import type { CellSettings } from './settings.ts'

/** One line of a results file: a round of a cell that came to an end. */
export interface RoundLine {
  readonly cell: string
  /** What the cell is, at its first line. */
  readonly settings?: CellSettings
  readonly conditions?: Conditions
  /** From 1. */
  readonly round: number
  /** Of the model after the round, on the test digits. */
  readonly testAccuracy: number
  readonly testLoss: number
  /** Mean over the survivors' examples while they trained, out of the sum. Absent under noise, or when nobody told. */
  readonly trainLoss?: number
  /** The round alone: training and protocol, without the test. */
  readonly seconds: number
  /** How many clients were asked. */
  readonly cohort: number
  /** How many of them are in the model. */
  readonly survivors: number
  readonly modelHash: string
  /** What the rounds so far have spent, against the server. */
  readonly epsilon?: number
  /** Why there was no sum, by code: the model is then what it was. */
  readonly aborted?: string
}

/** What a cell has come to. */
export type CellLines = readonly RoundLine[]

/** Lines of JSON, on the disk as soon as they are written. */
export class ResultsFile {
  readonly path: string
  readonly #lines: Map<string, RoundLine[]>

  private constructor(path: string, lines: Map<string, RoundLine[]>) {
    this.path = path
    this.#lines = lines
  }

  /**
   * Reads what earlier runs have written. A line that a kill has cut short is taken off.
   *
   * @throws CliError when the file is no such file, or of another experiment.
   */
  static async open(path: string, cells: readonly Cell[]): Promise<ResultsFile> {
    const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return ''
      throw new CliError(`${path} cannot be read (${cause.code ?? cause.message})`, { hint: ELSEWHERE, cause })
    })
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    const lines = grouped(path, whole)
    for (const [name, [first]] of lines) checkCell(path, name, first!, cells)
    if (whole.length < text.length) await truncate(path, Buffer.byteLength(whole))
    return new ResultsFile(path, lines)
  }

  of(cell: Cell): CellLines {
    return this.#lines.get(cell.name) ?? []
  }

  async append(line: RoundLine): Promise<void> {
    const file = await open(this.path, 'a').catch((cause: NodeJS.ErrnoException) => {
      throw new CliError(`${this.path} cannot be written (${cause.code})`, { hint: ELSEWHERE, cause })
    })
    try {
      await file.appendFile(`${JSON.stringify(line)}\n`)
      await file.datasync()
    } finally {
      await file.close()
    }
    this.#lines.set(line.cell, [...(this.#lines.get(line.cell) ?? []), line])
  }
}

/** What to do where a file is in the way. */
export const ELSEWHERE = 'name another file: --out FILE, or move this one away'

/** Whether a cell needs no further round. */
export function isFinished({ settings: { rounds, target } }: Cell, lines: CellLines): boolean {
  const last = lines.at(-1)
  if (last === undefined) return false
  return last.round >= rounds || (target !== 'none' && last.testAccuracy >= target)
}

function grouped(path: string, text: string): Map<string, RoundLine[]> {
  const lines = new Map<string, RoundLine[]>()
  for (const [i, json] of text.split('\n').slice(0, -1).entries()) {
    const line = parsed(json)
    const known = lines.get(line?.cell ?? '') ?? []
    if (line === undefined || line.round !== known.length + 1) {
      const what = `${path}:${i + 1}: this is not a line of an experiment's results`
      throw new CliError(what, { hint: ELSEWHERE, exitCode: 2 })
    }
    lines.set(line.cell, [...known, line])
  }
  return lines
}

function parsed(json: string): RoundLine | undefined {
  try {
    const line = JSON.parse(json) as Partial<RoundLine> | null
    const fits = typeof line?.cell === 'string' && Number.isFinite(line.testAccuracy) && Number.isFinite(line.seconds)
    return fits ? (line as RoundLine) : undefined
  } catch {
    return undefined
  }
}

function checkCell(path: string, name: string, { settings }: RoundLine, cells: readonly Cell[]): void {
  const cell = cells.find(known => known.name === name)
  if (cell === undefined) {
    const message = `${path} holds results of a cell "${name}", which the experiment does not have`
    throw new CliError(message, { hint: ELSEWHERE, exitCode: 2 })
  }
  const now: Readonly<Record<string, unknown>> = { ...cell.settings }
  const then: Readonly<Record<string, unknown>> = { ...settings }
  for (const key of new Set([...Object.keys(now), ...Object.keys(then)])) {
    const [is, was] = [now[key], then[key]].map(value => JSON.stringify(value) ?? 'none')
    if (is === was) continue
    const message = `${path} holds results of cell "${name}" with ${key} ${was}, not ${is}`
    throw new CliError(message, { hint: ELSEWHERE, exitCode: 2 })
  }
}
