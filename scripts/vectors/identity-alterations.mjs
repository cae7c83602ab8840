import { ed25519 } from '@noble/curves/ed25519.js'
import { leafBytes } from '../../dist/secagg/messages/roster.js'
import { MerkleTree } from '../../dist/secagg/primitives/merkle.js'
import { byClient, flip, keyOf, rosterWith } from './alteration-tools.mjs'
import { bytesOf } from './samples.mjs'

/** What a client refuses in the credentials of a roster. */
export function credentialRefusals(recording, id) {
  const roster = recording.find('Roster', id)
  const refuse = (name, code, alter, more) => byClient('shareKeys', `a roster ${name}`, code, alter, more)
  const entry = change => rosterWith(recording, roster, 0, change)
  return [
    refuse(
      'with keys that nobody signed',
      'no-signature',
      entry(() => ({ credential: undefined })),
    ),
    refuse(
      'with a wrong signature',
      'bad-signature',
      entry(e => ({ credential: { ...e.credential, signature: flip(e.credential.signature, 40) } })),
    ),
    refuse(
      'with a later expiry than was signed',
      'bad-signature',
      entry(e => ({ credential: { ...e.credential, expiry: e.credential.expiry + 1 } })),
    ),
    refuse(
      'with another key than was signed',
      'bad-signature',
      entry(() => ({ maskKey: keyOf('another mask key') })),
    ),
    refuse('whose keys have expired', 'expired', recording.change(roster, {}), { time: 3_600_001 }),
  ]
}

/** A roster with a signer that the operator did not name: it has an identity, and its signature is good. */
export function unknownIdentities(recording, id) {
  const roster = recording.find('Roster', id)
  const impostor = bytesOf('impostor')
  const verificationKey = ed25519.getPublicKey(impostor)
  const refuse = (name, code, change) =>
    byClient('shareKeys', `a roster ${name}`, code, rosterWith(recording, roster, 0, change))
  return [
    refuse('with a client that nobody knows', 'unknown-identity', () => ({ id: 'mallory' })),
    refuse('with another identity than the known one', 'wrong-identity', e => ({
      credential: { ...e.credential, verificationKey },
    })),
  ]
}

/** The true clients around one whose keys were exchanged, root and proof to go with them: only the signature tells. */
export function exchangedKeys(recording, id) {
  const roster = recording.find('Roster', id)
  const { entries, position, size } = roster.message
  const target = entries.find(entry => entry.position !== position).position
  const forged = entries.map(entry => (entry.position === target ? { ...entry, maskKey: keyOf('forged') } : entry))
  if (forged.length !== size) throw new Error('this needs the complete graph')
  const alter = recording.change(roster, { entries: forged, root: new MerkleTree(forged.map(leafBytes)).root })
  return byClient('shareKeys', 'a roster that the server made up, with a true root', 'bad-signature', alter)
}
