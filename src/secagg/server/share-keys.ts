import type { ClientMessage } from '../messages/message.ts'
import { PositionSet } from '../messages/position-set.ts'
import type { ShareDelivery } from '../messages/share-delivery.ts'
import { CIPHERTEXT_BYTES, COMMITMENT_PAIR_BYTES, type ShareKeys } from '../messages/share-keys.ts'
import type { Cohort } from './cohort.ts'
import type { Commitments } from './commitments.ts'
import { MaskedInputRound } from './masked-input.ts'
import { ACCEPTED, type Receipt, rejected } from './reasons.ts'
import { aborted, type RoundClosing, type ServerRound } from './step.ts'

/** Collects encrypted shares (U2), and closes by handing every client the ones meant for it. */
export class ShareKeysRound implements ServerRound {
  readonly round = 'ShareKeys'
  readonly answered: Set<string> = new Set()
  readonly expected: ReadonlySet<string>
  readonly #cohort: Cohort
  readonly #received = new Map<number, ShareKeys>()

  constructor(cohort: Cohort) {
    this.#cohort = cohort
    this.expected = new Set(cohort.entries.map(entry => entry.id))
  }

  receive(message: ClientMessage): Receipt {
    if (message.type !== 'ShareKeys') return rejected('wrong-round', `${message.type} during ShareKeys`)
    const { sender } = message
    const position = this.#cohort.position(sender)
    if (position === undefined) return rejected('unknown-client', `"${sender}" is not in the roster`)
    if (this.#received.has(position)) return rejected('duplicate', `"${sender}" has shared its keys already`)
    const { degree } = this.#cohort
    if (
      message.seedCommitment.length !== 32 ||
      message.shareCommitments.length !== degree * COMMITMENT_PAIR_BYTES ||
      message.ciphertexts.length !== degree * CIPHERTEXT_BYTES
    ) {
      return rejected(
        'malformed',
        `"${sender}" did not send two commitments and one ciphertext for each of ${degree} neighbours`,
      )
    }
    this.#received.set(position, message)
    this.answered.add(sender)
    return ACCEPTED
  }

  async close(): Promise<RoundClosing> {
    const cohort = this.#cohort
    const { minimumCohort, session } = cohort.setup
    if (this.#received.size < minimumCohort) {
      return aborted(
        'too-few-clients',
        `${this.#received.size} clients shared their keys; at least ${minimumCohort} are needed`,
      )
    }
    const sharers = PositionSet.of(cohort.size, this.#received.keys())
    const messages = new Map<string, ShareDelivery>()
    for (const position of sharers) {
      const ciphertexts = this.#ciphertextsFor(position, sharers)
      messages.set(cohort.id(position), { type: 'ShareDelivery', session, sharers, ciphertexts })
    }
    const commitments = new Map<number, Commitments>()
    for (const [position, { seedCommitment, shareCommitments }] of this.#received) {
      commitments.set(position, { seedCommitment, shareCommitments })
    }
    this.#received.clear()
    return { kind: 'next', next: new MaskedInputRound(cohort, sharers, commitments), messages }
  }

  #ciphertextsFor(position: number, sharers: PositionSet): Uint8Array {
    const sharing = this.#cohort.neighbours(position).filter(neighbour => sharers.has(neighbour))
    const ciphertexts = new Uint8Array(sharing.length * CIPHERTEXT_BYTES)
    sharing.forEach((neighbour, i) => {
      const index = this.#cohort.neighbours(neighbour).indexOf(position)
      const all = this.#received.get(neighbour)!.ciphertexts
      ciphertexts.set(all.subarray(index * CIPHERTEXT_BYTES, (index + 1) * CIPHERTEXT_BYTES), i * CIPHERTEXT_BYTES)
    })
    return ciphertexts
  }
}
