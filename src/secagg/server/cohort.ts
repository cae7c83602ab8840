import { effectiveDegree, neighboursOf } from '../graph/index.ts'
import { PositionSet } from '../messages/position-set.ts'
import { leafBytes, type Roster, type RosterEntry } from '../messages/roster.ts'
import { thresholdFor } from '../parameters.ts'
import { MerkleTree } from '../primitives/merkle.ts'
import { rosterTranscript } from '../transcript.ts'
import type { ServerSetup } from './setup.ts'

/** U1 on its graph: who sits where, who neighbours whom, and the transcript T1 that follows from it. */
export class Cohort {
  readonly setup: ServerSetup
  /** By position. */
  readonly entries: readonly RosterEntry[]
  readonly degree: number
  readonly threshold: number
  readonly t1: Uint8Array
  readonly #tree: MerkleTree
  readonly #positions: ReadonlyMap<string, number>
  /** Asked for once for every share that arrives: k n times over. */
  readonly #neighbours: (readonly number[])[] = []

  constructor(setup: ServerSetup, entries: readonly RosterEntry[]) {
    this.setup = setup
    this.entries = entries
    this.degree = effectiveDegree(setup.parameters.graph, entries.length)
    this.threshold = thresholdFor(setup.parameters, this.degree)
    this.#tree = new MerkleTree(entries.map(leafBytes))
    this.#positions = new Map(entries.map(entry => [entry.id, entry.position]))
    this.t1 = rosterTranscript(setup.session, setup.parameters, setup.context, entries.length, this.#tree.root)
  }

  get size(): number {
    return this.entries.length
  }

  /** Ascending positions. */
  neighbours(position: number): readonly number[] {
    this.#neighbours[position] ??= neighboursOf(position, this.size, this.setup.parameters.graph)
    return this.#neighbours[position]
  }

  id(position: number): string {
    return this.entries[position]!.id
  }

  position(id: string): number | undefined {
    return this.#positions.get(id)
  }

  ids(positions: Iterable<number>): Set<string> {
    return new Set(Array.from(positions, position => this.id(position)))
  }

  positionsOf(ids: Iterable<string>): PositionSet {
    return PositionSet.of(
      this.size,
      Array.from(ids, id => this.#positions.get(id)!),
    )
  }

  rosterFor(position: number): Roster {
    const shown = [...this.neighbours(position), position].sort((a, b) => a - b)
    return {
      type: 'Roster',
      session: this.setup.session,
      size: this.size,
      root: this.#tree.root,
      position,
      entries: shown.map(shownPosition => this.entries[shownPosition]!),
      proof: this.#tree.prove(shown),
    }
  }
}
