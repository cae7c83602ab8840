import { RingVector } from '../encoding/ring.ts'
import type { ClientMessage, ServerMessage } from '../messages/message.ts'
import type { PositionSet } from '../messages/position-set.ts'
import { maskedInputDigest } from '../transcript.ts'
import type { Cohort } from './cohort.ts'
import type { Commitments } from './commitments.ts'
import { ConsistencyCheckRound } from './consistency-check.ts'
import { type Receipt, type RejectionReason, rejected } from './reasons.ts'
import { Staging } from './staging.ts'
import { aborted, type RoundClosing, type ServerRound } from './step.ts'
import { type Survival, shortageOfHolders } from './survival.ts'
import { requestFor, UnmaskingRound } from './unmasking.ts'

/** Adds masked inputs (U3) into one running sum: memory for one vector, not for n. */
export class MaskedInputRound implements ServerRound {
  readonly round = 'MaskedInputCollection'
  readonly answered: Set<string> = new Set()
  readonly expected: ReadonlySet<string>
  readonly #cohort: Cohort
  readonly #sharers: PositionSet
  readonly #commitments: ReadonlyMap<number, Commitments>
  readonly #sum: RingVector
  readonly #staging: Staging
  readonly #failed = new Map<string, RejectionReason>()

  constructor(cohort: Cohort, sharers: PositionSet, commitments: ReadonlyMap<number, Commitments>) {
    const { parameters, stagedInputs } = cohort.setup
    this.#cohort = cohort
    this.#sharers = sharers
    this.#commitments = commitments
    this.#sum = RingVector.zeros(parameters.vectorLength, parameters.modulusBits)
    this.#staging = new Staging(parameters, stagedInputs, vector => maskedInputDigest(cohort.t1, sharers, vector))
    this.expected = cohort.ids(sharers)
  }

  receive(message: ClientMessage): Receipt {
    if (message.type !== 'MaskedInput') return rejected('wrong-round', `${message.type} during MaskedInputCollection`)
    const { sender } = message
    if (!this.expected.has(sender)) return rejected('unknown-client', `"${sender}" is not among those that shared keys`)
    if (this.answered.has(sender)) return rejected('duplicate', `"${sender}" has sent its masked input already`)
    if (this.#failed.has(sender)) return rejected('dropped', `"${sender}" was dropped: its input did not arrive whole`)
    const receipt = this.#staging.receive(message, vector => {
      this.#sum.add(vector)
      this.answered.add(sender)
    })
    // An input whose digest is wrong is not sent a second time under the same masks.
    if (!receipt.accepted && receipt.reason === 'digest-mismatch') this.#failed.set(sender, receipt.reason)
    return receipt
  }

  discard(id: string): void {
    this.#staging.discard(id)
    if (!this.answered.has(id)) this.#failed.set(id, 'dropped')
  }

  async close(): Promise<RoundClosing> {
    this.#staging.clear()
    const cohort = this.#cohort
    const { session, parameters, minimumCohort } = cohort.setup
    const survivors = cohort.positionsOf(this.answered)
    const survival: Survival = {
      cohort,
      sharers: this.#sharers,
      survivors,
      commitments: this.#commitments,
      maskedSum: this.#sum,
    }
    if (survivors.count < minimumCohort) {
      return aborted('too-few-survivors', `${survivors.count} clients are left; at least ${minimumCohort} are needed`)
    }
    const shortage = shortageOfHolders(cohort, survival, survivors)
    if (shortage !== undefined) return aborted('too-few-survivors', shortage)
    const messages = new Map<string, ServerMessage>()
    if (parameters.threatModel !== 'semi-honest') {
      for (const position of survivors) messages.set(cohort.id(position), { type: 'Survivors', session, survivors })
      return { kind: 'next', next: new ConsistencyCheckRound(survival), messages }
    }
    for (const position of survivors) messages.set(cohort.id(position), requestFor(survival, position, new Map()))
    return { kind: 'next', next: new UnmaskingRound(survival, survivors), messages }
  }
}
