import { equalBytes, wipe } from '../primitives/bytes.ts'
import { compareIds, pairwiseMaskKey, selfMaskKey } from '../primitives/kdf.ts'
import { importX25519, importX25519Peer, type X25519Peer, x25519PublicKey } from '../primitives/key-agreement.ts'
import { addKeystreams, type Mask } from '../primitives/prg.ts'
import { seedCommitment } from '../transcript.ts'
import type { ShareCollection } from './share-collection.ts'
import type { Survival } from './survival.ts'

/** Masks taken off at a time, at least. More would not be faster; fewer would leave threads with little to do. */
const BATCH = 256

/**
 * Reconstructs every secret that the sum needs, checks each against what its owner published, and only then takes the
 * masks out of the sum, in place.
 *
 * @returns What was wrong, when the shares of somebody do not combine to the secret that it published.
 */
export async function removeMasks(
  survival: Survival,
  collections: ReadonlyMap<number, ShareCollection>,
): Promise<string | undefined> {
  const secrets = new Map<number, Uint8Array>()
  try {
    for (const [dealer, collection] of collections) {
      const secret = collection.combine()
      secrets.set(dealer, secret)
      if (!isPublished(survival, dealer, secret)) {
        return `the shares that "${survival.cohort.id(dealer)}" dealt do not combine to the secret that it published`
      }
    }
    await takeAllOff(survival, secrets)
    return undefined
  } finally {
    for (const secret of secrets.values()) wipe(secret)
  }
}

/**
 * Batch by batch, many masks at a time: each part of the sum is then fetched and stored once for all of them. While other
 * threads take one batch off, this one agrees on the keys of the next.
 */
async function takeAllOff(survival: Survival, secrets: ReadonlyMap<number, Uint8Array>): Promise<void> {
  let underWay: Promise<void> = Promise.resolve()
  try {
    for (const masks of batches(survival, secrets)) {
      await underWay
      underWay = takeOff(survival, masks)
      underWay.catch(() => {}) // seen when it is awaited; until then nobody does
    }
  } finally {
    await underWay
  }
}

/** In no more memory than the keys of one batch and of one dropout take. */
function* batches(survival: Survival, secrets: ReadonlyMap<number, Uint8Array>): Generator<Mask[]> {
  const peerOf = importedOnce(survival)
  let batch: Mask[] = []
  try {
    for (const [dealer, secret] of secrets) {
      if (survival.survivors.has(dealer)) batch.push(selfMask(survival, dealer, secret))
      else batch.push(...pairwiseMasks(survival, dealer, secret, peerOf))
      if (batch.length < BATCH) continue
      yield batch
      batch = []
    }
    yield batch
    batch = []
  } finally {
    wipeKeys(batch) // not taken over, because something failed
  }
}

async function takeOff({ maskedSum }: Survival, masks: readonly Mask[]): Promise<void> {
  try {
    await addKeystreams(masks, 0, maskedSum.words, maskedSum.lanes)
  } finally {
    wipeKeys(masks)
  }
}

function wipeKeys(masks: readonly Mask[]): void {
  for (const { key } of masks) wipe(key)
}

function isPublished({ cohort, survivors, commitments }: Survival, dealer: number, secret: Uint8Array): boolean {
  if (!survivors.has(dealer)) return equalBytes(x25519PublicKey(secret), cohort.entries[dealer]!.maskKey)
  const committed = commitments.get(dealer)!.seedCommitment
  return equalBytes(seedCommitment(cohort.setup.session, cohort.id(dealer), secret), committed)
}

function selfMask({ cohort }: Survival, survivor: number, seed: Uint8Array): Mask {
  return { key: selfMaskKey(seed, cohort.t1, cohort.id(survivor)), sign: -1 }
}

/** The masks that surviving neighbours added for a client which dropped out, and that nothing cancels. */
function pairwiseMasks(
  { cohort, survivors }: Survival,
  dropped: number,
  secretKey: Uint8Array,
  peerOf: (position: number) => X25519Peer,
): Mask[] {
  const mask = importX25519(secretKey)
  const droppedId = cohort.id(dropped)
  const masks: Mask[] = []
  for (const neighbour of cohort.neighbours(dropped)) {
    if (!survivors.has(neighbour)) continue
    const { id } = cohort.entries[neighbour]!
    const secret = mask.agree(peerOf(neighbour))
    // The opposite of the sign that the neighbour masked with: the smaller id had added.
    const sign = compareIds(id, droppedId) < 0 ? -1 : 1
    masks.push({ key: pairwiseMaskKey(secret, cohort.t1, droppedId, id), sign })
    wipe(secret)
  }
  return masks
}

/** A survivor next to many dropouts agrees with each of them. */
function importedOnce({ cohort }: Survival): (position: number) => X25519Peer {
  const peers = new Map<number, X25519Peer>()
  return position => {
    const peer = peers.get(position) ?? importX25519Peer(cohort.entries[position]!.maskKey)
    peers.set(position, peer)
    return peer
  }
}
