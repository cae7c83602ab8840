import { describe, it } from 'vitest'
import type { ShareKeys } from '../../../src/secagg/messages/share-keys.ts'
import { LIMITS } from './arbitraries.ts'
import { expectBytes, expectRefusal, expectUnencodable, fill, frameOf, join } from './support.ts'

const message: ShareKeys = {
  type: 'ShareKeys',
  session: fill(1, 32),
  sender: 'carol',
  seedCommitment: fill(2, 32),
  shareCommitments: join(fill(3, 64), fill(4, 64)),
  ciphertexts: join(fill(5, 82), fill(6, 82)),
}
const header = join(fill(1, 32), 5, 'carol', fill(2, 32))

describe('ShareKeys', () => {
  it('is session, sender and seed commitment; then all commitments, then all ciphertexts', () => {
    expectBytes(message, frameOf(0x02, header, join(fill(3, 64), fill(4, 64), fill(5, 82), fill(6, 82))))
  })

  it('refuses a body that is not a whole number of neighbours', () => {
    for (const length of [1, 82, 145, 147]) {
      expectRefusal(frameOf(0x02, header, fill(0, length)), 'bad-body-length', { field: 'body', at: 88 })
    }
  })

  it('refuses more neighbours than the session allows', () => {
    const limits = { ...LIMITS, neighbours: 2 }
    expectRefusal(frameOf(0x02, header, fill(0, 3 * 146)), 'beyond-limit', { field: 'body' }, limits)
  })

  it.each([
    ['shareCommitments', { shareCommitments: fill(3, 127) }],
    ['ciphertexts', { ciphertexts: fill(3, 163) }],
    ['ciphertexts', { ciphertexts: fill(3, 82) }],
    ['seedCommitment', { seedCommitment: fill(3, 31) }],
  ])('is not encoded with bad %s (case %#)', (field, change) => {
    expectUnencodable({ ...message, ...change }, field)
  })
})
