import { equalBytes, wipe } from '../primitives/bytes.ts'
import { compareIds, pairwiseMaskKey, selfMaskKey } from '../primitives/kdf.ts'
import { importX25519, x25519PublicKey } from '../primitives/key-agreement.ts'
import { addKeystream } from '../primitives/prg.ts'
import { seedCommitment } from '../transcript.ts'
import type { ShareCollection } from './share-collection.ts'
import type { Survival } from './survival.ts'

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
    for (const [dealer, secret] of secrets) {
      await (survival.survivors.has(dealer) ? removeSelfMask : removePairwiseMasks)(survival, dealer, secret)
    }
    return undefined
  } finally {
    wipe(...secrets.values())
  }
}

function isPublished({ cohort, survivors, commitments }: Survival, dealer: number, secret: Uint8Array): boolean {
  if (!survivors.has(dealer)) return equalBytes(x25519PublicKey(secret), cohort.entries[dealer]!.maskKey)
  const committed = commitments.get(dealer)!.seedCommitment
  return equalBytes(seedCommitment(cohort.setup.session, cohort.id(dealer), secret), committed)
}

async function removeSelfMask({ cohort, maskedSum }: Survival, survivor: number, seed: Uint8Array): Promise<void> {
  const key = selfMaskKey(seed, cohort.t1, cohort.id(survivor))
  await addKeystream(key, 0, maskedSum.words, -1, maskedSum.lanes)
  wipe(key)
}

/** The masks that surviving neighbours added for a client which dropped out, and that nothing cancels. */
async function removePairwiseMasks(survival: Survival, dropped: number, secretKey: Uint8Array): Promise<void> {
  const { cohort, survivors, maskedSum } = survival
  const mask = importX25519(secretKey)
  const droppedId = cohort.id(dropped)
  for (const neighbour of cohort.neighbours(dropped)) {
    if (!survivors.has(neighbour)) continue
    const { id, maskKey } = cohort.entries[neighbour]!
    const secret = mask.agree(maskKey)
    const key = pairwiseMaskKey(secret, cohort.t1, droppedId, id)
    const signOfNeighbour = compareIds(id, droppedId) < 0 ? 1 : -1
    await addKeystream(key, 0, maskedSum.words, signOfNeighbour === 1 ? -1 : 1, maskedSum.lanes)
    wipe(secret, key)
  }
}
