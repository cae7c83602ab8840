import { PositionSet } from 'secagg/secagg'
import {
  byClient,
  flip,
  keyOf,
  LOW_ORDER,
  neighbourOf,
  plus,
  rosterWith,
  smaller,
  strangerTo,
  swapped,
  without,
} from './alteration-tools.mjs'
import { bytesOf } from './samples.mjs'

/** What a client refuses in a roster, in any model. */
export function rosterRefusals(recording, id) {
  const roster = recording.find('Roster', id)
  const { entries, position } = roster.message
  const refuse = (name, code, alter) => byClient('shareKeys', `a roster ${name}`, code, alter)
  const change = fields => recording.change(roster, fields)
  const entry = (whose, fields) => rosterWith(recording, roster, whose, fields)
  const own = entries.find(({ position: place }) => place === position)
  const others = entries.filter(({ position: place }) => place !== position)
  return [
    refuse('of another session', 'wrong-session', change({ session: bytesOf('another session') })),
    refuse('of one client', 'bad-roster-size', change({ size: 1, position: 0, entries: [], proof: [] })),
    refuse('of two clients', 'cohort-too-small', change({ size: 2, position: 0, entries: [], proof: [] })),
    refuse('without a neighbour', 'wrong-neighbours', change({ entries: entries.filter(e => e !== others[0]) })),
    refuse('without oneself', 'wrong-neighbours', change({ entries: others })),
    refuse(
      "with another key in the place of one's own",
      'wrong-own-entry',
      entry('own', () => ({ maskKey: keyOf('x') })),
    ),
    refuse(
      "with another name in the place of one's own",
      'wrong-own-entry',
      entry('own', () => ({ id: 'mallory' })),
    ),
    refuse(
      'with a name twice',
      'duplicate-id',
      entry(1, () => ({ id: others[0].id })),
    ),
    refuse(
      "with one's own name twice",
      'duplicate-id',
      entry(0, () => ({ id: own.id })),
    ),
    refuse(
      'with a key of low order',
      'invalid-key',
      entry(0, () => ({ maskKey: LOW_ORDER })),
    ),
    refuse(
      'with a key that is not canonical',
      'invalid-key',
      entry(0, ({ encryptionKey }) => ({ encryptionKey: encryptionKey.map((b, i) => (i === 31 ? b | 0x80 : b)) })),
    ),
    refuse(
      'with a key twice',
      'duplicate-key',
      entry(0, ({ maskKey }) => ({ encryptionKey: maskKey })),
    ),
    refuse(
      "with one's own key at another",
      'duplicate-key',
      entry(0, () => ({ maskKey: own.maskKey })),
    ),
    refuse('with another root', 'bad-roster-proof', change({ root: flip(roster.message.root) })),
    refuse('with a hash too many', 'bad-roster-proof', change({ proof: [...roster.message.proof, bytesOf('hash')] })),
    refuse('that is a ShareDelivery', 'wrong-message', swapped(recording, roster, recording.find('ShareDelivery', id))),
  ]
}

/** What a client refuses in a delivery, in any model. */
export function deliveryRefusals(recording, id) {
  const delivery = recording.find('ShareDelivery', id)
  const { sharers, ciphertexts } = delivery.message
  const own = recording.position(id)
  const refuse = (name, code, fields) =>
    byClient('maskInput', `a delivery ${name}`, code, recording.change(delivery, fields))
  return [
    refuse('of another session', 'wrong-session', { session: bytesOf('another session') }),
    refuse('over another roster', 'bad-position-set', { sharers: smaller(sharers) }),
    refuse('that leaves the recipient out', 'not-a-sharer', { sharers: without(sharers, own) }),
    refuse('in which two shared', 'cohort-too-small', {
      sharers: PositionSet.of(sharers.size, [own, [...sharers].find(p => p !== own)]),
    }),
    refuse('with a ciphertext too few', 'wrong-ciphertexts', { ciphertexts: ciphertexts.slice(82) }),
    refuse('without a sharer whose ciphertext is there', 'wrong-ciphertexts', {
      sharers: without(sharers, neighbourOf(recording, id, sharers)),
    }),
  ]
}

