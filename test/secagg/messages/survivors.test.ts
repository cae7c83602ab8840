import { describe, it } from 'vitest'
import { PositionSet } from '../../../src/secagg/messages/position-set.ts'
import type { Survivors } from '../../../src/secagg/messages/survivors.ts'
import { LIMITS } from './arbitraries.ts'
import { be, expectBytes, expectRefusal, expectUnencodable, fill, frameOf, join } from './support.ts'

const message: Survivors = { type: 'Survivors', session: fill(1, 32), survivors: PositionSet.of(9, [0, 8]) }

describe('Survivors', () => {
  it('is session, roster size and one bit for each position', () => {
    expectBytes(message, frameOf(0x83, join(fill(1, 32), be(9, 4), 1, 1)))
  })

  it('refuses bits beyond the roster', () => {
    const bytes = frameOf(0x83, join(fill(1, 32), be(9, 4), 1, 0b10))
    expectRefusal(bytes, 'non-zero-padding', { field: 'survivors', at: 52 })
  })

  it('refuses a roster above the limit before it looks for its bits', () => {
    const bytes = frameOf(0x83, join(fill(1, 32), be(0xffffffff, 4)))
    expectRefusal(bytes, 'beyond-limit', { field: 'size', at: 48 })
    expectRefusal(bytes, 'truncated', { field: 'survivors', at: 52 }, { ...LIMITS, clients: 0xffffffff })
  })

  it('is not encoded with bits beyond the roster', () => {
    expectUnencodable({ ...message, survivors: new PositionSet(9, join(0, 2)) }, 'survivors')
  })
})
