import { RefusalError, UsageError } from '../errors.ts'
import { MAX_ID_BYTES, SESSION_BYTES } from '../messages/message.ts'
import { type AggregationParameters, resolveParameters } from '../parameters.ts'
import { equalBytes } from '../primitives/bytes.ts'
import { type RandomSource, secureRandom } from '../primitives/random.ts'
import { type SecretSplitter, splitSecret } from '../primitives/shamir.ts'
import { generateIdentity, type Identity, verify } from '../primitives/signature.ts'
import { type ClientPolicy, checkParameters, resolvePolicy } from './policy.ts'
import type { SessionLog } from './sessions.ts'
import type { ClientSetup } from './state.ts'

/** Whether a signature (64 bytes, Ed25519) is the public key's on a message. */
export type SignatureVerifier = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean

export interface SecAggClientOptions {
  /** 1 to 64 bytes of UTF-8, unlike every other client's. */
  readonly id: string
  /** 32 bytes, fresh for each aggregation; the server names it. */
  readonly session: Uint8Array
  readonly parameters: AggregationParameters
  /** 32 bytes: hash of what is aggregated, computed from what this client received (model, settings). */
  readonly context: Uint8Array
  readonly policy?: Partial<ClientPolicy>
  /** Ed25519. Needed in the malicious-server model; made afresh in the semi-malicious one when absent. */
  readonly identity?: Identity
  /** Every client's Ed25519 public key by id, from the operator and never from the server. Malicious-server model. */
  readonly knownKeys?: ReadonlyMap<string, Uint8Array>
  /** Where this client looks up whether it has seen a session. Needed in the malicious-server model. */
  readonly sessions?: SessionLog
  /** For reproducible simulations only: never let a user's seed come here. */
  readonly random?: RandomSource
  /** For reproducible simulations only. */
  readonly split?: SecretSplitter
  /** For simulations only, whose clients all check the same signatures: the one rule, with a memory. */
  readonly verify?: SignatureVerifier
  /** Milliseconds since 1970; the system's clock by default. */
  readonly now?: () => number
}

/** 1 to 64 bytes of well-formed UTF-8. */
export function isClientId(id: unknown): id is string {
  if (typeof id !== 'string' || id.length === 0) return false
  const bytes = new TextEncoder().encode(id)
  // Unpaired surrogates do not survive the round trip: two such ids could be one on the wire.
  return bytes.length <= MAX_ID_BYTES && new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) === id
}

export function requireBytes(bytes: unknown, length: number, name: string): asserts bytes is Uint8Array {
  if (!(bytes instanceof Uint8Array) || bytes.length !== length) {
    throw new UsageError('bad-option', `${name} must be a Uint8Array of ${length} bytes`)
  }
}

/** Checks a client's options and fills in the defaults. */
export function resolveSetup(options: SecAggClientOptions): ClientSetup {
  const { id, session, context, knownKeys } = options
  if (!isClientId(id)) throw new UsageError('bad-client-id', `a client id takes 1 to ${MAX_ID_BYTES} bytes of UTF-8`)
  requireBytes(session, SESSION_BYTES, 'session')
  requireBytes(context, 32, 'context')
  const parameters = resolveParameters(options.parameters)
  const policy = resolvePolicy(options.policy)
  const random = options.random ?? secureRandom
  checkParameters(policy, parameters, id)
  if (parameters.threatModel === 'malicious-server') requireKnownIdentity(options)
  if (options.sessions !== undefined && !options.sessions.claim(session)) {
    throw new RefusalError('session-replayed', `client "${id}" has taken part in this session before`, {
      round: 'AdvertiseKeys',
      clientId: id,
    })
  }
  const signs = parameters.threatModel !== 'semi-honest'
  const freshIdentity = signs && options.identity === undefined ? generateIdentity(random) : undefined
  return {
    id,
    session: session.slice(),
    parameters,
    context: context.slice(),
    policy,
    identity: signs ? (options.identity ?? freshIdentity) : undefined,
    freshIdentity,
    knownKeys,
    random,
    split: options.split ?? splitSecret,
    verify: options.verify ?? verify,
    now: options.now ?? Date.now,
  }
}

function requireKnownIdentity({ id, identity, knownKeys, sessions }: SecAggClientOptions): void {
  if (identity === undefined || knownKeys === undefined || sessions === undefined) {
    throw new UsageError(
      'identity-needed',
      `client "${id}" needs identity, knownKeys and sessions in the malicious-server model: without a list of known keys ` +
        'the server could stand in for every other client',
    )
  }
  const own = knownKeys.get(id)
  if (own === undefined || !equalBytes(own, identity.publicKey)) {
    throw new UsageError(
      'identity-mismatch',
      `the list of known keys does not give client "${id}" the key of its identity`,
    )
  }
  // Confirmations are counted by client: whoever held two places would count twice.
  if (new Set(Array.from(knownKeys.values(), key => key.join())).size < knownKeys.size) {
    throw new UsageError('duplicate-identity', 'the list of known keys gives one key to two clients')
  }
}
