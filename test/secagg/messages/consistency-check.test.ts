import { describe, it } from 'vitest'
import type { ConsistencyCheck } from '../../../src/secagg/messages/consistency-check.ts'
import { expectBytes, expectRefusal, expectUnencodable, fill, frameOf, join } from './support.ts'

const message: ConsistencyCheck = {
  type: 'ConsistencyCheck',
  session: fill(1, 32),
  sender: 'bob',
  signature: fill(9, 64),
}

describe('ConsistencyCheck', () => {
  it('is session, sender and signature', () => {
    expectBytes(message, frameOf(0x04, join(fill(1, 32), 3, 'bob', fill(9, 64))))
  })

  it('refuses a signature that is too short or too long', () => {
    const head = join(fill(1, 32), 3, 'bob')
    expectRefusal(frameOf(0x04, join(head, fill(9, 63))), 'truncated', { field: 'signature', at: 52 })
    expectRefusal(frameOf(0x04, join(head, fill(9, 65))), 'trailing-bytes', { field: 'header', at: 116 })
  })

  it('is not encoded with a signature of another length', () => {
    expectUnencodable({ ...message, signature: fill(9, 63) }, 'signature')
  })
})
