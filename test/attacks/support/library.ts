/**
 * Everything that an attack touches, victims and the attacker's own tools alike. It is imported as it stands (the
 * shipped source) and bundled from a patched copy, so both have the same shape. An attacker knows the victims' software:
 * it computes keys and masks with the very functions that they use.
 */

export { RoundLeakageGuard } from '../../../src/federated/leakage/guard.ts'
export { secureSum } from '../../../src/federated/round/secure-sum.ts'
export { type ClientPolicy, MemorySessionLog, SecAggClient } from '../../../src/secagg/client/index.ts'
export { RingVector } from '../../../src/secagg/encoding/ring.ts'
export { AggregationAbortedError } from '../../../src/secagg/errors.ts'
export { neighboursOf } from '../../../src/secagg/graph/index.ts'
export { decodeClientMessage, decodeServerMessage, encodeMessage } from '../../../src/secagg/messages/frame.ts'
export { limitsFor } from '../../../src/secagg/messages/limits.ts'
export { PositionSet } from '../../../src/secagg/messages/position-set.ts'
export { leafBytes } from '../../../src/secagg/messages/roster.ts'
export { resolveParameters, thresholdFor } from '../../../src/secagg/parameters.ts'
export { open } from '../../../src/secagg/primitives/aead.ts'
export { compareIds, pairwiseMaskKey, selfMaskKey, shareKey } from '../../../src/secagg/primitives/kdf.ts'
export { generateKeyPair, importX25519, x25519PublicKey } from '../../../src/secagg/primitives/key-agreement.ts'
export { MerkleTree } from '../../../src/secagg/primitives/merkle.ts'
export { fillKeystream } from '../../../src/secagg/primitives/prg.ts'
export { secureRandom } from '../../../src/secagg/primitives/random.ts'
export { combineShares, splitSecret } from '../../../src/secagg/primitives/shamir.ts'
export { generateIdentity, sign, verify } from '../../../src/secagg/primitives/signature.ts'
export { SecAggServer } from '../../../src/secagg/server/index.ts'
export {
  advertisementToSign,
  consistencyToSign,
  maskedInputDigest,
  rosterTranscript,
  shareAssociatedData,
  shareCommitment,
  survivorTranscript,
} from '../../../src/secagg/transcript.ts'
