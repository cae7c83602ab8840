import { isClientId } from '../client/setup.ts'
import { assignPositions } from '../graph/index.ts'
import type { AdvertiseKeys } from '../messages/advertise-keys.ts'
import type { ClientMessage } from '../messages/message.ts'
import { thresholdProblem } from '../parameters.ts'
import { equalBytes } from '../primitives/bytes.ts'
import { isValidPublicKey } from '../primitives/key-agreement.ts'
import { advertisementToSign } from '../transcript.ts'
import { Cohort } from './cohort.ts'
import { ACCEPTED, type Receipt, rejected } from './reasons.ts'
import type { ServerSetup } from './setup.ts'
import { ShareKeysRound } from './share-keys.ts'
import { aborted, type RoundClosing, type ServerRound } from './step.ts'

const GRAPH_SEED_BYTES = 32

/** Collects public keys (U1), and closes by dealing the clients' places on the graph. */
export class AdvertiseKeysRound implements ServerRound {
  readonly round = 'AdvertiseKeys'
  readonly #setup: ServerSetup
  readonly #advertisements = new Map<string, AdvertiseKeys>()
  readonly #keys = new Set<string>()
  readonly answered: Set<string> = new Set()

  constructor(setup: ServerSetup) {
    this.#setup = setup
  }

  get expected(): ReadonlySet<string> | undefined {
    return this.#setup.invited
  }

  receive(message: ClientMessage): Receipt {
    if (message.type !== 'AdvertiseKeys') return rejected('wrong-round', `${message.type} during AdvertiseKeys`)
    const problem = this.#problem(message)
    if (problem !== undefined) return problem
    for (const key of [message.encryptionKey, message.maskKey]) this.#keys.add(key.join())
    this.#advertisements.set(message.sender, message)
    this.answered.add(message.sender)
    return ACCEPTED
  }

  #problem(message: AdvertiseKeys): Receipt | undefined {
    const { sender, encryptionKey, maskKey } = message
    const { parameters, invited } = this.#setup
    if (!isClientId(sender)) return rejected('malformed', 'the sender has no valid id')
    if (invited !== undefined && !invited.has(sender)) return rejected('unknown-client', `"${sender}" is not invited`)
    if (this.#advertisements.has(sender)) return rejected('duplicate', `"${sender}" has advertised keys already`)
    if (this.#advertisements.size >= parameters.clients) {
      return rejected('cohort-full', `the cohort of ${parameters.clients} is complete`)
    }
    if (!isValidPublicKey(encryptionKey) || !isValidPublicKey(maskKey)) {
      return rejected('invalid-key', `"${sender}" sent a public key of low order or in a non-canonical encoding`)
    }
    const texts = [encryptionKey.join(), maskKey.join()]
    if (texts[0] === texts[1] || texts.some(text => this.#keys.has(text))) {
      return rejected('duplicate-key', `"${sender}" sent a public key that is in use already`)
    }
    return parameters.threatModel === 'semi-honest' ? undefined : this.#credentialProblem(message)
  }

  #credentialProblem({ sender, credential, ...keys }: AdvertiseKeys): Receipt | undefined {
    const { parameters, context, knownKeys, verify, now } = this.#setup
    if (credential === undefined) return rejected('missing-signature', `"${sender}" has not signed its keys`)
    if (credential.expiry < now()) return rejected('expired', `the keys of "${sender}" have expired`)
    if (knownKeys !== undefined) {
      const known = knownKeys.get(sender)
      if (known === undefined || !equalBytes(known, credential.verificationKey)) {
        return rejected('bad-signature', `"${sender}" signed with another key than the one known for it`)
      }
    }
    const bytes = advertisementToSign(keys, sender, credential.expiry, parameters, context)
    if (!verify(credential.verificationKey, bytes, credential.signature)) {
      return rejected('bad-signature', `the signature over the keys of "${sender}" does not verify`)
    }
    return undefined
  }

  async close(): Promise<RoundClosing> {
    const { parameters, minimumCohort, random } = this.#setup
    const size = this.#advertisements.size
    if (size < minimumCohort) {
      return aborted('too-few-clients', `${size} clients advertised keys; at least ${minimumCohort} are needed`)
    }
    const problem = thresholdProblem(parameters, size)
    if (problem !== undefined) return aborted('too-few-clients', `${size} clients advertised keys: ${problem.message}`)

    // Drawn only now: nobody could choose its id or its keys by the place that they would get.
    const ids = await assignPositions([...this.#advertisements.keys()], random(GRAPH_SEED_BYTES))
    const entries = ids.map((id, position) => {
      const { encryptionKey, maskKey, credential } = this.#advertisements.get(id)!
      return Object.freeze({ position, id, encryptionKey, maskKey, ...(credential && { credential }) })
    })
    const cohort = new Cohort(this.#setup, entries)
    const messages = new Map(entries.map(({ id, position }) => [id, cohort.rosterFor(position)]))
    return { kind: 'next', next: new ShareKeysRound(cohort), messages }
  }
}
