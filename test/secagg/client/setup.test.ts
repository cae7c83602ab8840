import { describe, expect, it } from 'vitest'
import { MemorySessionLog, SecAggClient, type SecAggClientOptions } from '../../../src/secagg/client/index.ts'
import { isClientId } from '../../../src/secagg/client/setup.ts'
import { generateIdentity } from '../../../src/secagg/primitives/signature.ts'
import { seededRandom } from '../../../src/secagg/testing/index.ts'

const identity = generateIdentity(seededRandom('identity'))

const options: SecAggClientOptions = {
  id: 'a',
  session: new Uint8Array(32),
  context: new Uint8Array(32),
  parameters: { threatModel: 'semi-honest', clients: 3, graph: { kind: 'complete' }, vectorLength: 1, modulusBits: 8 },
}

const malicious: SecAggClientOptions = {
  ...options,
  parameters: { ...options.parameters, threatModel: 'malicious-server' },
  identity,
  knownKeys: new Map([['a', identity.publicKey]]),
}

describe('the options of a client', () => {
  it.each([
    ['an empty id', { id: '' }, 'bad-client-id'],
    ['an id of 65 bytes', { id: `${'ä'.repeat(32)}x` }, 'bad-client-id'],
    ['an id with half a character', { id: 'a\ud800' }, 'bad-client-id'],
    ['no id', { id: undefined as unknown as string }, 'bad-client-id'],
    ['a session of 31 bytes', { session: new Uint8Array(31) }, 'bad-option'],
    ['a session that is no bytes', { session: 'x'.repeat(32) as unknown as Uint8Array }, 'bad-option'],
    ['a context of 33 bytes', { context: new Uint8Array(33) }, 'bad-option'],
    ['bad parameters', { parameters: { ...options.parameters, clients: 1 } }, 'bad-parameter'],
  ])('are not taken with %s', (_, change, code) => {
    expect(() => new SecAggClient({ ...options, ...change })).toThrowError(
      expect.objectContaining({ name: 'UsageError', code }),
    )
  })

  it('need a list of known keys that gives them their own key, and nobody else the same', () => {
    const listed = (knownKeys: Map<string, Uint8Array>) =>
      new SecAggClient({ ...malicious, knownKeys, sessions: new MemorySessionLog() })
    const own = identity.publicKey
    const refusedAs = (code: string) => expect.objectContaining({ name: 'UsageError', code })
    expect(() => listed(new Map([['b', own]]))).toThrowError(refusedAs('identity-mismatch'))
    expect(() => listed(new Map([['a', own.map(byte => byte ^ 1)]]))).toThrowError(refusedAs('identity-mismatch'))
    expect(() =>
      listed(
        new Map([
          ['a', own],
          ['b', own],
        ]),
      ),
    ).toThrowError(refusedAs('duplicate-identity'))
  })

  it.each(['identity', 'knownKeys', 'sessions'] as const)('need %s against a malicious server', missing => {
    const { [missing]: _, ...rest } = { ...malicious, sessions: new MemorySessionLog() }
    expect(() => new SecAggClient(rest)).toThrowError(
      expect.objectContaining({ name: 'UsageError', code: 'identity-needed' }),
    )
  })

  it('are copied: the caller may reuse its buffers', () => {
    const session = new Uint8Array(32).fill(1)
    const client = new SecAggClient({ ...options, session })
    session.fill(2)
    expect(client.advertiseKeys().session).toEqual(new Uint8Array(32).fill(1))
  })

  it('take an id of 64 bytes of UTF-8', () => {
    expect(new SecAggClient({ ...options, id: 'ä'.repeat(32) }).id).toHaveLength(32)
    expect(isClientId('\u{1f600}')).toBe(true)
  })
})

describe('a session that was seen before', () => {
  it('is refused, by every client that shares the log', () => {
    const sessions = new MemorySessionLog()
    expect(new SecAggClient({ ...malicious, sessions }).id).toBe('a')
    expect(() => new SecAggClient({ ...malicious, sessions })).toThrowError(
      expect.objectContaining({ name: 'RefusalError', code: 'session-replayed', round: 'AdvertiseKeys' }),
    )
    const fresh = { ...malicious, sessions, session: new Uint8Array(32).fill(1) }
    expect(new SecAggClient(fresh).id).toBe('a')
  })

  it('is not used up by options that do not fit', () => {
    const sessions = new MemorySessionLog()
    expect(() => new SecAggClient({ ...malicious, sessions, context: new Uint8Array(1) })).toThrowError()
    expect(new SecAggClient({ ...malicious, sessions }).id).toBe('a')
  })
})

describe('the credential of a client', () => {
  it('is absent in the semi-honest model', () => {
    expect(new SecAggClient({ ...options, identity }).advertiseKeys().credential).toBeUndefined()
  })

  it('is by a fresh key in the semi-malicious model, unless one is given', () => {
    const parameters = { ...options.parameters, threatModel: 'semi-malicious' } as const
    const keys = [1, 2].map(
      () => new SecAggClient({ ...options, parameters }).advertiseKeys().credential!.verificationKey,
    )
    expect(keys[0]).not.toEqual(keys[1])
    const own = new SecAggClient({ ...options, parameters, identity }).advertiseKeys()
    expect(own.credential!.verificationKey).toEqual(identity.publicKey)
  })

  it('expires when the policy says', () => {
    const client = new SecAggClient({
      ...malicious,
      sessions: new MemorySessionLog(),
      now: () => 5000,
      policy: { keyLifetime: 250 },
    })
    expect(client.advertiseKeys().credential!.expiry).toBe(5250)
  })
})
