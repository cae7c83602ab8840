import { neighboursOf } from '../graph/index.ts'
import type { ServerMessage } from '../messages/message.ts'
import { PositionSet } from '../messages/position-set.ts'
import { leafBytes, type Roster, type RosterEntry } from '../messages/roster.ts'
import type { ShareDelivery } from '../messages/share-delivery.ts'
import { CIPHERTEXT_BYTES } from '../messages/share-keys.ts'
import type { AggregationParameters } from '../parameters.ts'
import { MerkleTree } from '../primitives/merkle.ts'

/**
 * Tells a client another story than the rest of the cohort hears: each forged message is well-formed and consistent in
 * itself, so that no decoder and no look at this one message gives it away.
 */
export class Equivocation {
  readonly #parameters: AggregationParameters
  readonly #positions = new Map<string, number>()
  #otherCohort: { readonly entries: readonly RosterEntry[]; readonly tree: MerkleTree } | undefined

  constructor(parameters: AggregationParameters) {
    this.#parameters = parameters
  }

  /** Notes where everybody sits. */
  learn(messages: ReadonlyMap<string, ServerMessage>): void {
    for (const [id, message] of messages) if (message.type === 'Roster') this.#positions.set(id, message.position)
  }

  /** What `id` is told in place of `message`; `all` is what the whole cohort is told. */
  forge(id: string, message: ServerMessage, all: ReadonlyMap<string, ServerMessage>): ServerMessage {
    const position = this.#positions.get(id)!
    switch (message.type) {
      case 'Roster':
        return this.#otherRoster(message, all)
      case 'ShareDelivery':
        return this.#withoutOneSharer(message, position)
      case 'Survivors':
        return { ...message, survivors: withoutOne(message.survivors, position) }
      case 'UnmaskingRequest': {
        const survivors = withoutOne(message.survivors, position)
        const moved = message.survivors.minus(survivors)
        const dropped = PositionSet.of(survivors.size, [...message.dropped, ...moved])
        return { ...message, survivors, dropped }
      }
    }
  }

  /** The same clients under the same keys, each one place further on the circle: another root, and a valid proof. */
  #otherRoster(roster: Roster, all: ReadonlyMap<string, ServerMessage>): Roster {
    this.#otherCohort ??= rotated(all, roster.size)
    const { entries, tree } = this.#otherCohort
    const position = (roster.position + 1) % roster.size
    const shown = [...neighboursOf(position, roster.size, this.#parameters.graph), position].sort((a, b) => a - b)
    return {
      ...roster,
      root: tree.root,
      position,
      entries: shown.map(place => entries[place]!),
      proof: tree.prove(shown),
    }
  }

  /** As if the recipient's first sharing neighbour had not shared, ciphertext and all. */
  #withoutOneSharer(delivery: ShareDelivery, position: number): ShareDelivery {
    const { sharers, ciphertexts } = delivery
    const first = neighboursOf(position, sharers.size, this.#parameters.graph).find(place => sharers.has(place))
    if (first === undefined) return delivery
    return {
      ...delivery,
      sharers: sharers.minus(PositionSet.of(sharers.size, [first])),
      ciphertexts: ciphertexts.slice(CIPHERTEXT_BYTES),
    }
  }
}

/** The set without its first member other than the recipient. */
function withoutOne(set: PositionSet, recipient: number): PositionSet {
  for (const position of set) if (position !== recipient) return set.minus(PositionSet.of(set.size, [position]))
  return set
}

/** Everybody is in some neighbour's roster, or in its own. */
function rotated(all: ReadonlyMap<string, ServerMessage>, size: number) {
  const entries: RosterEntry[] = []
  for (const message of all.values()) {
    if (message.type !== 'Roster') continue
    for (const entry of message.entries) {
      const position = (entry.position + 1) % size
      entries[position] ??= { ...entry, position }
    }
  }
  return { entries, tree: new MerkleTree(entries.map(leafBytes)) }
}
