import { describe, it } from 'vitest'
import { PositionSet } from '../../../src/secagg/messages/position-set.ts'
import type { UnmaskingRequest } from '../../../src/secagg/messages/unmasking-request.ts'
import { LIMITS } from './arbitraries.ts'
import { be, expectBytes, expectRefusal, expectUnencodable, fill, frameOf, join } from './support.ts'

const signature = (byte: number) => fill(byte, 64)
const message: UnmaskingRequest = {
  type: 'UnmaskingRequest',
  session: fill(1, 32),
  survivors: PositionSet.of(10, [1, 2, 9]),
  dropped: PositionSet.of(10, [0]),
  signatures: [
    { position: 2, signature: signature(7) },
    { position: 9, signature: signature(8) },
  ],
}
const head = join(fill(1, 32), be(10, 4), 0b110, 0b10, 1, 0)
const signed = (...positions: number[]) =>
  frameOf(0x84, join(head, be(68 * positions.length, 4), ...positions.map(p => join(be(p, 4), signature(7)))))
/** Header offset, fields before the list, its length. */
const LIST = 16 + 40 + 4

describe('UnmaskingRequest', () => {
  it('is session, roster size, survivors, dropped and the signatures', () => {
    const list = join(be(136, 4), be(2, 4), signature(7), be(9, 4), signature(8))
    expectBytes(message, frameOf(0x84, join(head, list)))
  })

  it('has an empty list where nobody signs', () => {
    expectBytes({ ...message, signatures: [] }, frameOf(0x84, join(head, be(0, 4))))
  })

  it('refuses a signature by a stranger', () => {
    expectRefusal(signed(10), 'position-out-of-range', { field: 'signatures.position', at: LIST })
  })

  it('refuses two signatures by one client', () => {
    expectRefusal(signed(2, 2), 'duplicate-position', { field: 'signatures.position', at: LIST + 68 })
  })

  it('refuses unsorted signatures', () => {
    expectRefusal(signed(2, 9, 3), 'positions-not-ascending', { field: 'signatures.position', at: LIST + 136 })
  })

  it('refuses more signatures than a client has neighbours', () => {
    expectRefusal(
      signed(1, 2, 3),
      'beyond-limit',
      { field: 'signatures', at: LIST - 4 },
      {
        ...LIMITS,
        neighbours: 2,
      },
    )
  })

  it('refuses half a signature', () => {
    const bytes = frameOf(0x84, join(head, be(67, 4), be(1, 4), fill(7, 63)))
    expectRefusal(bytes, 'truncated', { field: 'signatures.signature', at: LIST + 4 })
  })

  it('refuses bits beyond the roster in either set', () => {
    const survivors = join(fill(1, 32), be(10, 4), 0, 0b100, 0, 0, be(0, 4))
    const dropped = join(fill(1, 32), be(10, 4), 0, 0, 0, 0b100, be(0, 4))
    expectRefusal(frameOf(0x84, survivors), 'non-zero-padding', { field: 'survivors', at: 52 })
    expectRefusal(frameOf(0x84, dropped), 'non-zero-padding', { field: 'dropped', at: 54 })
  })

  it.each([
    ['dropped', { dropped: PositionSet.of(11, []) }],
    ['signatures.position', { signatures: [{ position: 10, signature: signature(7) }] }],
    ['signatures.position', { signatures: [2, 2].map(position => ({ position, signature: signature(7) })) }],
    ['signatures.position', { signatures: [3, 2].map(position => ({ position, signature: signature(7) })) }],
    ['signatures.position', { signatures: [{ position: 0.5, signature: signature(7) }] }],
    ['signatures.signature', { signatures: [{ position: 1, signature: fill(7, 63) }] }],
  ])('is not encoded with bad %s (case %#)', (field, change) => {
    expectUnencodable({ ...message, ...change }, field)
  })
})
