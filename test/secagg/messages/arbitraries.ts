import fc, { type Arbitrary } from 'fast-check'
import { RingVector } from '../../../src/secagg/encoding/ring.ts'
import type { AdvertiseKeys, Credential } from '../../../src/secagg/messages/advertise-keys.ts'
import type { ConsistencyCheck } from '../../../src/secagg/messages/consistency-check.ts'
import type { MessageLimits } from '../../../src/secagg/messages/limits.ts'
import type { MaskedInput } from '../../../src/secagg/messages/masked-input.ts'
import type { ClientMessage, Message, MessageType, ServerMessage } from '../../../src/secagg/messages/message.ts'
import { PositionSet } from '../../../src/secagg/messages/position-set.ts'
import type { Roster, RosterEntry } from '../../../src/secagg/messages/roster.ts'
import type { ShareDelivery } from '../../../src/secagg/messages/share-delivery.ts'
import { CIPHERTEXT_BYTES, COMMITMENT_PAIR_BYTES, type ShareKeys } from '../../../src/secagg/messages/share-keys.ts'
import type { Survivors } from '../../../src/secagg/messages/survivors.ts'
import { ShareKind, UNMASKING_ENTRY_BYTES, type Unmasking } from '../../../src/secagg/messages/unmasking.ts'
import type { UnmaskingRequest } from '../../../src/secagg/messages/unmasking-request.ts'

/** Every message made here is within these. */
export const LIMITS: MessageLimits = { clients: 1000, neighbours: 255, vectorLength: 2 ** 40, modulusBits: 62 }

const MOST_NEIGHBOURS = 12

export const bytes = (length: number): Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })

/** Any code points, at most 64 bytes of UTF-8; a byte order mark and a zero are ids like any other. */
export const clientId: Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 16 }),
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 64 }),
  fc.constantFrom('\ufeffclient', '\0', 'ü', '\u{10ffff}', 'x'.repeat(64)),
)

const origin = { session: bytes(32), sender: clientId }

export const credential: Arbitrary<Credential> = fc.record({
  verificationKey: bytes(32),
  expiry: fc.maxSafeNat(),
  signature: bytes(64),
})

const keys = { encryptionKey: bytes(32), maskKey: bytes(32), credential }

export const advertiseKeys: Arbitrary<AdvertiseKeys> = fc.record(
  { type: fc.constant('AdvertiseKeys'), ...origin, ...keys },
  { requiredKeys: ['type', 'session', 'sender', 'encryptionKey', 'maskKey'] },
)

export const shareKeys: Arbitrary<ShareKeys> = fc.nat(MOST_NEIGHBOURS).chain(neighbours =>
  fc.record({
    type: fc.constant('ShareKeys'),
    ...origin,
    seedCommitment: bytes(32),
    shareCommitments: bytes(neighbours * COMMITMENT_PAIR_BYTES),
    ciphertexts: bytes(neighbours * CIPHERTEXT_BYTES),
  }),
)

/** A reduced vector: the form in which a range comes out of a decoder. */
export function ringVector(entries: number, modulusBits: number): Arbitrary<RingVector> {
  const words = entries * (modulusBits <= 32 ? 1 : 2)
  return fc
    .uint32Array({ minLength: words, maxLength: words })
    .map(array => RingVector.fromWords(Uint32Array.from(array), entries, modulusBits).reduce())
}

/** Where a range lies: anywhere, but empty only in an empty vector. */
const place = fc
  .record({ entries: fc.nat(40), before: fc.nat(2 ** 33), after: fc.nat(2 ** 33) })
  .map(({ entries, before, after }) => (entries === 0 ? { entries, before: 0, after: 0 } : { entries, before, after }))

export const maskedInput: Arbitrary<MaskedInput> = fc
  .tuple(place, fc.oneof(fc.integer({ min: 1, max: 62 }), fc.constantFrom(8, 16, 32)))
  .chain(([{ entries, before, after }, modulusBits]) =>
    fc.record({
      type: fc.constant('MaskedInput'),
      ...origin,
      vectorLength: fc.constant(before + entries + after),
      firstEntry: fc.constant(before),
      digest: bytes(32),
      range: ringVector(entries, modulusBits),
    }),
  )

