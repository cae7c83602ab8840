import { SecAggError } from '../../errors.ts'
import { SHARE_BYTES } from '../../messages/share-keys.ts'
import { open, seal } from '../../primitives/aead.ts'
import { concatBytes } from '../../primitives/bytes.ts'
import { pairwiseMaskKey, selfMaskKey, shareKey } from '../../primitives/kdf.ts'
import { importX25519, isValidPublicKey } from '../../primitives/key-agreement.ts'
import { combineShares } from '../../primitives/shamir.ts'
import { generateIdentity, sign, verify } from '../../primitives/signature.ts'
import { shareAssociatedData } from '../../transcript.ts'
import { toHex } from './json.ts'
import { acceptIf, type Operations } from './operation.ts'

/** Keys, signatures and shares. */
export const keyOperations: Operations = {
  agree(input) {
    const key = importX25519(input.bytes('secretKey'))
    return { publicKey: toHex(key.publicKey), secret: toHex(key.agree(input.bytes('peerPublicKey'))) }
  },
  'accept-public-key': input => acceptIf(isValidPublicKey(input.bytes('publicKey')), 'invalid-key'),
  'derive-share-key': input => ({
    key: toHex(shareKey(input.bytes('secret'), input.bytes('t1'), input.text('from'), input.text('to'))),
  }),
  'derive-pairwise-mask-key'(input) {
    const [a, b] = input.texts('ids')
    return { key: toHex(pairwiseMaskKey(input.bytes('secret'), input.bytes('t1'), a ?? '', b ?? '')) }
  },
  'derive-self-mask-key': input => ({
    key: toHex(selfMaskKey(input.bytes('seed'), input.bytes('t1'), input.text('id'))),
  }),
  sign(input) {
    const secretKey = input.bytes('secretKey')
    const { publicKey } = generateIdentity(() => secretKey)
    return { publicKey: toHex(publicKey), signature: toHex(sign(secretKey, input.bytes('message'))) }
  },
  'verify-signature': input =>
    acceptIf(verify(input.bytes('publicKey'), input.bytes('message'), input.bytes('signature')), 'bad-signature'),
  'seal-shares'(input) {
    const associatedData = shareAssociatedData(input.bytes('t1'), input.text('from'), input.text('to'))
    const shares = concatBytes(input.bytes('selfMaskShare'), input.bytes('maskKeyShare'))
    return {
      associatedData: toHex(associatedData),
      ciphertext: toHex(seal(input.bytes('key'), shares, associatedData)),
    }
  },
  'open-shares'(input) {
    const associatedData = shareAssociatedData(input.bytes('t1'), input.text('from'), input.text('to'))
    const shares = open(input.bytes('key'), input.bytes('ciphertext'), associatedData)
    if (shares === undefined) throw new SecAggError('does-not-open', 'the ciphertext does not open')
    return { selfMaskShare: toHex(shares.slice(0, SHARE_BYTES)), maskKeyShare: toHex(shares.slice(SHARE_BYTES)) }
  },
  'combine-shares': input => ({
    secret: toHex(combineShares(input.allBytes('shares'), input.number('threshold'))),
  }),
}
