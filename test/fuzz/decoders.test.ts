import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FederatedError } from '../../src/federated/errors.ts'
import { createModel } from '../../src/federated/model.ts'
import { decodeSafetensors, encodeSafetensors } from '../../src/federated/model-file.ts'
import { packBits, packedLength, unpackBits } from '../../src/secagg/encoding/pack.ts'
import type { ProtocolRound } from '../../src/secagg/errors.ts'
import { DecodeError, RefusalError, UsageError } from '../../src/secagg/errors.ts'
import { DECODE_CODES } from '../../src/secagg/messages/codec.ts'
import {
  decodeClientMessage,
  decodeMessage,
  decodeServerMessage,
  encodeMessage,
} from '../../src/secagg/messages/frame.ts'
import { limitsFor, type MessageLimits } from '../../src/secagg/messages/limits.ts'
import type { ClientMessage, ServerMessage } from '../../src/secagg/messages/message.ts'
import { IDS, MODELS, Play } from '../secagg/play.ts'
import { fileOf } from '../vectors/files.ts'

const SEED = 0xf022
const LIMITS: readonly MessageLimits[] = [
  { clients: 1000, neighbours: 255, vectorLength: 2 ** 40, modulusBits: 62 },
  { clients: 12, neighbours: 4, vectorLength: 1000, modulusBits: 33, maxRangeEntries: 5 },
  { clients: 2, neighbours: 1, vectorLength: 1, modulusBits: 1, maxRangeEntries: 1 },
]
const limits = fc.constantFrom(...LIMITS)

const FRAMES = [...fileOf('messages').cases, ...fileOf('refused-messages').cases].map(({ frame }) =>
  Uint8Array.from(Buffer.from(frame, 'hex')),
)
const frame = fc.constantFrom(...FRAMES)

/** One piece of damage, anywhere. */
interface Damage {
  readonly kind: 'flip' | 'set' | 'cut' | 'insert' | 'remove' | 'repeat' | 'splice'
  readonly where: number
  readonly value: number
  readonly bytes: Uint8Array
}
const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('flip', 'set', 'cut', 'insert', 'remove', 'repeat', 'splice'),
  where: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  value: fc.constantFrom(0, 1, 2, 7, 63, 64, 65, 127, 128, 192, 255),
  bytes: fc.oneof(fc.uint8Array({ maxLength: 9 }), frame),
})

function damaged(bytes: Uint8Array, { kind, where, value, bytes: other }: Damage): Uint8Array {
  const at = Math.floor(where * bytes.length)
  const join = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts))
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)]
  switch (kind) {
    case 'flip':
      return bytes.map((byte, i) => (i === at ? byte ^ (1 << (value & 7)) : byte))
    case 'set':
      return bytes.map((byte, i) => (i === at ? value : byte))
    case 'cut':
      return before.slice()
    case 'insert':
      return join(before, other, after)
    case 'remove':
      return join(before, after.subarray(value))
    case 'repeat':
      return join(before, after.subarray(0, value), after)
    case 'splice':
      return join(before, other.subarray(Math.floor(where * other.length)))
  }
}

const damagedFrame = fc
  .tuple(frame, fc.array(damage, { minLength: 1, maxLength: 3 }))
  .map(([bytes, list]) => list.reduce(damaged, bytes))

/** The code of the refusal, or "accepted" of a message whose one encoding these bytes are. */
function verdict(bytes: Uint8Array, within: MessageLimits, decode: typeof decodeMessage = decodeMessage): string {
  try {
    const again = encodeMessage(decode(bytes, within))
    return Buffer.compare(again, bytes) === 0 ? 'accepted' : 'a second encoding'
  } catch (error) {
    if (error instanceof DecodeError) return error.code
    throw error
  }
}

const VERDICTS = new Set<string>([...DECODE_CODES, 'accepted'])