export const consistencyCheck: Arbitrary<ConsistencyCheck> = fc.record({
  type: fc.constant('ConsistencyCheck'),
  ...origin,
  signature: bytes(64),
})

const unmaskingEntry = fc
  .tuple(fc.constantFrom(...Object.values(ShareKind)), bytes(UNMASKING_ENTRY_BYTES - 1))
  .map(([kind, share]) => (kind === ShareKind.ABSENT ? Array<number>(UNMASKING_ENTRY_BYTES).fill(0) : [kind, ...share]))

export const unmasking: Arbitrary<Unmasking> = fc.record({
  type: fc.constant('Unmasking'),
  ...origin,
  shares: fc.array(unmaskingEntry, { maxLength: MOST_NEIGHBOURS }).map(entries => Uint8Array.from(entries.flat())),
})

const rosterSize = fc.integer({ min: 1, max: 300 })

const positions = (size: number): Arbitrary<number[]> =>
  fc.uniqueArray(fc.nat(size - 1), { maxLength: MOST_NEIGHBOURS }).map(list => list.sort((a, b) => a - b))

export const positionSet = (size: number): Arbitrary<PositionSet> =>
  fc.uniqueArray(fc.nat(Math.max(0, size - 1)), { maxLength: size }).map(members => PositionSet.of(size, members))

export const rosterEntry = (position: number): Arbitrary<RosterEntry> =>
  fc.record(
    { position: fc.constant(position), id: clientId, ...keys },
    { requiredKeys: ['position', 'id', 'encryptionKey', 'maskKey'] },
  )

export const roster: Arbitrary<Roster> = rosterSize.chain(size =>
  fc.record({
    type: fc.constant('Roster'),
    session: bytes(32),
    size: fc.constant(size),
    root: bytes(32),
    position: fc.nat(size - 1),
    entries: positions(size).chain(list => fc.tuple(...list.map(rosterEntry))),
    // A tree of one leaf has no other hashes.
    proof: fc.array(bytes(32), { maxLength: size === 1 ? 0 : 8 }),
  }),
)

export const shareDelivery: Arbitrary<ShareDelivery> = fc.record({
  type: fc.constant('ShareDelivery'),
  session: bytes(32),
  sharers: rosterSize.chain(positionSet),
  ciphertexts: fc.nat(MOST_NEIGHBOURS).chain(count => bytes(count * CIPHERTEXT_BYTES)),
})

export const survivors: Arbitrary<Survivors> = fc.record({
  type: fc.constant('Survivors'),
  session: bytes(32),
  survivors: rosterSize.chain(positionSet),
})

export const unmaskingRequest: Arbitrary<UnmaskingRequest> = rosterSize.chain(size =>
  fc.record({
    type: fc.constant('UnmaskingRequest'),
    session: bytes(32),
    survivors: positionSet(size),
    dropped: positionSet(size),
    signatures: positions(size).chain(list =>
      fc.tuple(...list.map(position => fc.record({ position: fc.constant(position), signature: bytes(64) }))),
    ),
  }),
)

/** One arbitrary for each type of message. */
export const messages: { readonly [T in MessageType]: Arbitrary<Extract<Message, { type: T }>> } = {
  AdvertiseKeys: advertiseKeys,
  ShareKeys: shareKeys,
  MaskedInput: maskedInput,
  ConsistencyCheck: consistencyCheck,
  Unmasking: unmasking,
  Roster: roster,
  ShareDelivery: shareDelivery,
  Survivors: survivors,
  UnmaskingRequest: unmaskingRequest,
}

export const clientMessage: Arbitrary<ClientMessage> = fc.oneof(
  advertiseKeys,
  shareKeys,
  maskedInput,
  consistencyCheck,
  unmasking,
)

export const serverMessage: Arbitrary<ServerMessage> = fc.oneof(roster, shareDelivery, survivors, unmaskingRequest)

export const anyMessage: Arbitrary<Message> = fc.oneof(clientMessage, serverMessage)
