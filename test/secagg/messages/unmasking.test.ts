import { describe, it } from 'vitest'
import { ShareKind, type Unmasking } from '../../../src/secagg/messages/unmasking.ts'
import { LIMITS } from './arbitraries.ts'
import { expectBytes, expectRefusal, expectUnencodable, fill, frameOf, join } from './support.ts'

const selfMask = join(ShareKind.SELF_MASK, fill(5, 32), 1)
const maskKey = join(ShareKind.MASK_KEY, fill(6, 32), 2)
const absent = fill(0, 34)
const message: Unmasking = {
  type: 'Unmasking',
  session: fill(1, 32),
  sender: 'dave',
  shares: join(selfMask, maskKey, absent),
}
const header = join(fill(1, 32), 4, 'dave')
const BODY = 56

describe('Unmasking', () => {
  it('is session and sender; then a kind and a share for each neighbour', () => {
    expectBytes(message, frameOf(0x05, header, join(1, fill(5, 32), 1, 2, fill(6, 32), 2, fill(0, 34))))
  })

  it('refuses a kind of share that there is not', () => {
    for (const kind of [3, 255]) {
      const bytes = frameOf(0x05, header, join(selfMask, kind, fill(0, 33)))
      expectRefusal(bytes, 'bad-share-kind', { field: 'shares[1]', at: BODY + 34 })
    }
  })

  it('refuses bytes after ABSENT: nothing has one encoding', () => {
    for (const at of [1, 33]) {
      const bytes = frameOf(0x05, header, join(selfMask, fill(0, at), 1, fill(0, 33 - at)))
      expectRefusal(bytes, 'non-zero-absent-share', { field: 'shares[1]', at: BODY + 34 })
    }
  })

  it('refuses half a share, and more of them than neighbours', () => {
    expectRefusal(frameOf(0x05, header, fill(0, 35)), 'bad-body-length', { field: 'body', at: BODY })
    const limits = { ...LIMITS, neighbours: 2 }
    expectRefusal(frameOf(0x05, header, message.shares), 'beyond-limit', { field: 'body', at: BODY }, limits)
  })

  it.each([
    ['shares', { shares: fill(0, 35) }],
    ['shares[0]', { shares: join(3, fill(0, 33)) }],
    ['shares[1]', { shares: join(selfMask, 0, fill(0, 32), 1) }],
  ])('is not encoded with bad %s', (field, change) => {
    expectUnencodable({ ...message, ...change }, field)
  })
})
