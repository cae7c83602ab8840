import { type FederatedRoundOptions, runPlaintextFederatedRound } from 'secagg/federated'
import { EXACT_BITS, type Ledger, ledgerFor } from './ledger.ts'
import { type Cell, cohortOf, groupOf, nameOf, roundsOf, type Setting } from './setting.ts'
import { type CellState, loadState, type RoundLine, saveState } from './state.ts'

/** A cell that runs round by round. */
export interface CellRun {
  /** Runs the next round and saves what came of it. @throws FederatedError `privacy-budget` after the last one. */
  next(): Promise<RoundLine>
  /** The rounds so far, those of earlier processes included. */
  readonly lines: readonly RoundLine[]
}

/**
 * Opens a cell where its file says that it stands. The account is rebuilt from the rounds in the file; noise is fresh, so that
 * a run that was interrupted ends differently from one that was not, as any two runs under noise do.
 */
export function openCell(cell: Cell, setting: Setting, path: string): CellRun {
  const fingerprint = fingerprintOf(cell, setting)
  let state: CellState = loadState(path, fingerprint) ?? { model: setting.initial, lines: [] }
  const ledger = ledgerFor(cell, setting)
  for (const { round } of state.lines) ledger.recall(round)
  return {
    get lines() {
      return state.lines
    },
    next: async () => {
      const round = state.lines.length
      const clock = performance.now()
      const cpu = process.cpuUsage()
      const model = await runRound(cell, setting, ledger, round, state.model)
      const accuracy = await setting.accuracy(model)
      const { user, system } = process.cpuUsage(cpu)
      const spent = ledger.spent(round)
      const noiseMultiplier = ledger.noiseMultiplier()
      const line: RoundLine = {
        cell: nameOf(cell),
        mechanism: cell.mechanism,
        ...(cell.epsilon !== undefined && { budget: cell.epsilon }),
        repetition: cell.repetition,
        round,
        group: groupOf(setting, round),
        accuracy,
        ...(spent && { epsilon: spent.epsilon, delta: spent.delta }),
        ...(noiseMultiplier !== undefined && { noiseMultiplier }),
        seconds: Number(((performance.now() - clock) / 1e3).toFixed(2)),
        cpuSeconds: Number(((user + system) / 1e6).toFixed(2)),
        finished: new Date().toISOString(),
      }
      state = { model, lines: [...state.lines, line] }
      saveState(path, state, fingerprint)
      return line
    },
  }
}

/** Runs a cell to its end, from wherever it stands. */
export async function finishCell(
  cell: Cell,
  setting: Setting,
  path: string,
  report: (line: RoundLine) => void | Promise<void>,
): Promise<void> {
  const run = openCell(cell, setting, path)
  while (run.lines.length < roundsOf(setting)) await report(await run.next())
}

/** What a round of this cell is told: the secure round and its baseline take the same. */
export function roundOptions(
  { mechanism }: Cell,
  setting: Setting,
  ledger: Ledger,
  round: number,
  model = setting.initial,
): FederatedRoundOptions {
  const { strategy, clip, bits, weightBound, seed } = setting
  return {
    model,
    workers: cohortOf(setting, round),
    strategy,
    encoding: { bits: mechanism === 'distributed' ? bits : EXACT_BITS, clip: { kind: 'l2', bound: clip }, weightBound },
    metrics: [],
    seed,
    round,
    ...ledger.open(round),
  }
}

/**
 * A thousand clients mask and unmask for minutes, to arrive at the very same sum: a table of seven runs takes the baseline,
 * which encodes, adds noise, sums and decodes as the secure round does.
 */
async function runRound(cell: Cell, setting: Setting, ledger: Ledger, round: number, model = setting.initial) {
  const { delta, dropped } = await runPlaintextFederatedRound(roundOptions(cell, setting, ledger, round, model))
  if (dropped.length > 0) throw new Error(`Round ${round}: ${dropped.length} workers failed: ${dropped[0]!.detail}`)
  return setting.strategy.apply(model, ledger.release(round, delta))
}

function fingerprintOf(cell: Cell, { workers, strategy, groups, participations, delta, clip, bits, seed }: Setting) {
  const training = strategy.localTraining(0)
  return JSON.stringify({ cell, workers: workers.length, training, groups, participations, delta, clip, bits, seed })
}
