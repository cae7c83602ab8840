import { createHash } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import type { NoisedRound, UpdateClip } from '../../index.ts'
import { CliError } from '../problems.ts'
import type { Cell } from './grid.ts'
import type { Conditions } from './laboratory.ts'
import type { RoundLine } from './results.ts'

/** All that a cell needs to go on: everything else follows from its settings and the number of the round. */
export interface CellState {
  /** Of the last round that came to an end; absent before the first. */
  readonly line?: RoundLine
  /** After that round. */
  readonly parameters: Float32Array
  /** What the strategy carries from round to round. */
  readonly memory?: Readonly<Record<string, Float64Array>>
  /** What to clip the next round with, where that changes. */
  readonly clip?: UpdateClip
  /** What was spent; absent without a privacy budget. */
  readonly privacy?: readonly NoisedRound[]
  /** A private round had begun: its sum may have been known to somebody when the process ended. */
  readonly underWay?: boolean
}

const VERSION = 1
const DIGEST_BYTES = 32

/** A folder with one file for each cell that has begun and not ended. */
export class StateFolder {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** Writes the whole state or nothing: after a crash there is the old one or this one. */
  async save(cell: Cell, conditions: Conditions, state: CellState): Promise<void> {
    const content = serialize({ version: VERSION, conditions: JSON.stringify(conditions), ...state })
    const path = this.#fileOf(cell)
    const temporary = `${path}.part`
    try {
      await mkdir(this.path, { recursive: true })
      const file = await open(temporary, 'w')
      try {
        await file.writeFile(digestOf(content))
        await file.writeFile(content)
        await file.datasync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
    } catch (cause) {
      throw new CliError(`${path} cannot be written (${(cause as NodeJS.ErrnoException).code})`, { cause })
    }
  }

  /** @throws CliError for a state that is damaged, of another version, or of other digits. */
  async load(cell: Cell, conditions: Conditions): Promise<CellState | undefined> {
    const path = this.#fileOf(cell)
    const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return undefined
      throw new CliError(`${path} cannot be read (${cause.code})`, { cause })
    })
    if (bytes === undefined) return undefined
    const content = bytes.subarray(DIGEST_BYTES)
    const hint = 'begin anew: move the results and their folder of states away'
    if (!digestOf(content).equals(bytes.subarray(0, DIGEST_BYTES))) {
      throw new CliError(`${path} is damaged`, { hint })
    }
    const { version, conditions: then, ...state } = deserialize(content)
    const now = JSON.stringify(conditions)
    if (version !== VERSION) throw new CliError(`${path} is of another version`, { hint, exitCode: 2 })
    if (then === now) return state as CellState
    const message = `cell "${cell.name}" had begun with other digits or another engine: ${then}, not ${now}`
    throw new CliError(message, { hint, exitCode: 2 })
  }

  /** Forgets a cell that has ended. */
  async forget(cell: Cell): Promise<void> {
    await rm(this.#fileOf(cell), { force: true })
    // Only where nothing is left in it.
    await rmdir(this.path).catch(() => undefined)
  }

  #fileOf({ settings }: Cell): string {
    const name = createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 16)
    return join(this.path, `${name}.state`)
  }
}

function digestOf(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest()
}
