import { byServer, flip, keyOf, LOW_ORDER, losing, swapped, twice } from './alteration-tools.mjs'
import { bytesOf } from './samples.mjs'

/** What the server does not take, in any model. `first` and `second` survive to the end; `late` does not. */
export function serverRefusals(recording, first, second) {
  const find = (type, id, nth) => recording.find(type, id, nth)
  const refuse = (name, code, alter) => byServer('receive', name, code, alter)
  const elsewhere = { session: bytesOf('another session') }
  const advertised = find('AdvertiseKeys', second)
  const shared = find('ShareKeys', second)
  const masked = find('MaskedInput', second)
  const unmasked = find('Unmasking', second)
  return [
    refuse('keys for another session', 'wrong-session', recording.change(advertised, elsewhere)),
    refuse('keys of a stranger', 'unknown-client', recording.change(advertised, { sender: 'mallory' })),
    refuse('keys advertised twice', 'duplicate', twice(recording, 'AdvertiseKeys', first, second)),
    refuse('a key of low order', 'invalid-key', recording.change(advertised, { encryptionKey: LOW_ORDER })),
    refuse(
      "somebody else's key",
      'duplicate-key',
      recording.change(advertised, { maskKey: find('AdvertiseKeys', first).message.maskKey }),
    ),
    refuse(
      'one key for both uses',
      'duplicate-key',
      recording.change(advertised, m => ({ maskKey: m.encryptionKey })),
    ),
    refuse('a message before its round', 'wrong-round', swapped(recording, advertised, shared)),
    refuse('a message after its round', 'wrong-round', swapped(recording, unmasked, masked)),
    refuse(
      'shares for one neighbour too few',
      'malformed',
      recording.change(shared, m => ({
        shareCommitments: m.shareCommitments.slice(64),
        ciphertexts: m.ciphertexts.slice(82),
      })),
    ),
    refuse('shares by a stranger', 'unknown-client', recording.change(shared, { sender: 'mallory' })),
    refuse('shares sent twice', 'duplicate', twice(recording, 'ShareKeys', first, second)),
    refuse('a masked input by a stranger', 'unknown-client', recording.change(masked, { sender: 'mallory' })),
    refuse('a masked input sent twice', 'duplicate', twice(recording, 'MaskedInput', first, second)),
    refuse(
      'an unmasking with an entry too few',
      'malformed',
      recording.change(unmasked, m => ({ shares: m.shares.slice(34) })),
    ),
    refuse(
      'the share of the other kind',
      'malformed',
      recording.change(unmasked, m => ({ shares: m.shares.map((b, i) => (i === 0 ? 3 - b : b)) })),
    ),
    refuse('an unmasking sent twice', 'duplicate', twice(recording, 'Unmasking', first, second)),
    byServer(
      'setAside',
      'a share that is not the one committed to',
      'not-the-committed-share',
      recording.change(unmasked, m => ({ shares: flip(m.shares, 5) })),
    ),
    byServer(
      'closeRound',
      'a seed that does not open its commitment',
      'inconsistent-shares',
      recording.change(shared, m => ({ seedCommitment: flip(m.seedCommitment) })),
    ),
  ]
}

/** What the server does not take where keys and survivors are signed. */
export function signatureRefusals(recording, first, second) {
  const advertised = recording.find('AdvertiseKeys', second)
  const confirmed = recording.find('ConsistencyCheck', second)
  const refuse = (name, code, alter, more) => byServer('receive', name, code, alter, more)
  return [
    refuse('keys without a signature', 'missing-signature', recording.change(advertised, { credential: undefined })),
    refuse(
      'other keys than were signed',
      'bad-signature',
      recording.change(advertised, { maskKey: keyOf('another mask key') }),
    ),
    refuse('keys that have expired', 'expired', recording.change(advertised, {}), { time: 3_600_001 }),
    refuse(
      'a wrong signature over the survivors',
      'bad-signature',
      recording.change(confirmed, m => ({ signature: flip(m.signature) })),
    ),
    refuse(
      "somebody else's signature over the survivors",
      'bad-signature',
      recording.change(confirmed, {
        signature: recording.find('ConsistencyCheck', first).message.signature,
      }),
    ),
    refuse(
      'a signature over the survivors by a stranger',
      'unknown-client',
      recording.change(confirmed, { sender: 'mallory' }),
    ),
    refuse(
      'a signature over the survivors sent twice',
      'duplicate',
      twice(recording, 'ConsistencyCheck', first, second),
    ),
    byServer(
      'closeRound',
      'signatures of two clients only',
      'too-few-confirmations',
      losing(recording, 'ConsistencyCheck', first, second),
    ),
  ]
}