/** What a client refuses in Survivors, where the server may lie. */
export function survivorRefusals(recording, id) {
  const shown = recording.find('Survivors', id)
  const { survivors } = shown.message
  const own = recording.position(id)
  const stranger = strangerTo(recording, id)
  const refuse = (name, code, fields) =>
    byClient('confirmSurvivors', `survivors ${name}`, code, recording.change(shown, fields))
  return [
    refuse('of another session', 'wrong-session', { session: bytesOf('another session') }),
    refuse('over another roster', 'bad-position-set', { survivors: smaller(survivors) }),
    refuse('without the recipient', 'named-as-dropped', { survivors: without(survivors, own) }),
    refuse('that are two', 'too-few-survivors', {
      survivors: PositionSet.of(survivors.size, [own, [...survivors].find(p => p !== own)]),
    }),
    ...(stranger === undefined
      ? []
      : [refuse('with a stranger', 'stranger-among-survivors', { survivors: plus(survivors, stranger) })]),
  ]
}

/** What a client refuses in a request, in any model. */
export function requestRefusals(recording, id) {
  const request = recording.find('UnmaskingRequest', id)
  const { survivors, dropped } = request.message
  const own = recording.position(id)
  const [someone] = [...survivors].filter(place => place !== own)
  const stranger = strangerTo(recording, id)
  const refuse = (name, code, fields) =>
    byClient('unmask', `a request ${name}`, code, recording.change(request, fields))
  return [
    refuse('of another session', 'wrong-session', { session: bytesOf('another session') }),
    refuse('over another roster', 'bad-position-set', {
      survivors: smaller(survivors),
      dropped: smaller(dropped),
      signatures: [],
    }),
    refuse('that names the recipient as dropped', 'named-as-dropped', {
      survivors: without(survivors, own),
      dropped: plus(dropped, own),
    }),
    refuse('for both secrets of a client', 'overlapping-sets', { dropped: plus(dropped, someone) }),
    refuse('that leaves a sharer out', 'incomplete-sets', { dropped: without(dropped, [...dropped][0]) }),
    refuse('over too few survivors', 'too-few-survivors', {
      survivors: PositionSet.of(survivors.size, [own, someone]),
      dropped: PositionSet.of(
        survivors.size,
        [...survivors, ...dropped].filter(p => p !== own && p !== someone),
      ),
    }),
    ...(stranger === undefined
      ? []
      : [
          refuse('with a stranger among the survivors', 'stranger-among-survivors', {
            survivors: plus(survivors, stranger),
          }),
          refuse('with a stranger among the dropped', 'stranger-among-dropped', { dropped: plus(dropped, stranger) }),
        ]),
  ]
}

/** What a client refuses among the signatures of a request. */
export function confirmationRefusals(recording, id) {
  const request = recording.find('UnmaskingRequest', id)
  const { survivors, dropped, signatures } = request.message
  const own = recording.position(id)
  const near = new Set(recording.find('Roster', id).message.entries.map(entry => entry.position))
  const others = [...survivors].filter(place => place !== own)
  // Not a neighbour, if there is another: without a neighbour too few may survive.
  const someone = others.find(place => !near.has(place)) ?? others[0]
  const refuse = (name, code, fields) =>
    byClient('unmask', `a request ${name}`, code, recording.change(request, fields))
  return [
    refuse('over other survivors than were signed', 'other-survivors', {
      survivors: without(survivors, someone),
      dropped: plus(dropped, someone),
    }),
    refuse("with one's own signature", 'stranger-signed', {
      signatures: [...signatures, { position: own, signature: signatures[0].signature }].sort(
        (a, b) => a.position - b.position,
      ),
    }),
    refuse('with a wrong signature', 'bad-signature', {
      signatures: signatures.map((s, i) => (i === 0 ? { ...s, signature: flip(s.signature) } : s)),
    }),
    refuse('with signatures exchanged', 'bad-signature', {
      signatures: signatures.map((s, i) => (i < 2 ? { ...s, signature: signatures[1 - i].signature } : s)),
    }),
    refuse('with a signature less than the threshold', 'too-few-confirmations', {
      signatures: signatures.slice(0, recording.aggregation.parameters.threshold - 1),
    }),
    refuse('without signatures', 'too-few-confirmations', { signatures: [] }),
  ]
}