describe('whatever bytes arrive', () => {
  it('a message decoder refuses them by a code that it has, or they are the one encoding of a message', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(
        fc.oneof({ weight: 9, arbitrary: damagedFrame }, fc.uint8Array({ maxLength: 99 })),
        limits,
        (bytes, within) => {
          const result = verdict(bytes, within)
          expect(VERDICTS).toContain(result)
          seen.add(result)
        },
      ),
      { seed: SEED, numRuns: 4000 },
    )
    expect(seen.size).toBeGreaterThan(12)
  })

  it('the two directions refuse each what the other takes, and else agree', () => {
    fc.assert(
      fc.property(damagedFrame, limits, (bytes, within) => {
        const either = verdict(bytes, within)
        const [up, down] = [verdict(bytes, within, decodeClientMessage), verdict(bytes, within, decodeServerMessage)]
        if (up === 'wrong-direction' && down === 'wrong-direction') expect.fail('no direction is right')
        expect([up, down]).toContain(either)
      }),
      { seed: SEED, numRuns: 1000 },
    )
  })

  it('unpacking refuses them, or packing gives them back', () => {
    const shape = fc.record({ modulusBits: fc.integer({ min: 1, max: 62 }), length: fc.nat(70) })
    fc.assert(
      fc.property(shape, fc.infiniteStream(fc.nat(255)), fc.nat(9), ({ modulusBits, length }, stream, off) => {
        const size = packedLength(length, modulusBits) + (off > 7 ? off - 7 : 0)
        const bytes = Uint8Array.from(stream.take(size))
        try {
          expect(packBits(unpackBits(bytes, length, modulusBits))).toEqual(bytes)
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error
          expect(['packed-length', 'packed-padding']).toContain(error.code)
        }
      }),
      { seed: SEED, numRuns: 500 },
    )
  })

  it('a model file is refused by a typed error, or can be written again', () => {
    const model = createModel(
      [
        { name: 'w', shape: [2, 2] },
        { name: 'b', shape: [] },
      ],
      new Float32Array(5).fill(0.5),
    )
    const file = encodeSafetensors(model, { network: 'tiny' })
    fc.assert(
      fc.property(fc.array(damage, { maxLength: 3 }), list => {
        try {
          const { model: read, metadata } = decodeSafetensors(list.reduce(damaged, file))
          const written = encodeSafetensors(read, metadata)
          expect(decodeSafetensors(written)).toEqual({ model: read, metadata })
        } catch (error) {
          expect(error).toBeInstanceOf(FederatedError)
        }
      }),
      { seed: SEED, numRuns: 1000 },
    )
  })
})

describe.each(MODELS)('whatever message reaches a machine, %s', threatModel => {
  const ROUNDS: readonly ProtocolRound[] = ['ShareKeys', 'MaskedInputCollection', 'Unmasking']
  const game = fc.record({
    round: fc.constantFrom(...ROUNDS),
    list: fc.array(damage, { maxLength: 2 }),
    pick: fc.nat(),
  })

  it('the server takes it or gives a reason, and never throws', async () => {
    await fc.assert(
      fc.asyncProperty(game, async ({ round, list, pick }) => {
        const play = await Play.to(round, { threatModel })
        const sent = await play.answer('bob')
        const message = redecoded(sent[pick % sent.length]!, list, play, decodeClientMessage)
        if (message === undefined) return
        const receipt = play.server.receive(message as ClientMessage)
        if (!receipt.accepted) expect(receipt.reason).toMatch(/^[a-z-]+$/)
        expect(['next', 'finished', 'aborted']).toContain((await play.close()).kind)
      }),
      { seed: SEED, numRuns: 12 },
    )
  })

  it('a client answers, refuses, or says that it is not the time', async () => {
    await fc.assert(
      fc.asyncProperty(game, async ({ round, list, pick }) => {
        const play = await Play.to(round, { threatModel })
        const id = IDS[pick % IDS.length]!
        const message = redecoded(play.inbox.get(id)!, list, play, decodeServerMessage) as ServerMessage | undefined
        if (message === undefined) return
        await play.answer(id, message).catch(error => {
          const outOfRound = error instanceof UsageError && error.code === 'out-of-round'
          expect(error instanceof RefusalError || outOfRound).toBe(true)
        })
      }),
      { seed: SEED, numRuns: 12 },
    )
  })
})

/** The message after some damage on its way, if it still is one. */
function redecoded(
  message: ClientMessage | ServerMessage,
  list: readonly Damage[],
  { parameters }: Play,
  decode: typeof decodeClientMessage | typeof decodeServerMessage,
): ClientMessage | ServerMessage | undefined {
  try {
    return decode(list.reduce(damaged, encodeMessage(message)), limitsFor(parameters))
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
