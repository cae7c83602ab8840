import { describe, expect, it } from 'vitest'
import { RingVector } from '../../../src/secagg/encoding/ring.ts'
import type { ProtocolRound } from '../../../src/secagg/errors.ts'
import type { AdvertiseKeys } from '../../../src/secagg/messages/advertise-keys.ts'
import type { ClientMessage } from '../../../src/secagg/messages/message.ts'
import type { RejectionReason } from '../../../src/secagg/server/index.ts'
import { NOW, Play, type PlayOptions } from '../play.ts'

interface Case {
  readonly what: string
  readonly reason: RejectionReason
  readonly round: ProtocolRound
  readonly options?: PlayOptions
  /** Carol's messages of the round, changed. The last one is what the server must not take. */
  readonly send: (messages: ClientMessage[], play: Play) => ClientMessage[]
}

/** Changes the fields of the one message that there is. */
const changed =
  (change: object | ((message: ClientMessage, play: Play) => object)) => (messages: ClientMessage[], play: Play) => [
    { ...messages[0]!, ...(typeof change === 'function' ? change(messages[0]!, play) : change) } as ClientMessage,
  ]
const twice = (messages: ClientMessage[]) => [...messages, messages.at(-1)!]
const LIES: PlayOptions = { threatModel: 'malicious-server' }
const RANGES: PlayOptions = { parameters: { vectorLength: 5, rangeLength: 2 } }
const LOW_ORDER = new Uint8Array(32)

const OF_EVERY_ROUND: readonly Case[] = (
  ['AdvertiseKeys', 'ShareKeys', 'MaskedInputCollection', 'ConsistencyCheck', 'Unmasking'] as const
).flatMap(round => [
  {
    round,
    options: LIES,
    reason: 'wrong-session',
    what: 'a message of another session',
    send: changed({ session: new Uint8Array(32) }),
  },
  {
    round,
    options: LIES,
    reason: 'wrong-session',
    what: 'half a session',
    send: changed({ session: LOW_ORDER.slice(16) }),
  },
  { round, options: LIES, reason: 'duplicate', what: 'a message twice', send: twice },
  ...(round === 'AdvertiseKeys'
    ? []
    : [
        {
          round,
          options: LIES,
          reason: 'unknown-client',
          what: 'a message of nobody it knows',
          send: changed({ sender: 'mallory' }),
        } as const,
      ]),
])

const OF_ADVERTISE_KEYS: readonly Omit<Case, 'round'>[] = [
  { what: 'an empty id', reason: 'malformed', send: changed({ sender: '' }) },
  { what: 'an id of 65 bytes', reason: 'malformed', send: changed({ sender: 'x'.repeat(65) }) },
  {
    what: 'a client that is not invited',
    reason: 'unknown-client',
    options: { server: { invited: new Set(['alice']) } },
    send: messages => messages,
  },
  {
    what: 'one client more than the cohort has places',
    reason: 'cohort-full',
    options: { parameters: { clients: 4 } },
    send: (messages, play) => {
      for (const id of ['alice', 'bob', 'dave', 'erin']) play.server.receive(play.client(id).advertiseKeys())
      return messages
    },
  },
  { what: 'an encryption key of low order', reason: 'invalid-key', send: changed({ encryptionKey: LOW_ORDER }) },
  { what: 'a mask key of low order', reason: 'invalid-key', send: changed({ maskKey: LOW_ORDER }) },
  {
    what: 'a key with its top bit set',
    reason: 'invalid-key',
    send: changed(message => ({
      maskKey: (message as AdvertiseKeys).maskKey.map((byte, i) => (i === 31 ? byte | 0x80 : byte)),
    })),
  },
  {
    what: 'one key for both purposes',
    reason: 'duplicate-key',
    send: changed(message => ({ maskKey: (message as AdvertiseKeys).encryptionKey })),
  },
  {
    what: 'the key of another client',
    reason: 'duplicate-key',
    send: changed((_, play) => {
      const other = play.client('alice').advertiseKeys()
      play.server.receive(other)
      return { encryptionKey: other.maskKey }
    }),
  },
  { what: 'unsigned keys', reason: 'missing-signature', options: LIES, send: changed({ credential: undefined }) },
  {
    what: 'expired keys',
    reason: 'expired',
    options: { ...LIES, server: { now: () => NOW + 3_600_001 } },
    send: messages => messages,
  },
  {
    what: 'a signature that does not verify',
    reason: 'bad-signature',
    options: LIES,
    send: changed(message => {
      const { credential } = message as AdvertiseKeys
      return { credential: { ...credential, signature: credential!.signature.map(byte => byte ^ 1) } }
    }),
  },
  {
    what: 'a signature by another key than the operator knows',
    reason: 'bad-signature',
    options: { ...LIES, server: { knownKeys: new Map([['carol', new Uint8Array(32)]]) } },
    send: messages => messages,
  },
  {
    what: 'a signature by a client that the operator does not know',
    reason: 'bad-signature',
    options: { ...LIES, server: { knownKeys: new Map() } },
    send: messages => messages,
  },
  {
    what: 'keys signed for another context',
    reason: 'bad-signature',
    options: { ...LIES, client: id => (id === 'carol' ? { context: new Uint8Array(32) } : {}) },
    send: messages => messages,
  },
]

const AT_ADVERTISE_KEYS = OF_ADVERTISE_KEYS.map((rest): Case => ({ round: 'AdvertiseKeys', ...rest }))

const short = (field: string) =>
  changed(message => ({ [field]: (message as unknown as Record<string, Uint8Array>)[field]!.slice(1) }))

