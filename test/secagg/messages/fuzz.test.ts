import fc, { type Arbitrary } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DecodeError } from '../../../src/secagg/errors.ts'
import { decodeMessage, encodeMessage, TYPE_CODES } from '../../../src/secagg/messages/frame.ts'
import type { MessageLimits } from '../../../src/secagg/messages/limits.ts'
import type { Message, MessageType } from '../../../src/secagg/messages/message.ts'
import { anyMessage, LIMITS, messages } from './arbitraries.ts'
import { frameOf, join, SEED } from './support.ts'

const TYPES = Object.keys(messages) as MessageType[]
const SMALL: MessageLimits = { clients: 40, neighbours: 6, vectorLength: 2 ** 32, modulusBits: 32, maxRangeEntries: 20 }

/**
 * What holds for any bytes at all: a DecodeError, or the message of which they are the one encoding. Returns which.
 * Plain comparisons: this runs tens of thousands of times.
 */
function refusedOrCanonical(bytes: Uint8Array, limits: MessageLimits = LIMITS): string {
  let message: Message
  try {
    message = decodeMessage(bytes, limits)
  } catch (error) {
    if (error instanceof DecodeError) return error.code
    throw error
  }
  const again = encodeMessage(message)
  if (again.length !== bytes.length || again.some((byte, i) => byte !== bytes[i])) {
    expect.fail(`a second encoding of ${message.type} was accepted: ${bytes}`)
  }
  return 'accepted'
}

/** What a frame holds, to put together again after one of its parts was damaged. */
function partsOf(frame: Uint8Array): { code: number; header: Uint8Array; body: Uint8Array } {
  const view = new DataView(frame.buffer, frame.byteOffset)
  const headerLength = view.getUint32(4)
  const bodyStart = frame.length - Number(view.getBigUint64(8))
  return { code: frame[2]!, header: frame.subarray(16, 16 + headerLength), body: frame.subarray(bodyStart) }
}

/** Removes some bytes somewhere and puts others in. */
const damage = fc.record({
  where: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.nat(9),
  insert: fc.uint8Array({ maxLength: 9 }),
})
function damaged(bytes: Uint8Array, { where, remove, insert }: { where: number; remove: number; insert: Uint8Array }) {
  const at = Math.floor(where * bytes.length)
  return join(bytes.subarray(0, at), insert, bytes.subarray(at + remove))
}

describe('a decoder given what nobody encoded', () => {
  it('refuses arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        refusedOrCanonical(bytes)
      }),
      { seed: SEED, numRuns: 2000 },
    )
  })

  it('refuses arbitrary headers and bodies in a proper frame', () => {
    const noise = fc.uint8Array({ maxLength: 300 })
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(TYPE_CODES)), noise, noise, (code, header, body) => {
        refusedOrCanonical(frameOf(code, header, body))
      }),
      { seed: SEED, numRuns: 2000 },
    )
  })

  it.each(TYPES)('refuses every truncation of %s', type => {
    for (const message of fc.sample<Message>(messages[type] as Arbitrary<Message>, { seed: SEED, numRuns: 2 })) {
      const bytes = encodeMessage(message)
      for (let length = 0; length < bytes.length; length++) {
        expect(refusedOrCanonical(bytes.subarray(0, length))).toBe('truncated')
      }
    }
  })

  it.each(TYPES)('refuses %s with any one bit flipped, or takes it for what it says then', type => {
    for (const message of fc.sample<Message>(messages[type] as Arbitrary<Message>, { seed: SEED, numRuns: 2 })) {
      const bytes = encodeMessage(message)
      for (let bit = 0; bit < 8 * bytes.length; bit++) {
        bytes[bit >>> 3]! ^= 1 << (bit & 7)
        refusedOrCanonical(bytes)
        bytes[bit >>> 3]! ^= 1 << (bit & 7)
      }
      expect(refusedOrCanonical(bytes)).toBe('accepted')
    }
  })

  it('refuses damaged headers and bodies of messages in frames with the right lengths', () => {
    const outcomes = new Set<string>()
    fc.assert(
      fc.property(anyMessage, fc.option(damage), fc.option(damage), (message, inHeader, inBody) => {
        const { code, header, body } = partsOf(encodeMessage(message))
        const newHeader = inHeader === null ? header : damaged(header, inHeader)
        const newBody = inBody === null ? body : damaged(body, inBody)
        outcomes.add(refusedOrCanonical(frameOf(code, newHeader, newBody)))
      }),
      { seed: SEED, numRuns: 2500 },
    )
    // The damage reaches the checks behind the frame's own.
    for (const code of ['accepted', 'truncated', 'trailing-bytes', 'bad-body-length', 'bad-flag', 'beyond-limit']) {
      expect(outcomes).toContain(code)
    }
  })

  it('lets nothing through that is beyond the limits of the session', () => {
    fc.assert(
      fc.property(anyMessage, message => {
        const expected = isWithin(message, SMALL) ? 'accepted' : 'beyond-limit'
        expect(refusedOrCanonical(encodeMessage(message), SMALL)).toBe(expected)
      }),
      { seed: SEED, numRuns: 1000 },
    )
  })
})

/** The limits, told of messages instead of bytes. */
function isWithin(message: Message, limits: MessageLimits): boolean {
  const { clients, neighbours, vectorLength, modulusBits, maxRangeEntries = vectorLength } = limits
  switch (message.type) {
    case 'AdvertiseKeys':
    case 'ConsistencyCheck':
      return true
    case 'ShareKeys':
    case 'ShareDelivery':
      return (
        message.ciphertexts.length <= 82 * neighbours &&
        (message.type === 'ShareKeys' || message.sharers.size <= clients)
      )
    case 'MaskedInput':
      return (
        message.vectorLength <= vectorLength &&
        message.range.length <= maxRangeEntries &&
        message.range.modulusBits <= modulusBits
      )
    case 'Unmasking':
      return message.shares.length <= 34 * neighbours
    case 'Roster':
      return (
        message.size <= clients &&
        message.entries.length <= neighbours + 1 &&
        message.proof.length <= (neighbours + 1) * Math.ceil(Math.log2(message.size))
      )
    case 'Survivors':
      return message.survivors.size <= clients
    case 'UnmaskingRequest':
      return message.survivors.size <= clients && message.signatures.length <= neighbours
  }
}
