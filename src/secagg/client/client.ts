import type { RingVector } from '../encoding/ring.ts'
import { type ProtocolRound, RefusalError, UsageError } from '../errors.ts'
import type { AdvertiseKeys } from '../messages/advertise-keys.ts'
import type { ConsistencyCheck } from '../messages/consistency-check.ts'
import type { MaskedInput } from '../messages/masked-input.ts'
import type { Roster } from '../messages/roster.ts'
import type { ShareDelivery } from '../messages/share-delivery.ts'
import type { ShareKeys } from '../messages/share-keys.ts'
import type { Survivors } from '../messages/survivors.ts'
import type { Unmasking } from '../messages/unmasking.ts'
import type { UnmaskingRequest } from '../messages/unmasking-request.ts'
import { advertiseKeys } from './advertise-keys.ts'
import { confirmSurvivors } from './confirm-survivors.ts'
import { maskInput } from './mask-input.ts'
import { policyWarnings } from './policy.ts'
import { resolveSetup, type SecAggClientOptions } from './setup.ts'
import { shareKeys } from './share-keys.ts'
import type { ClientSetup, ClientState } from './state.ts'
import { unmask } from './unmask.ts'
import { wipeSetup, wipeState } from './wipe-state.ts'

type StateNamed<N extends ClientState['name']> = Extract<ClientState, { name: N }>

/**
 * One client's part in one aggregation: messages in, messages out; no I/O, no timers, no globals.
 *
 * Every method consumes the state it starts from before it does anything, so nothing is ever answered twice; a client
 * that has refused once is finished. There is no way to save or clone one: a client that crashes is a dropout.
 * Secrets are overwritten when they are spent, as far as JavaScript allows (engines may keep copies).
 */
export class SecAggClient {
  readonly id: string
  /** What the policy in force deserves to be warned of. Empty by default. */
  readonly warnings: readonly string[]
  readonly #setup: ClientSetup
  #state: ClientState = { name: 'ready' }

  /**
   * @throws UsageError when the options do not fit together.
   * @throws RefusalError when the policy does not allow these parameters, or this session was seen before.
   */
  constructor(options: SecAggClientOptions) {
    this.#setup = resolveSetup(options)
    this.id = this.#setup.id
    this.warnings = policyWarnings(this.#setup.policy)
  }

  /** Round AdvertiseKeys. @throws UsageError `out-of-round` */
  advertiseKeys(): AdvertiseKeys {
    return this.#step('AdvertiseKeys', ['ready'], () => advertiseKeys(this.#setup))
  }

  /** Round ShareKeys. @throws RefusalError when the roster is not one to share keys with. */
  async shareKeys(roster: Roster): Promise<ShareKeys> {
    return this.#stepAsync('ShareKeys', ['advertised'], state => shareKeys(this.#setup, state, roster))
  }

  /**
   * Round MaskedInputCollection.
   *
   * @param input `vectorLength` entries modulo 2^`modulusBits`; it is not changed.
   * @returns The masked vector, in ranges of at most `rangeLength` entries.
   * @throws UsageError `wrong-input` when the vector does not fit; nothing is consumed then.
   * @throws RefusalError when the delivery is not one to mask for.
   */
  async maskInput(delivery: ShareDelivery, input: RingVector): Promise<MaskedInput[]> {
    const { vectorLength, modulusBits } = this.#setup.parameters
    if (input.length !== vectorLength || input.modulusBits !== modulusBits) {
      throw new UsageError(
        'wrong-input',
        `the input has ${input.length} entries modulo 2^${input.modulusBits}; ` +
          `this aggregation sums ${vectorLength} entries modulo 2^${modulusBits}`,
        { round: 'MaskedInputCollection', clientId: this.id },
      )
    }
    return this.#stepAsync('MaskedInputCollection', ['shared'], state => maskInput(this.#setup, state, delivery, input))
  }

  /** Round ConsistencyCheck, in the models where the server may lie. @throws RefusalError on a bad survivor set. */
  confirmSurvivors(message: Survivors): ConsistencyCheck {
    if (this.#setup.parameters.threatModel === 'semi-honest') {
      throw this.#outOfRound('ConsistencyCheck', 'the semi-honest model has no such round')
    }
    return this.#step('ConsistencyCheck', ['masked'], state => confirmSurvivors(this.#setup, state, message))
  }

  /** Round Unmasking; the last one, and answered once. @throws RefusalError on any inconsistent request. */
  unmask(request: UnmaskingRequest): Unmasking {
    const expected = this.#setup.parameters.threatModel === 'semi-honest' ? 'masked' : 'confirmed'
    return this.#step('Unmasking', [expected], state => {
      const answer = unmask(this.#setup, state, request)
      wipeState(state)
      wipeSetup(this.#setup)
      return [{ name: 'finished', why: 'it has answered its unmasking request' }, answer]
    })
  }

  /** Ends this client's part and overwrites what it holds. Harmless at any time. */
  abandon(why = 'it was abandoned'): void {
    wipeState(this.#state)
    wipeSetup(this.#setup)
    this.#state = { name: 'finished', why }
  }

  #step<N extends ClientState['name'], M>(
    round: ProtocolRound,
    expected: readonly N[],
    run: (state: StateNamed<N>) => [ClientState, M],
  ): M {
    const state = this.#take(round, expected)
    try {
      const [next, message] = run(state)
      this.#state = next
      return message
    } catch (error) {
      throw this.#finish(state, error)
    }
  }

  async #stepAsync<N extends ClientState['name'], M>(
    round: ProtocolRound,
    expected: readonly N[],
    run: (state: StateNamed<N>) => Promise<[ClientState, M]>,
  ): Promise<M> {
    const state = this.#take(round, expected)
    try {
      const [next, message] = await run(state)
      // Abandoned while this was under way: what came out must not be used.
      if (this.#state.name !== 'busy') {
        wipeState(next)
        throw new UsageError('abandoned', `client "${this.id}" was abandoned during ${round}`, {
          round,
          clientId: this.id,
        })
      }
      this.#state = next
      return message
    } catch (error) {
      throw this.#finish(state, error)
    }
  }

  #take<N extends ClientState['name']>(round: ProtocolRound, expected: readonly N[]): StateNamed<N> {
    const state = this.#state
    if (!(expected as readonly string[]).includes(state.name)) {
      throw this.#outOfRound(round, state.name === 'finished' ? state.why : `it is ${state.name}`)
    }
    this.#state = { name: 'busy' }
    return state as StateNamed<N>
  }

  #finish(state: ClientState, error: unknown): unknown {
    wipeState(state)
    wipeSetup(this.#setup)
    const why = error instanceof RefusalError ? `it has refused (${error.code})` : 'it has failed'
    this.#state = { name: 'finished', why }
    return error
  }

  #outOfRound(round: ProtocolRound, why: string): UsageError {
    return new UsageError('out-of-round', `client "${this.id}" cannot take part in ${round}: ${why}`, {
      round,
      clientId: this.id,
    })
  }
}
