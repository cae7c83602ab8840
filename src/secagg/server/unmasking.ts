import type { ClientMessage } from '../messages/message.ts'
import type { PositionSet } from '../messages/position-set.ts'
import { COMMITMENT_PAIR_BYTES } from '../messages/share-keys.ts'
import { ShareKind, UNMASKING_ENTRY_BYTES } from '../messages/unmasking.ts'
import type { UnmaskingRequest } from '../messages/unmasking-request.ts'
import { equalBytes } from '../primitives/bytes.ts'
import { isWellFormedShare } from '../primitives/shamir.ts'
import { shareCommitment } from '../transcript.ts'
import { ACCEPTED, type Receipt, rejected, type SetAsideShare } from './reasons.ts'
import { removeMasks } from './remove-masks.ts'
import { ShareCollection } from './share-collection.ts'
import { aborted, type RoundClosing, type ServerRound } from './step.ts'
import type { Survival } from './survival.ts'

/** What `position` is asked to unmask; `signatures` by position, of which it gets its neighbours'. */
export function requestFor(
  survival: Survival,
  position: number,
  signatures: ReadonlyMap<number, Uint8Array>,
): UnmaskingRequest {
  const { cohort, survivors, sharers } = survival
  const confirming = cohort.neighbours(position).filter(neighbour => signatures.has(neighbour))
  return {
    type: 'UnmaskingRequest',
    session: cohort.setup.session,
    survivors,
    dropped: sharers.minus(survivors),
    signatures: confirming.map(neighbour => ({ position: neighbour, signature: signatures.get(neighbour)! })),
  }
}

/** Collects shares (U5), sets aside the wrong ones, and closes by taking every mask out of the sum. */
export class UnmaskingRound implements ServerRound {
  readonly round = 'Unmasking'
  readonly answered: Set<string> = new Set()
  readonly expected: ReadonlySet<string>
  readonly setAside: SetAsideShare[] = []
  readonly #survival: Survival
  /** By position of the dealer: of every secret that the sum needs. */
  readonly #collections = new Map<number, ShareCollection>()

  constructor(survival: Survival, answering: PositionSet) {
    const { cohort, sharers, survivors } = survival
    this.#survival = survival
    this.expected = cohort.ids(answering)
    for (const dealer of sharers) {
      const needed = survivors.has(dealer) || cohort.neighbours(dealer).some(neighbour => survivors.has(neighbour))
      if (needed) this.#collections.set(dealer, new ShareCollection(cohort.threshold))
    }
  }

  receive(message: ClientMessage): Receipt {
    if (message.type !== 'Unmasking') return rejected('wrong-round', `${message.type} during Unmasking`)
    const { sender, shares } = message
    const { cohort, sharers } = this.#survival
    if (!this.expected.has(sender)) return rejected('unknown-client', `"${sender}" was not asked to unmask`)
    if (this.answered.has(sender)) return rejected('duplicate', `"${sender}" has answered already`)
    const dealers = cohort.neighbours(cohort.position(sender)!).filter(neighbour => sharers.has(neighbour))
    if (shares.length !== dealers.length * UNMASKING_ENTRY_BYTES || !this.#kindsAreDue(dealers, shares)) {
      return rejected(
        'malformed',
        `"${sender}" did not send the one share that is due for each of ${dealers.length} neighbours`,
      )
    }
    this.answered.add(sender)
    dealers.forEach((dealer, i) => {
      const entry = shares.subarray(i * UNMASKING_ENTRY_BYTES, (i + 1) * UNMASKING_ENTRY_BYTES)
      if (entry[0] !== ShareKind.ABSENT) this.#collect(dealer, sender, entry[0] as ShareKind, entry.slice(1))
    })
    return ACCEPTED
  }

  #kindsAreDue(dealers: readonly number[], shares: Uint8Array): boolean {
    return dealers.every((dealer, i) => {
      const kind = shares[i * UNMASKING_ENTRY_BYTES]
      return kind === ShareKind.ABSENT || kind === this.#kindOf(dealer)
    })
  }

  #kindOf(dealer: number): ShareKind {
    return this.#survival.survivors.has(dealer) ? ShareKind.SELF_MASK : ShareKind.MASK_KEY
  }

  #collect(dealer: number, holder: string, kind: ShareKind, share: Uint8Array): void {
    const collection = this.#collections.get(dealer)
    if (collection === undefined || collection.isComplete) return
    const dealerId = this.#survival.cohort.id(dealer)
    if (!isWellFormedShare(share) || !this.#isCommitted(dealer, holder, kind, share)) {
      this.setAside.push({ dealer: dealerId, holder, why: 'not-the-committed-share' })
    } else if (!collection.add(share)) {
      this.setAside.push({ dealer: dealerId, holder, why: 'repeated-coordinate' })
    }
  }

  #isCommitted(dealer: number, holder: string, kind: ShareKind, share: Uint8Array): boolean {
    const { cohort, commitments } = this.#survival
    const index = cohort.neighbours(dealer).indexOf(cohort.position(holder)!)
    const start = index * COMMITMENT_PAIR_BYTES + (kind === ShareKind.SELF_MASK ? 0 : 32)
    const committed = commitments.get(dealer)!.shareCommitments.subarray(start, start + 32)
    return equalBytes(committed, shareCommitment(cohort.setup.session, cohort.id(dealer), holder, kind, share))
  }

  wipe(): void {
    for (const collection of this.#collections.values()) collection.wipe()
  }

  async close(): Promise<RoundClosing> {
    try {
      return await this.#close()
    } finally {
      this.wipe()
    }
  }

  async #close(): Promise<RoundClosing> {
    const { cohort, survivors, maskedSum } = this.#survival
    for (const [dealer, collection] of this.#collections) {
      if (collection.isComplete) continue
      const aside = this.setAside.filter(share => share.dealer === cohort.id(dealer)).length
      return aborted(
        'too-few-shares',
        `${collection.count} good shares of "${cohort.id(dealer)}" arrived (${aside} set aside); ${cohort.threshold} are needed`,
      )
    }
    const failure = await removeMasks(this.#survival, this.#collections)
    if (failure !== undefined) return aborted('inconsistent-shares', failure)
    return {
      kind: 'finished',
      result: { survivors: Array.from(survivors, position => cohort.id(position)), sum: maskedSum.reduce() },
    }
  }
}
