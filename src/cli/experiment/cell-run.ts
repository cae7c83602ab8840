import { CnnError } from '../../cnn/index.ts'
import {
  AggregationAbortedError,
  createModel,
  type FederatedOutcome,
  type FederatedRoundOptions,
  type Model,
  modelHash,
  planFederatedRound,
  runPlaintextFederatedRound,
  runSecureFederatedRound,
  type UpdateClip,
} from '../../index.ts'
import type { Laboratory } from './laboratory.ts'
import type { PreparedCell } from './prepare.ts'
import type { RoundLine } from './results.ts'
import type { CellState } from './state.ts'

type Round = Pick<RoundLine, 'seconds' | 'cohort' | 'survivors' | 'trainLoss' | 'aborted'>
type RoundResult = FederatedOutcome & { readonly model: Model; readonly survivors: readonly string[] }

/** The rounds of a cell, one after the other. */
export class CellRun {
  /** Of the last round; absent before the first. */
  line: RoundLine | undefined
  readonly #cell: PreparedCell
  readonly #laboratory: Laboratory
  readonly #hooks: Pick<FederatedRoundOptions, 'signal' | 'onEvent'>
  readonly #signal: AbortSignal
  #model: Model
  #clip: UpdateClip | undefined

  constructor(
    cell: PreparedCell,
    laboratory: Laboratory,
    signal: AbortSignal,
    onEvent: NonNullable<FederatedRoundOptions['onEvent']>,
  ) {
    this.#cell = cell
    this.#laboratory = laboratory
    this.#signal = signal
    this.#hooks = { signal, onEvent }
    this.#model = cell.initial
  }

  /** Whether to save before a round too: one that this process does not live to record must count all the same. */
  get isPrivate(): boolean {
    return this.#cell.privacy !== undefined
  }

  /** Goes on where another process was. */
  restore({ line, parameters, memory, clip, privacy: spent = [], underWay }: CellState): void {
    const { initial, strategy, privacy } = this.#cell
    this.line = line
    this.#model = createModel(initial.schema, parameters.slice())
    this.#clip = clip
    if (memory !== undefined) strategy.memory?.restore(memory)
    if (privacy === undefined) return
    // Calibrates the noise, as the first round of the earlier process did.
    const options = this.#options()
    planFederatedRound({ ...options, model: this.#model })
    for (const round of spent) privacy.record(round)
    if (underWay) privacy.record({ cohort: options.workers.length, survivors: privacy.minimumSurvivors })
  }

  state(): CellState {
    const { strategy, privacy } = this.#cell
    return {
      ...(this.line && { line: this.line }),
      parameters: this.#model.parameters,
      ...(strategy.memory && { memory: strategy.memory.save() }),
      ...(this.#clip && { clip: this.#clip }),
      ...(privacy && { privacy: privacy.rounds }),
    }
  }

  /**
   * One more round, measured on the test digits.
   *
   * @throws FederatedError `privacy-budget` when there is nothing left to spend; the signal's reason.
   */
  async round(): Promise<RoundLine> {
    const { cell, privacy, cnn } = this.#cell
    const round = (this.line?.round ?? 0) + 1
    const attempt = await this.#attempt()
    const { accuracy, loss } = await this.#laboratory.test(cnn, this.#model, this.#signal)
    const { cohort, survivors, seconds, ...others } = attempt
    const first = round === 1 && { settings: cell.settings, conditions: this.#laboratory.conditions(cnn) }
    this.line = {
      cell: cell.name,
      ...first,
      round,
      testAccuracy: accuracy,
      testLoss: loss,
      ...others,
      cohort,
      survivors,
      modelHash: modelHash(this.#model),
      ...(privacy && { epsilon: privacy.spent().epsilon }),
      seconds: Math.round(seconds * 1000) / 1000,
    }
    return this.line
  }

  /** The next round's. */
  #options(): Omit<FederatedRoundOptions, 'model'> {
    const options = this.#cell.roundOptions(this.line?.round ?? 0)
    const clipped = this.#clip === undefined ? {} : { encoding: { ...options.encoding, clip: this.#clip } }
    return { ...options, ...clipped, ...this.#hooks }
  }

  async #attempt(): Promise<Round> {
    const options = { ...this.#options(), model: this.#model }
    const run = this.#cell.cell.settings.secure ? runSecureFederatedRound : runPlaintextFederatedRound
    const cohort = options.workers.length
    const started = performance.now()
    const elapsed = () => (performance.now() - started) / 1000
    try {
      const result: RoundResult = await run(options)
      this.#model = result.model
      this.#clip = result.clip.next.kind === 'adaptive-l2' ? result.clip.next : undefined
      const { loss } = result.metrics
      const survivors = result.survivors.length
      return { seconds: elapsed(), cohort, survivors, ...(loss !== undefined && { trainLoss: loss }) }
    } catch (error) {
      if (!(error instanceof AggregationAbortedError)) throw error
      return { seconds: elapsed(), cohort, survivors: 0, aborted: reasonOf(error) }
    }
  }
}

/** Codes alone: whom a message names depends on keys, and would differ when the round is run again. */
function reasonOf(error: AggregationAbortedError): string {
  let cause: unknown = error.cause
  while (cause instanceof Error && !(cause instanceof CnnError)) cause = cause.cause
  return cause instanceof CnnError ? `${error.code} (${cause.code})` : error.code
}
