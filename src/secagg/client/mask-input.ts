import { RingVector } from '../encoding/ring.ts'
import type { MaskedInput } from '../messages/masked-input.ts'
import type { ShareDelivery } from '../messages/share-delivery.ts'
import { CIPHERTEXT_BYTES, SHARE_BYTES } from '../messages/share-keys.ts'
import { open } from '../primitives/aead.ts'
import { wipe } from '../primitives/bytes.ts'
import { compareIds, pairwiseMaskKey, selfMaskKey, shareKey } from '../primitives/kdf.ts'
import { importX25519 } from '../primitives/key-agreement.ts'
import { addKeystreams, type Mask } from '../primitives/prg.ts'
import { isWellFormedShare } from '../primitives/shamir.ts'
import { maskedInputDigest, shareAssociatedData } from '../transcript.ts'
import { checkCohort } from './policy.ts'
import { checkEnvelope, type Refuse, refusalsOf } from './refuse.ts'
import type { ClientSetup, HeldShares, Masked, Neighbour, Shared } from './state.ts'

/**
 * Round MaskedInputCollection (Bonawitz et al., figure 4, round 2): y = x + PRG(b) ± Σ PRG(s_uv) over the neighbours
 * that shared. A ciphertext that does not open costs its sender nothing but one holder: the client masks with it all
 * the same, or a bad peer could keep it out of the sum.
 */
export async function maskInput(
  setup: ClientSetup,
  state: Shared,
  delivery: ShareDelivery,
  input: RingVector,
): Promise<[Masked, MaskedInput[]]> {
  const refuse = refusalsOf(setup, 'MaskedInputCollection')
  const sharing = checkDelivery(setup, state, delivery, refuse)
  const neighbours = sharing.map((neighbour, i) => ({
    entry: neighbour,
    held: openShares(setup.id, state.t1, neighbour, delivery.ciphertexts.subarray(i * CIPHERTEXT_BYTES)),
  }))
  const sharers = delivery.sharers.clone()
  const masked = input.clone()
  await addMasks(setup.id, state, sharing, masked)
  wipe(state.selfMaskSeed, state.mask.secretKey, ...state.neighbours.map(neighbour => neighbour.shareSecret))
  const { t1, position, threshold } = state
  const digest = maskedInputDigest(t1, sharers, masked.reduce())
  return [{ name: 'masked', t1, position, threshold, sharers, neighbours }, splitIntoRanges(setup, masked, digest)]
}

function checkDelivery(setup: ClientSetup, state: Shared, delivery: ShareDelivery, refuse: Refuse): Neighbour[] {
  checkEnvelope(setup, delivery, 'ShareDelivery', refuse)
  const { sharers, ciphertexts } = delivery
  if (sharers.size !== state.size || !sharers.isCanonical) {
    refuse('bad-position-set', `the set of sharers is not one over a roster of ${state.size}`)
  }
  if (!sharers.has(state.position)) refuse('not-a-sharer', 'the server says that this client did not share its keys')
  const sharing = state.neighbours.filter(neighbour => sharers.has(neighbour.position))
  const problem = checkCohort(setup.policy, setup.parameters, {
    clients: sharers.count,
    degree: state.neighbours.length,
  })
  if (problem !== undefined) refuse(problem.code, problem.message)
  if (sharing.length < state.threshold) {
    refuse('too-few-sharers', `${sharing.length} neighbours shared their keys; the threshold is ${state.threshold}`)
  }
  if (ciphertexts.length !== sharing.length * CIPHERTEXT_BYTES) {
    refuse(
      'wrong-ciphertexts',
      `${ciphertexts.length} bytes of ciphertext for ${sharing.length} neighbours that shared`,
    )
  }
  return sharing
}

function openShares(id: string, t1: Uint8Array, from: Neighbour, ciphertexts: Uint8Array): HeldShares | undefined {
  const key = shareKey(from.shareSecret, t1, from.id, id)
  const plaintext = open(key, ciphertexts.subarray(0, CIPHERTEXT_BYTES), shareAssociatedData(t1, from.id, id))
  wipe(key)
  if (plaintext === undefined) return undefined
  const selfMask = plaintext.slice(0, SHARE_BYTES)
  const maskKey = plaintext.slice(SHARE_BYTES)
  wipe(plaintext)
  return isWellFormedShare(selfMask) && isWellFormedShare(maskKey) ? { selfMask, maskKey } : undefined
}

async function addMasks(id: string, state: Shared, sharing: readonly Neighbour[], vector: RingVector): Promise<void> {
  const masks: Mask[] = [{ key: selfMaskKey(state.selfMaskSeed, state.t1, id), sign: 1 }]
  const mask = importX25519(state.mask.secretKey)
  for (const neighbour of sharing) {
    const secret = mask.agree(neighbour.maskKey)
    const key = pairwiseMaskKey(secret, state.t1, id, neighbour.id)
    masks.push({ key, sign: compareIds(id, neighbour.id) < 0 ? 1 : -1 })
    wipe(secret)
  }
  try {
    await addKeystreams(masks, 0, vector.words, vector.lanes)
  } finally {
    wipe(...masks.map(({ key }) => key))
  }
}

function splitIntoRanges(setup: ClientSetup, vector: RingVector, digest: Uint8Array): MaskedInput[] {
  const { session, id, parameters } = setup
  const { vectorLength, modulusBits, rangeLength } = parameters
  const messages: MaskedInput[] = []
  for (let firstEntry = 0; firstEntry === 0 || firstEntry < vectorLength; firstEntry += rangeLength) {
    const entries = Math.min(rangeLength, vectorLength - firstEntry)
    const words = vector.words.subarray(firstEntry * vector.lanes, (firstEntry + entries) * vector.lanes)
    const range = RingVector.fromWords(words, entries, modulusBits)
    messages.push({ type: 'MaskedInput', session, sender: id, vectorLength, firstEntry, digest, range })
  }
  return messages
}
