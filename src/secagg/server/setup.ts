import { requireBytes, type SignatureVerifier } from '../client/setup.ts'
import { UsageError } from '../errors.ts'
import { SESSION_BYTES } from '../messages/message.ts'
import { type AggregationParameters, type ResolvedParameters, resolveParameters } from '../parameters.ts'
import { type RandomSource, secureRandom } from '../primitives/random.ts'
import { verify } from '../primitives/signature.ts'

export interface SecAggServerOptions {
  readonly parameters: AggregationParameters
  /** 32 bytes: hash of what is aggregated (model, settings). */
  readonly context: Uint8Array
  /** 32 bytes; fresh random ones by default. */
  readonly session?: Uint8Array
  /** Ids that may take part; anybody by default. */
  readonly invited?: ReadonlySet<string>
  /** Every client's Ed25519 public key by id. Malicious-server model: rejects early what the clients would refuse. */
  readonly knownKeys?: ReadonlyMap<string, Uint8Array>
  /** Fewest clients to start and to go on with. 3 by default; lower takes clients whose policy accepts it. */
  readonly minimumCohort?: number
  /** Most masked inputs that are incomplete at once; the next client's first range is rejected with `staging-full`. */
  readonly stagedInputs?: number
  /** For reproducible simulations only. */
  readonly random?: RandomSource
  /** For simulations only: the one rule, with a memory. */
  readonly verify?: SignatureVerifier
  /** Milliseconds since 1970; the system's clock by default. */
  readonly now?: () => number
}

export interface ServerSetup {
  readonly parameters: ResolvedParameters
  readonly context: Uint8Array
  readonly session: Uint8Array
  readonly random: RandomSource
  readonly invited: ReadonlySet<string> | undefined
  readonly knownKeys: ReadonlyMap<string, Uint8Array> | undefined
  readonly minimumCohort: number
  readonly stagedInputs: number
  readonly verify: SignatureVerifier
  readonly now: () => number
}

/** Checks a server's options and fills in the defaults. */
export function resolveServerSetup(options: SecAggServerOptions): ServerSetup {
  const parameters = resolveParameters(options.parameters)
  requireBytes(options.context, 32, 'context')
  const random = options.random ?? secureRandom
  const session = options.session ?? random(SESSION_BYTES)
  requireBytes(session, SESSION_BYTES, 'session')
  const minimumCohort = options.minimumCohort ?? Math.min(3, parameters.clients)
  if (!Number.isSafeInteger(minimumCohort) || minimumCohort < 2 || minimumCohort > parameters.clients) {
    throw new UsageError(
      'bad-option',
      `minimumCohort must be a whole number from 2 to the cohort of ${parameters.clients}, got ${minimumCohort}`,
    )
  }
  const stagedInputs = options.stagedInputs ?? 16
  if (!Number.isSafeInteger(stagedInputs) || stagedInputs < 1) {
    throw new UsageError('bad-option', `stagedInputs must be a whole number of at least 1, got ${stagedInputs}`)
  }
  return {
    parameters,
    context: options.context.slice(),
    session: session.slice(),
    random,
    invited: options.invited,
    knownKeys: options.knownKeys,
    minimumCohort,
    stagedInputs,
    verify: options.verify ?? verify,
    now: options.now ?? Date.now,
  }
}
