import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../src/secagg/errors.ts'
import { decodeMessage } from '../../../src/secagg/messages/frame.ts'
import { leafBytes, type Roster, type RosterEntry } from '../../../src/secagg/messages/roster.ts'
import { LIMITS, rosterEntry } from './arbitraries.ts'
import { be, expectBytes, expectRefusal, expectUnencodable, fill, frameOf, join, SEED } from './support.ts'

const plain: RosterEntry = { position: 2, id: 'al', encryptionKey: fill(2, 32), maskKey: fill(3, 32) }
const signed: RosterEntry = {
  position: 6,
  id: 'bob',
  encryptionKey: fill(4, 32),
  maskKey: fill(5, 32),
  credential: { verificationKey: fill(6, 32), expiry: 1000, signature: fill(7, 64) },
}
const plainBytes = (position: number, id = 'al') => join(be(position, 4), 2, id, fill(2, 32), fill(3, 32), 0)
const signedBytes = join(be(6, 4), 3, 'bob', fill(4, 32), fill(5, 32), 1, fill(6, 32), be(1000, 8), fill(7, 64))

const message: Roster = {
  type: 'Roster',
  session: fill(1, 32),
  size: 7,
  root: fill(8, 32),
  position: 2,
  entries: [plain, signed],
  proof: [fill(9, 32), fill(10, 32)],
}
const head = join(fill(1, 32), be(7, 4), fill(8, 32), be(2, 4))
const list = (items: Uint8Array) => join(be(items.length, 4), items)
const rosterOf = (entries: Uint8Array, proof: Uint8Array = new Uint8Array()) =>
  frameOf(0x81, join(head, list(entries), list(proof)))
/** Frame prefix, fields before the entries, their length. */
const ENTRIES = 16 + 72 + 4

describe('Roster', () => {
  it('is session, size, root, own position, entries and proof', () => {
    expectBytes(message, rosterOf(join(plainBytes(2), signedBytes), join(fill(9, 32), fill(10, 32))))
  })

  it('needs no proof when every leaf is in it', () => {
    expectBytes({ ...message, entries: [plain], proof: [] }, rosterOf(plainBytes(2)))
  })

  it('refuses a recipient outside of the roster', () => {
    const header = join(fill(1, 32), be(7, 4), fill(8, 32), be(7, 4), be(0, 4), be(0, 4))
    expectRefusal(frameOf(0x81, header), 'position-out-of-range', { field: 'position', at: 84 })
  })

  it('refuses an entry outside of the roster', () => {
    expectRefusal(rosterOf(plainBytes(7)), 'position-out-of-range', { field: 'entries.position', at: ENTRIES })
  })

  it('refuses two entries at one position', () => {
    const at = ENTRIES + plainBytes(2).length
    const bytes = rosterOf(join(plainBytes(2), plainBytes(2, 'bo')))
    expectRefusal(bytes, 'duplicate-position', { field: 'entries.position', at })
  })

  it('refuses entries that do not ascend', () => {
    const at = ENTRIES + plainBytes(2).length
    const bytes = rosterOf(join(plainBytes(2), plainBytes(1, 'bo')))
    expectRefusal(bytes, 'positions-not-ascending', { field: 'entries.position', at })
  })

  it('refuses an entry that reaches beyond the list', () => {
    const entries = plainBytes(2)
    const header = join(head, be(entries.length - 1, 4), entries, be(0, 4))
    expectRefusal(frameOf(0x81, header), 'truncated', { field: 'credential' })
  })

  it('refuses a roster above the limit', () => {
    expectRefusal(rosterOf(plainBytes(2)), 'beyond-limit', { field: 'size', at: 48 }, { ...LIMITS, clients: 6 })
  })

  it('refuses more entries than the recipient and its neighbours', () => {
    const bytes = rosterOf(join(plainBytes(1), plainBytes(2), plainBytes(3)))
    const where = { field: 'entries', at: ENTRIES - 4 }
    expectRefusal(bytes, 'beyond-limit', where, { ...LIMITS, neighbours: 1 })
  })

  it('refuses a longer proof than such a tree can need', () => {
    const proof = (hashes: number) => rosterOf(plainBytes(2), fill(9, 32 * hashes))
    // Seven leaves: three levels; two entries at most.
    const limits = { ...LIMITS, neighbours: 1 }
    expect(decodeMessage(proof(6), limits)).toMatchObject({ proof: Array(6).fill(fill(9, 32)) })
    expectRefusal(proof(7), 'beyond-limit', { field: 'proof' }, limits)
    expectRefusal(rosterOf(plainBytes(2), fill(9, 33)), 'truncated', { field: 'proof' })
  })

  it.each([
    ['position', { position: 7 }],
    ['entries.position', { entries: [signed, plain] }],
    ['entries.position', { entries: [plain, { ...plain, id: 'bo' }] }],
    ['entries.position', { entries: [{ ...plain, position: 7 }] }],
    ['entries.position', { entries: [{ ...plain, position: -1 }] }],
    ['entries.id', { entries: [{ ...plain, id: '' }] }],
    ['root', { root: fill(8, 31) }],
    ['proof', { proof: [fill(9, 31)] }],
    ['size', { size: 2 ** 32, position: 0 }],
  ])('is not encoded with a bad %s (case %#)', (field, change) => {
    expectUnencodable({ ...message, ...change }, field)
  })
})

describe('leafBytes', () => {
  it('are the bytes of an entry', () => {
    expect(leafBytes(plain)).toEqual(plainBytes(2))
    expect(leafBytes(signed)).toEqual(signedBytes)
  })

  it('differ for entries that differ', () => {
    const anyEntry = fc.nat(0xffffffff).chain(rosterEntry)
    fc.assert(
      fc.property(anyEntry, anyEntry, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b)
        expect(leafBytes(a).join() === leafBytes(b).join()).toBe(same)
      }),
      { seed: SEED },
    )
  })

  it('do not exist for an entry that cannot be encoded', () => {
    expect(() => leafBytes({ ...plain, id: '\udfff' })).toThrow(UsageError)
    expect(() => leafBytes({ ...plain, position: 2 ** 32 })).toThrow(UsageError)
  })
})
