import fc, { type Arbitrary } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DecodeError } from '../../../src/secagg/errors.ts'
import {
  decodeClientMessage,
  decodeMessage,
  decodeServerMessage,
  encodedLength,
  encodeMessage,
  TYPE_CODES,
} from '../../../src/secagg/messages/frame.ts'
import type { Message, MessageType } from '../../../src/secagg/messages/message.ts'
import { anyMessage, clientMessage, LIMITS, messages, serverMessage } from './arbitraries.ts'
import { be, errorOf, expectRefusal, expectUnencodable, fill, frameOf, join, SEED } from './support.ts'

const TYPES = Object.keys(messages) as MessageType[]
const ofType = (type: MessageType): Arbitrary<Message> => messages[type]

const valid = frameOf(0x04, join(fill(1, 32), 3, 'bob', fill(9, 64)))
const patched = (at: number, ...values: number[]) => {
  const bytes = valid.slice()
  bytes.set(values, at)
  return bytes
}

describe.each(TYPES)('a frame with %s', type => {
  it('decodes to the message that was encoded, and encodes to the same bytes again', () => {
    fc.assert(
      fc.property(ofType(type), message => {
        const bytes = encodeMessage(message)
        const decoded = decodeMessage(bytes, LIMITS)
        expect(decoded).toEqual(message)
        expect(encodeMessage(decoded)).toEqual(bytes)
      }),
      { seed: SEED, numRuns: 60 },
    )
  })

  it('has its type code, starts its body at a multiple of 8, and is as long as foretold', () => {
    fc.assert(
      fc.property(ofType(type), message => {
        const bytes = encodeMessage(message)
        const view = new DataView(bytes.buffer)
        expect(bytes[2]).toBe(TYPE_CODES[type])
        expect((bytes.length - Number(view.getBigUint64(8))) % 8).toBe(0)
        expect(encodedLength(message)).toBe(bytes.length)
      }),
      { seed: SEED, numRuns: 20 },
    )
  })
})

describe('decodeMessage', () => {
  it('accepts a frame put together by hand', () => {
    expect(decodeMessage(valid, LIMITS)).toMatchObject({ type: 'ConsistencyCheck', sender: 'bob' })
  })

  it('refuses another version by name, before it looks at anything else', () => {
    for (const version of [0, 2, 0x0100]) {
      const bytes = join(be(version, 2), 0xff, 0xff)
      expectRefusal(bytes, 'unsupported-version', { field: 'version', at: 0 })
      const error = errorOf(() => decodeMessage(bytes, LIMITS))
      expect((error as Error).message).toContain(`version ${version}, this implementation speaks version 1`)
    }
  })

  it('refuses every type code that there is not', () => {
    const known = new Set(Object.values(TYPE_CODES))
    for (let code = 0; code < 256; code++) {
      if (!known.has(code)) expectRefusal(patched(2, code), 'unknown-type', { field: 'type', at: 2 })
    }
  })

  it('refuses a reserved byte that is not zero', () => {
    expectRefusal(patched(3, 1), 'non-zero-reserved', { field: 'reserved', at: 3 })
  })

  it('refuses padding that is not zero', () => {
    // 16 bytes of prefix, 100 of header, 4 of padding
    for (const at of [116, 119]) expectRefusal(patched(at, 1), 'non-zero-padding', { field: 'padding', at })
  })

  it('refuses bytes after the end', () => {
    expectRefusal(join(valid, 0), 'trailing-bytes', { field: 'frame', at: valid.length })
    expectRefusal(join(valid, valid), 'trailing-bytes', { field: 'frame', at: valid.length })
  })

  it('refuses every truncation', () => {
    for (let length = 0; length < valid.length; length++) {
      const error = errorOf(() => decodeMessage(valid.subarray(0, length), LIMITS))
      expect(error).toMatchObject({ name: 'DecodeError', code: 'truncated' })
    }
  })

  it('refuses lengths that only a huge frame would have', () => {
    expectRefusal(patched(4, 0xff, 0xff, 0xff, 0xff), 'truncated', { field: 'frame', at: valid.length })
    expectRefusal(patched(8, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), 'truncated', { field: 'frame' })
    expectRefusal(patched(8, 0, 0x20), 'integer-out-of-range', { field: 'bodyLength', at: 8 })
  })

  it('reads a frame out of the middle of a larger buffer, and out of a Node buffer', () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(9), (message, before) => {
        const bytes = encodeMessage(message)
        const inside = join(fill(0xee, before), bytes, 0xee).subarray(before, before + bytes.length)
        expect(decodeMessage(inside, LIMITS)).toEqual(message)
        expect(decodeMessage(Buffer.from(inside), LIMITS)).toEqual(message)
      }),
      { seed: SEED },
    )
  })

  it('never quotes the bytes that it refuses', () => {
    const secret = 'correct horse'
    const bytes = frameOf(0x04, join(fill(1, 32), secret.length + 1, secret, 0xff, fill(9, 64)))
    const error = errorOf(() => decodeMessage(bytes, LIMITS)) as DecodeError
    expect(error).toMatchObject({ code: 'bad-utf8' })
    expect(error.message).not.toContain(secret)
    expect(error.cause).toBeUndefined()
  })
})

describe('the two directions', () => {
  it('a server takes what clients send and refuses what it sends itself', () => {
    fc.assert(
      fc.property(clientMessage, serverMessage, (fromClient, fromServer) => {
        expect(decodeClientMessage(encodeMessage(fromClient), LIMITS)).toEqual(fromClient)
        const error = errorOf(() => decodeClientMessage(encodeMessage(fromServer), LIMITS))
        expect(error).toBeInstanceOf(DecodeError)
        expect(error).toMatchObject({ code: 'wrong-direction' })
      }),
      { seed: SEED, numRuns: 30 },
    )
  })

  it('a client takes what the server sends and refuses what it sends itself', () => {
    fc.assert(
      fc.property(clientMessage, serverMessage, (fromClient, fromServer) => {
        expect(decodeServerMessage(encodeMessage(fromServer), LIMITS)).toEqual(fromServer)
        const error = errorOf(() => decodeServerMessage(encodeMessage(fromClient), LIMITS))
        expect(error).toBeInstanceOf(DecodeError)
        expect(error).toMatchObject({ code: 'wrong-direction' })
      }),
      { seed: SEED, numRuns: 30 },
    )
  })
})

describe('encodeMessage', () => {
  it('refuses a message of a type that there is not', () => {
    expectUnencodable({ type: 'Nonsense' } as unknown as Message, 'type')
  })
})
