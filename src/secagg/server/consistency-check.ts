import type { ClientMessage } from '../messages/message.ts'
import { PositionSet } from '../messages/position-set.ts'
import { consistencyToSign, survivorTranscript } from '../transcript.ts'
import { ACCEPTED, type Receipt, rejected } from './reasons.ts'
import { aborted, type RoundClosing, type ServerRound } from './step.ts'
import { type Survival, shortageOfHolders } from './survival.ts'
import { requestFor, UnmaskingRound } from './unmasking.ts'

/** Collects the survivors' signatures over what they were shown (U4), and closes by passing them on. */
export class ConsistencyCheckRound implements ServerRound {
  readonly round = 'ConsistencyCheck'
  readonly answered: Set<string> = new Set()
  readonly expected: ReadonlySet<string>
  readonly #survival: Survival
  readonly #toSign: Uint8Array
  readonly #signatures = new Map<number, Uint8Array>()

  constructor(survival: Survival) {
    this.#survival = survival
    this.expected = survival.cohort.ids(survival.survivors)
    this.#toSign = consistencyToSign(survivorTranscript(survival.cohort.t1, survival.sharers, survival.survivors))
  }

  receive(message: ClientMessage): Receipt {
    if (message.type !== 'ConsistencyCheck') return rejected('wrong-round', `${message.type} during ConsistencyCheck`)
    const { sender, signature } = message
    if (!this.expected.has(sender)) return rejected('unknown-client', `"${sender}" is not among the survivors`)
    if (this.answered.has(sender)) return rejected('duplicate', `"${sender}" has confirmed the survivors already`)
    const { cohort } = this.#survival
    const position = cohort.position(sender)!
    const { verificationKey } = cohort.entries[position]!.credential!
    if (!cohort.setup.verify(verificationKey, this.#toSign, signature)) {
      return rejected('bad-signature', `the signature of "${sender}" over the survivors does not verify`)
    }
    this.#signatures.set(position, signature)
    this.answered.add(sender)
    return ACCEPTED
  }

  async close(): Promise<RoundClosing> {
    const { cohort } = this.#survival
    const confirmed = PositionSet.of(cohort.size, this.#signatures.keys())
    // A client also refuses without `threshold` confirming neighbours, and those are the holders of its shares.
    const shortage = shortageOfHolders(cohort, this.#survival, confirmed)
    if (shortage !== undefined) return aborted('too-few-confirmations', shortage)
    const messages = new Map(
      Array.from(confirmed, position => [cohort.id(position), requestFor(this.#survival, position, this.#signatures)]),
    )
    return { kind: 'next', next: new UnmaskingRound(this.#survival, confirmed), messages }
  }
}