const AT_LATER_ROUNDS: readonly Case[] = [
  { round: 'ShareKeys', reason: 'malformed', what: 'a short commitment to the seed', send: short('seedCommitment') },
  { round: 'ShareKeys', reason: 'malformed', what: 'short commitments to the shares', send: short('shareCommitments') },
  { round: 'ShareKeys', reason: 'malformed', what: 'short ciphertexts', send: short('ciphertexts') },
  { round: 'Unmasking', reason: 'malformed', what: 'shares for too few neighbours', send: short('shares') },
  {
    round: 'Unmasking',
    reason: 'malformed',
    what: 'the share of a survivor that only a dropout owes',
    send: changed(message => ({
      shares: (message as { shares: Uint8Array }).shares.map((byte, i) => (i === 0 ? 2 : byte)),
    })),
  },
  {
    round: 'ConsistencyCheck',
    options: LIES,
    reason: 'bad-signature',
    what: 'a signature over anything else',
    send: changed(message => ({ signature: (message as { signature: Uint8Array }).signature.map(byte => byte ^ 1) })),
  },
  ...[
    { what: 'another vector length', change: { vectorLength: 6 } },
    { what: 'another modulus', change: { range: RingVector.zeros(5, 17) } },
    { what: 'a short digest', change: { digest: new Uint8Array(31) } },
    { what: 'a range off the grid', change: { firstEntry: 1, range: RingVector.zeros(4, 16) } },
    { what: 'a range before the vector', change: { firstEntry: -5 } },
    { what: 'a range beyond the vector', change: { firstEntry: 2 ** 18 } },
    { what: 'a range too short', change: { range: RingVector.zeros(4, 16) } },
    { what: 'a range too long', change: { range: RingVector.zeros(6, 16) } },
  ].map(
    ({ what, change }): Case => ({
      round: 'MaskedInputCollection',
      reason: 'malformed',
      what,
      send: changed(change),
    }),
  ),
  {
    round: 'MaskedInputCollection',
    reason: 'digest-mismatch',
    what: 'an input that changed on the way',
    send: changed({ range: RingVector.zeros(5, 16) }),
  },
  {
    round: 'MaskedInputCollection',
    reason: 'digest-mismatch',
    options: RANGES,
    what: 'an input of which one range changed on the way',
    send: ([first, second, third]) => [{ ...first!, range: RingVector.zeros(2, 16) } as ClientMessage, second!, third!],
  },
  {
    round: 'MaskedInputCollection',
    reason: 'dropped',
    what: 'a second attempt after a wrong digest',
    send: ([message]) => [{ ...message!, digest: new Uint8Array(32) } as ClientMessage, message!],
  },
  {
    round: 'MaskedInputCollection',
    reason: 'dropped',
    options: RANGES,
    what: 'the rest of an input that was given up',
    send: ([first, second], play) => {
      play.server.receive(first!)
      play.server.discard('carol')
      return [second!]
    },
  },
  {
    round: 'MaskedInputCollection',
    reason: 'malformed',
    options: RANGES,
    what: 'ranges that name different digests',
    send: ([first, second]) => [first!, { ...second!, digest: new Uint8Array(32) } as ClientMessage],
  },
  {
    round: 'MaskedInputCollection',
    reason: 'duplicate',
    options: RANGES,
    what: 'one range twice',
    send: ([first]) => [first!, first!],
  },
]

async function play({ round, options = {}, send }: Case) {
  const begun = await Play.to(round, options)
  const messages = send(await begun.answer('carol'), begun)
  const receipts = messages.map(message => begun.server.receive(message))
  return { begun, receipt: receipts.at(-1)! }
}

describe('the server rejects', () => {
  it.each([...OF_EVERY_ROUND, ...AT_ADVERTISE_KEYS, ...AT_LATER_ROUNDS])('$reason: $what ($round)', async testCase => {
    const { receipt } = await play(testCase)
    expect(receipt).toEqual({ accepted: false, reason: testCase.reason, detail: expect.any(String) })
  })

  it('covers every reason that there is', () => {
    const covered = new Set([...OF_EVERY_ROUND, ...AT_ADVERTISE_KEYS, ...AT_LATER_ROUNDS].map(({ reason }) => reason))
    // `wrong-round` is in state-message-product.test.ts for every pair, `staging-full` in staging.test.ts.
    const elsewhere: RejectionReason[] = ['wrong-round', 'staging-full']
    const all: Record<RejectionReason, true> = {
      'wrong-session': true,
      'wrong-round': true,
      'unknown-client': true,
      duplicate: true,
      malformed: true,
      'cohort-full': true,
      'invalid-key': true,
      'duplicate-key': true,
      'missing-signature': true,
      'bad-signature': true,
      expired: true,
      'digest-mismatch': true,
      'staging-full': true,
      dropped: true,
    }
    expect([...covered, ...elsewhere].sort()).toEqual(Object.keys(all).sort())
  })

  const harmless = [...OF_EVERY_ROUND, ...AT_LATER_ROUNDS].filter(
    ({ reason }) => reason !== 'digest-mismatch' && reason !== 'dropped',
  )

  it.each(harmless)('$reason: $what ($round), and still takes the right message', async ({ round, options, send }) => {
    const begun = await Play.to(round, options)
    const messages = await begun.answer('carol')
    for (const message of send(messages, begun)) begun.server.receive(message)
    for (const message of messages) begun.server.receive(message)
    expect(begun.server.receive(messages.at(-1)!)).toMatchObject({ reason: 'duplicate' })
    await begun.answerAll('carol')
    expect(await begun.close()).not.toMatchObject({ kind: 'aborted' })
    expect(begun.server.dropped).toEqual([])
  })
})
