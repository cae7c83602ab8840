import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { decodeSafetensors, encodeSafetensors, type Model } from 'secagg/federated'
import type { Mechanism } from './setting.ts'

/** What is known of one round of one cell: a line of the results. */
export interface RoundLine {
  readonly cell: string
  readonly mechanism: Mechanism
  /** The budget. */
  readonly budget?: number
  readonly repetition: number
  readonly round: number
  readonly group: number
  /** After the round. */
  readonly accuracy: number
  /** What the clients of this group have spent. */
  readonly epsilon?: number
  readonly delta?: number
  readonly noiseMultiplier?: number
  readonly seconds: number
  readonly cpuSeconds: number
  /** ISO time. */
  readonly finished: string
}

/** Where a cell stands. */
export interface CellState {
  readonly model: Model
  /** Of the rounds so far, in order. */
  readonly lines: readonly RoundLine[]
}

/** Model and results in one file that is replaced as a whole: whenever the process dies, the two fit together. */
export function saveState(path: string, { model, lines }: CellState, setting: string): void {
  mkdirSync(dirname(path), { recursive: true })
  const part = `${path}.${process.pid}.part`
  writeFileSync(part, encodeSafetensors(model, { lines: JSON.stringify(lines), setting }))
  renameSync(part, path)
}

/** The state that was saved, if any. @throws Error when it is of a run with another setting. */
export function loadState(path: string, setting: string): CellState | undefined {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const { model, metadata } = decodeSafetensors(bytes)
  if (metadata.setting !== setting) {
    throw new Error(`${path} is of a run with another setting: remove it, or name another --state folder.`)
  }
  return { model, lines: JSON.parse(metadata.lines!) }
}

/** The results in a state file, of whatever setting. */
export function linesIn(path: string): readonly RoundLine[] {
  return JSON.parse(decodeSafetensors(readFileSync(path)).metadata.lines!)
}
