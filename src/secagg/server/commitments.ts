import type { ShareKeys } from '../messages/share-keys.ts'

/** What remains of a ShareKeys message after its ciphertexts went on: what the shares and the seed must open. */
export type Commitments = Pick<ShareKeys, 'seedCommitment' | 'shareCommitments'>
