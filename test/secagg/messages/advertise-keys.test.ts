import { describe, it } from 'vitest'
import type { AdvertiseKeys } from '../../../src/secagg/messages/advertise-keys.ts'
import { be, expectBytes, expectRefusal, expectUnencodable, fill, frameOf, join } from './support.ts'

const plain: AdvertiseKeys = {
  type: 'AdvertiseKeys',
  session: fill(1, 32),
  sender: 'alice',
  encryptionKey: fill(2, 32),
  maskKey: fill(3, 32),
}
const credential = { verificationKey: fill(4, 32), expiry: 0x01020304050607, signature: fill(5, 64) }

const start = join(fill(1, 32), 5, 'alice', fill(2, 32), fill(3, 32))
const signed = (expiry: number | bigint) => join(start, 1, fill(4, 32), be(expiry, 8), fill(5, 64))

describe('AdvertiseKeys', () => {
  it('is session, sender, two keys and a byte 0 when nobody signed', () => {
    expectBytes(plain, frameOf(0x01, join(start, 0)))
  })

  it('carries key, expiry and signature behind a byte 1 when its sender signed', () => {
    expectBytes({ ...plain, credential }, frameOf(0x01, signed(credential.expiry)))
  })

  it('refuses an expiry of 2^53 or later', () => {
    const at = 16 + start.length + 1 + 32
    expectRefusal(frameOf(0x01, signed(2n ** 53n)), 'integer-out-of-range', { field: 'expiry', at })
  })

  it('refuses a credential that is neither there nor absent', () => {
    expectRefusal(frameOf(0x01, join(start, 2)), 'bad-flag', { field: 'credential', at: 16 + start.length })
  })

  it('refuses half a credential', () => {
    expectRefusal(frameOf(0x01, join(start, 1, fill(4, 32))), 'truncated', { field: 'expiry' })
  })

  it('refuses more header than it has fields', () => {
    const bytes = frameOf(0x01, join(start, 0, 0))
    expectRefusal(bytes, 'trailing-bytes', { field: 'header', at: 16 + start.length + 1 })
  })

  it('has no body', () => {
    expectRefusal(frameOf(0x01, join(start, 0), fill(0, 1)), 'unexpected-body', { field: 'body' })
  })

  it.each([
    ['empty-id', join(fill(1, 32), 0)],
    ['id-too-long', join(fill(1, 32), 65, 'x'.repeat(65))],
    ['bad-utf8', join(fill(1, 32), 1, 0xff)],
  ] as const)('refuses a sender for the reason %s', (code, head) => {
    const header = join(head, fill(2, 32), fill(3, 32), 0)
    expectRefusal(frameOf(0x01, header), code, { field: 'sender', at: 48 })
  })

  it('takes an id of 64 bytes', () => {
    const sender = 'ü'.repeat(32)
    const header = join(fill(1, 32), 64, new TextEncoder().encode(sender), fill(2, 32), fill(3, 32), 0)
    expectBytes({ ...plain, sender }, frameOf(0x01, header))
  })

  it.each([
    ['session', { session: fill(1, 31) }],
    ['sender', { sender: '' }],
    ['sender', { sender: 'ü'.repeat(33) }],
    ['sender', { sender: 'a\ud800' }],
    ['encryptionKey', { encryptionKey: fill(2, 33) }],
    ['maskKey', { maskKey: fill(3, 0) }],
    ['verificationKey', { credential: { ...credential, verificationKey: fill(4, 31) } }],
    ['expiry', { credential: { ...credential, expiry: 2 ** 53 } }],
    ['expiry', { credential: { ...credential, expiry: 0.5 } }],
    ['signature', { credential: { ...credential, signature: fill(5, 65) } }],
  ])('is not encoded with a bad %s (case %#)', (field, change) => {
    expectUnencodable({ ...plain, ...change }, field)
  })
})
