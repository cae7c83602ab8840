import { describe, it } from 'vitest'
import { PositionSet } from '../../../src/secagg/messages/position-set.ts'
import type { ShareDelivery } from '../../../src/secagg/messages/share-delivery.ts'
import { LIMITS } from './arbitraries.ts'
import { be, expectBytes, expectRefusal, expectUnencodable, fill, frameOf, join } from './support.ts'

const message: ShareDelivery = {
  type: 'ShareDelivery',
  session: fill(1, 32),
  sharers: PositionSet.of(11, [0, 2, 10]),
  ciphertexts: join(fill(5, 82), fill(6, 82)),
}
const header = join(fill(1, 32), be(11, 4), 0b101, 0b100)

describe('ShareDelivery', () => {
  it('is session and sharers; then the ciphertexts', () => {
    expectBytes(message, frameOf(0x82, header, message.ciphertexts))
  })

  it('refuses sharers beyond the roster', () => {
    const bytes = frameOf(0x82, join(fill(1, 32), be(11, 4), 0, 0b1000), message.ciphertexts)
    expectRefusal(bytes, 'non-zero-padding', { field: 'sharers', at: 52 })
  })

  it('refuses a roster above the limit', () => {
    expectRefusal(
      frameOf(0x82, header),
      'beyond-limit',
      { field: 'size', at: 48 },
      {
        ...LIMITS,
        clients: 10,
      },
    )
  })

  it('refuses half a ciphertext, and more of them than neighbours', () => {
    expectRefusal(frameOf(0x82, header, fill(0, 81)), 'bad-body-length', { field: 'body', at: 56 })
    const limits = { ...LIMITS, neighbours: 1 }
    expectRefusal(frameOf(0x82, header, message.ciphertexts), 'beyond-limit', { field: 'body', at: 56 }, limits)
  })

  it('is not encoded with half a ciphertext or members beyond the roster', () => {
    expectUnencodable({ ...message, ciphertexts: fill(5, 81) }, 'ciphertexts')
    expectUnencodable({ ...message, sharers: new PositionSet(11, join(0, 0b1000)) }, 'sharers')
  })
})
