import { effectiveDegree } from '../graph/index.ts'
import type { Roster, RosterEntry } from '../messages/roster.ts'
import { CIPHERTEXT_BYTES, COMMITMENT_PAIR_BYTES, type ShareKeys } from '../messages/share-keys.ts'
import { ShareKind } from '../messages/unmasking.ts'
import { thresholdFor } from '../parameters.ts'
import { seal } from '../primitives/aead.ts'
import { concatBytes, wipe } from '../primitives/bytes.ts'
import { shareKey } from '../primitives/kdf.ts'
import { importX25519 } from '../primitives/key-agreement.ts'
import { rosterTranscript, seedCommitment, shareAssociatedData, shareCommitment } from '../transcript.ts'
import { checkRoster } from './check-roster.ts'
import { refusalsOf } from './refuse.ts'
import type { Advertised, ClientSetup, Neighbour, Shared } from './state.ts'

const SEED_BYTES = 32

/**
 * Round ShareKeys (Bonawitz et al., figure 4, round 1; Bell et al., algorithm 3): a fresh self-mask seed, and for every
 * neighbour one encrypted share of it and one of the mask key.
 */
export async function shareKeys(setup: ClientSetup, state: Advertised, roster: Roster): Promise<[Shared, ShareKeys]> {
  const entries = checkRoster(setup, state, roster, refusalsOf(setup, 'ShareKeys'))
  const { session, parameters, context } = setup
  const t1 = rosterTranscript(session, parameters, context, roster.size, roster.root)
  const threshold = thresholdFor(parameters, effectiveDegree(parameters.graph, roster.size))
  const neighbours = agreeWithAll(state, entries)
  const selfMaskSeed = setup.random(SEED_BYTES)
  const seedShares = await setup.split(selfMaskSeed, neighbours.length, threshold)
  const keyShares = await setup.split(state.mask.secretKey, neighbours.length, threshold)

  const ciphertexts = new Uint8Array(neighbours.length * CIPHERTEXT_BYTES)
  const shareCommitments = new Uint8Array(neighbours.length * COMMITMENT_PAIR_BYTES)
  neighbours.forEach((neighbour, i) => {
    const [selfMask, maskKey] = [seedShares[i]!, keyShares[i]!]
    ciphertexts.set(sealShares(setup.id, t1, neighbour, selfMask, maskKey), i * CIPHERTEXT_BYTES)
    const commit = (kind: ShareKind, share: Uint8Array) => shareCommitment(session, setup.id, neighbour.id, kind, share)
    const pair = concatBytes(commit(ShareKind.SELF_MASK, selfMask), commit(ShareKind.MASK_KEY, maskKey))
    shareCommitments.set(pair, i * COMMITMENT_PAIR_BYTES)
    wipe(selfMask, maskKey)
  })
  wipe(state.encryption.secretKey)

  const { size, position } = roster
  return [
    { name: 'shared', mask: state.mask, selfMaskSeed, t1, size, position, threshold, neighbours },
    {
      type: 'ShareKeys',
      session,
      sender: setup.id,
      seedCommitment: seedCommitment(session, setup.id, selfMaskSeed),
      shareCommitments,
      ciphertexts,
    },
  ]
}

function agreeWithAll(state: Advertised, entries: readonly RosterEntry[]): Neighbour[] {
  const encryption = importX25519(state.encryption.secretKey)
  return entries.map(entry => ({ ...entry, shareSecret: encryption.agree(entry.encryptionKey) }))
}

function sealShares(
  from: string,
  t1: Uint8Array,
  to: Neighbour,
  selfMask: Uint8Array,
  maskKey: Uint8Array,
): Uint8Array {
  const plaintext = concatBytes(selfMask, maskKey)
  const key = shareKey(to.shareSecret, t1, from, to.id)
  const ciphertext = seal(key, plaintext, shareAssociatedData(t1, from, to.id))
  wipe(key, plaintext)
  return ciphertext
}
