import { effectiveDegree, neighboursOf } from '../graph/index.ts'
import { leafBytes, type Roster, type RosterEntry } from '../messages/roster.ts'
import { thresholdProblem } from '../parameters.ts'
import { equalBytes } from '../primitives/bytes.ts'
import { isValidPublicKey } from '../primitives/key-agreement.ts'
import { verifyMultiproof } from '../primitives/merkle.ts'
import { advertisementToSign } from '../transcript.ts'
import { checkCohort } from './policy.ts'
import { checkEnvelope, type Refuse } from './refuse.ts'
import type { Advertised, ClientSetup } from './state.ts'

/**
 * Checks a roster and returns the recipient's neighbours, by ascending position: the right ones for its place in the
 * graph, with valid keys that nobody shares, each proven against the root that all clients derive their keys under.
 */
export function checkRoster(setup: ClientSetup, state: Advertised, roster: Roster, refuse: Refuse): RosterEntry[] {
  checkEnvelope(setup, roster, 'Roster', refuse)
  checkSize(setup, roster, refuse)
  const neighbours = checkPlaces(setup, state, roster, refuse)
  checkKeys(roster.entries, refuse)
  for (const entry of neighbours) checkCredential(setup, entry, refuse)
  const leaves = new Map(roster.entries.map(entry => [entry.position, leafBytes(entry)]))
  if (!verifyMultiproof(roster.root, roster.size, leaves, roster.proof)) {
    refuse('bad-roster-proof', 'the entries are not the leaves under the root of this roster')
  }
  return neighbours
}

function checkSize(setup: ClientSetup, { size }: Roster, refuse: Refuse): void {
  const { parameters, policy } = setup
  if (size < 2 || size > parameters.clients) {
    refuse('bad-roster-size', `a roster of ${size}, where 2 to ${parameters.clients} clients were agreed on`)
  }
  const degree = effectiveDegree(parameters.graph, size)
  const problem = checkCohort(policy, parameters, { clients: size, degree }) ?? thresholdProblem(parameters, size)
  if (problem !== undefined) refuse(problem.code, problem.message)
}

function checkPlaces(setup: ClientSetup, state: Advertised, roster: Roster, refuse: Refuse): RosterEntry[] {
  const { position, size, entries } = roster
  if (!Number.isInteger(position) || position < 0 || position >= size) {
    refuse('bad-position', `position ${position} is outside of a roster of ${size}`)
  }
  const expected = [...neighboursOf(position, size, setup.parameters.graph), position].sort((a, b) => a - b)
  if (entries.length !== expected.length || entries.some((entry, i) => entry.position !== expected[i])) {
    refuse('wrong-neighbours', `the roster does not list exactly the neighbours of position ${position} on this graph`)
  }
  const own = entries.find(entry => entry.position === position)
  if (
    own?.id !== setup.id ||
    !equalBytes(own.encryptionKey, state.encryption.publicKey) ||
    !equalBytes(own.maskKey, state.mask.publicKey)
  ) {
    refuse('wrong-own-entry', 'the roster holds another id or other keys than this client advertised')
  }
  return entries.filter(entry => entry !== own)
}

function checkKeys(entries: readonly RosterEntry[], refuse: Refuse): void {
  const ids = new Set<string>()
  const keys = new Set<string>()
  for (const entry of entries) {
    if (ids.has(entry.id)) refuse('duplicate-id', `two entries of the roster have the id "${entry.id}"`)
    ids.add(entry.id)
    for (const key of [entry.encryptionKey, entry.maskKey]) {
      if (!isValidPublicKey(key)) {
        refuse('invalid-key', `client "${entry.id}" has a public key of low order or in a non-canonical encoding`)
      }
      const text = key.join()
      if (keys.has(text))
        refuse('duplicate-key', `client "${entry.id}" has a public key that occurs twice in the roster`)
      keys.add(text)
    }
  }
}

function checkCredential(setup: ClientSetup, entry: RosterEntry, refuse: Refuse): void {
  const { parameters, knownKeys } = setup
  if (parameters.threatModel === 'semi-honest') return
  const { credential } = entry
  if (credential === undefined) refuse('no-signature', `client "${entry.id}" has not signed its keys`)
  if (knownKeys !== undefined) {
    const known = knownKeys.get(entry.id)
    if (known === undefined) refuse('unknown-identity', `client "${entry.id}" is not on the list of known keys`)
    if (!equalBytes(known, credential.verificationKey)) {
      refuse('wrong-identity', `client "${entry.id}" signed with another key than the one known for it`)
    }
  }
  if (credential.expiry < setup.now()) refuse('expired', `the keys of client "${entry.id}" have expired`)
  const keys = { session: setup.session, encryptionKey: entry.encryptionKey, maskKey: entry.maskKey }
  const bytes = advertisementToSign(keys, entry.id, credential.expiry, parameters, setup.context)
  if (!setup.verify(credential.verificationKey, bytes, credential.signature)) {
    refuse('bad-signature', `the signature over the keys of client "${entry.id}" does not verify`)
  }
}
