import { MemorySessionLog, SecAggClient } from '../../client/index.ts'
import type { SignatureVerifier } from '../../client/setup.ts'
import { generateIdentity, type Identity } from '../../primitives/signature.ts'
import { SecAggServer } from '../../server/index.ts'
import type { RecordedAggregation, RecordedClient } from './file.ts'
import { badVector, fromHex } from './json.ts'

/** A clock that a replay can set. */
export interface Clock {
  time: number
}

/** The server as it was before the first message. */
export function startServer(recorded: RecordedAggregation, clock: Clock, verify: SignatureVerifier): SecAggServer {
  const identities = identitiesOf(recorded)
  return new SecAggServer({
    parameters: recorded.parameters,
    context: fromHex(recorded.context),
    session: fromHex(recorded.session),
    invited: new Set(recorded.clients.map(({ id }) => id)),
    random: () => fromHex(recorded.graphSeed),
    now: () => clock.time,
    verify,
    ...(identities && { knownKeys: identities.keys }),
  })
}

/** A client as it was before the first message; what it draws at random is what was recorded. */
export function startClient(
  recorded: RecordedAggregation,
  client: RecordedClient,
  clock: Clock,
  verify: SignatureVerifier,
): SecAggClient {
  const identities = identitiesOf(recorded)
  const { id, identitySecretKey } = client
  const draws = [client.encryptionSecretKey, client.maskSecretKey, client.selfMaskSeed].map(fromHex)
  const splits = [client.selfMaskShares, client.maskKeyShares].map(shares => shares.map(fromHex))
  return new SecAggClient({
    id,
    session: fromHex(recorded.session),
    parameters: recorded.parameters,
    context: fromHex(recorded.context),
    random: () => next(draws, id),
    split: async () => next(splits, id),
    now: () => clock.time,
    verify,
    ...(identitySecretKey !== undefined && { identity: identityOf(identitySecretKey) }),
    ...(identities && { knownKeys: identities.keys, sessions: new MemorySessionLog() }),
  })
}

/** What the operator handed out beforehand, where the model asks for it. */
function identitiesOf({ parameters, clients }: RecordedAggregation) {
  if (parameters.threatModel !== 'malicious-server') return undefined
  return {
    keys: new Map(clients.map(({ id, identitySecretKey }) => [id, identityOf(identitySecretKey ?? '').publicKey])),
  }
}

function identityOf(secretKey: string): Identity {
  return generateIdentity(() => fromHex(secretKey))
}

function next<T>(queue: T[], id: string): T {
  const value = queue.shift()
  if (value === undefined) throw badVector(`client "${id}" needs more randomness than was recorded`)
  return value
}
