import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RingVector } from '../../../src/secagg/encoding/ring.ts'
import type { MaskedInput } from '../../../src/secagg/messages/masked-input.ts'
import { resolveParameters } from '../../../src/secagg/parameters.ts'
import { Staging } from '../../../src/secagg/server/staging.ts'
import { Play } from '../play.ts'

/** Stands in for the digest: the words themselves, folded to 32 bytes. */
function fold(vector: RingVector): Uint8Array {
  const digest = new Uint8Array(32)
  vector.bytes().forEach((byte, i) => {
    digest[i % 32] = (digest[i % 32]! * 31 + byte + 1) & 0xff
  })
  return digest
}

function staging(vectorLength: number, rangeLength: number, most = 2, modulusBits = 40) {
  const parameters = resolveParameters({
    threatModel: 'semi-honest',
    clients: 9,
    graph: { kind: 'complete' },
    vectorLength,
    modulusBits,
    rangeLength,
  })
  const done: RingVector[] = []
  const stage = new Staging(parameters, most, fold)
  return { done, stage, send: (message: MaskedInput) => stage.receive(message, vector => done.push(vector)) }
}

function ranges(sender: string, vectorLength: number, rangeLength: number, modulusBits = 40): MaskedInput[] {
  const vector = RingVector.zeros(vectorLength, modulusBits)
  for (let i = 0; i < vectorLength; i++) vector.set(i, BigInt(i * i + sender.length))
  const digest = fold(vector)
  return Array.from({ length: Math.max(1, Math.ceil(vectorLength / rangeLength)) }, (_, i) => {
    const firstEntry = i * rangeLength
    const length = Math.min(rangeLength, vectorLength - firstEntry)
    const words = vector.words.slice(firstEntry * vector.lanes, (firstEntry + length) * vector.lanes)
    const range = RingVector.fromWords(words, length, modulusBits)
    return { type: 'MaskedInput', session: new Uint8Array(32), sender, vectorLength, firstEntry, digest, range }
  })
}

describe('staging', () => {
  it('puts ranges together in whatever order they come (seed 71)', () => {
    const shapes = fc.record({
      vectorLength: fc.integer({ min: 0, max: 40 }),
      rangeLength: fc.integer({ min: 1, max: 45 }),
      modulusBits: fc.integer({ min: 1, max: 62 }),
      order: fc.infiniteStream(fc.nat()),
    })
    fc.assert(
      fc.property(shapes, ({ vectorLength, rangeLength, modulusBits, order }) => {
        const { done, send } = staging(vectorLength, rangeLength, 1, modulusBits)
        const pieces = ranges('a', vectorLength, rangeLength, modulusBits)
        const whole = RingVector.zeros(vectorLength, modulusBits)
        for (let i = 0; i < vectorLength; i++) whole.set(i, BigInt(i * i + 1))
        while (pieces.length > 0) {
          expect(done).toEqual([])
          const [piece] = pieces.splice(order.next().value % pieces.length, 1)
          expect(send(piece!)).toEqual({ accepted: true })
        }
        expect(done).toHaveLength(1)
        expect(done[0]!.equals(whole)).toBe(true)
      }),
      { seed: 71, numRuns: 200 },
    )
  })

  it('passes nothing on before the last range', () => {
    const { done, send } = staging(7, 3)
    const [first, second, third] = ranges('a', 7, 3)
    send(third!)
    send(first!)
    expect(done).toEqual([])
    send(second!)
    expect(done).toHaveLength(1)
  })

  it('passes nothing on whose digest is wrong, and forgets it', () => {
    const { done, send } = staging(7, 3, 1)
    const [first, second, third] = ranges('a', 7, 3)
    send(first!)
    send({ ...second!, range: RingVector.zeros(3, 40) })
    expect(send(third!)).toMatchObject({ accepted: false, reason: 'digest-mismatch' })
    expect(done).toEqual([])
    expect(ranges('bb', 7, 3).map(send)).toEqual([{ accepted: true }, { accepted: true }, { accepted: true }])
  })

  it('holds only so many incomplete inputs at once, and takes the next when one is complete', () => {
    const { done, send } = staging(7, 3, 2)
    const [a, b, c] = ['a', 'b', 'c'].map(sender => ranges(sender, 7, 3))
    send(a![0]!)
    send(b![0]!)
    expect(send(c![0]!)).toMatchObject({ accepted: false, reason: 'staging-full' })
    send(a![1]!)
    send(a![2]!)
    expect(c!.map(send)).toEqual([{ accepted: true }, { accepted: true }, { accepted: true }])
    send(b![1]!)
    send(b![2]!)
    expect(done).toHaveLength(3)
  })

  it('needs no place for an input that comes in one piece', () => {
    const { done, send } = staging(3, 3, 1)
    expect(['a', 'b', 'c'].map(sender => send(ranges(sender, 3, 3)[0]!))).toEqual(Array(3).fill({ accepted: true }))
    expect(done).toHaveLength(3)
  })

  it('takes each range once', () => {
    const { done, send } = staging(7, 3)
    const [first, second, third] = ranges('a', 7, 3)
    send(first!)
    expect(send(first!)).toMatchObject({ accepted: false, reason: 'duplicate' })
    send(second!)
    expect(send(second!)).toMatchObject({ accepted: false, reason: 'duplicate' })
    expect(send(third!)).toEqual({ accepted: true })
    expect(done).toHaveLength(1)
  })

  it('forgets an input that is discarded, and gives its place to another', () => {
    const { send, stage, done } = staging(7, 3, 1)
    send(ranges('a', 7, 3)[0]!)
    stage.discard('a')
    expect(ranges('b', 7, 3).map(send)).toEqual(Array(3).fill({ accepted: true }))
    expect(done).toHaveLength(1)
  })

  it('forgets everything when the round is closed', () => {
    const { send, stage } = staging(7, 3, 1)
    send(ranges('a', 7, 3)[0]!)
    stage.clear()
    expect(send(ranges('b', 7, 3)[0]!)).toEqual({ accepted: true })
  })

  it('keeps no view on the range it was given', () => {
    const { send, done } = staging(7, 3)
    const [first, second, third] = ranges('a', 7, 3)
    send(first!)
    first!.range.words.fill(0xffffffff)
    send(second!)
    expect(send(third!)).toEqual({ accepted: true })
    expect(done).toHaveLength(1)
  })
})

describe('a server whose staging is full', () => {
  it('takes the range when it is sent again later', async () => {
    const play = await Play.to('MaskedInputCollection', {
      parameters: { vectorLength: 5, rangeLength: 2 },
      server: { stagedInputs: 1 },
    })
    const [alice, bob] = [await play.answer('alice'), await play.answer('bob')]
    play.server.receive(alice[0]!)
    expect(play.server.receive(bob[0]!)).toMatchObject({ accepted: false, reason: 'staging-full' })
    for (const message of [...alice.slice(1), ...bob]) expect(play.server.receive(message)).toEqual({ accepted: true })
    await play.answerAll('alice', 'bob')
    await play.close()
    await play.finish()
    const { sum, dropped } = await play.server.sum()
    expect(dropped).toEqual([])
    expect(sum.equals(play.plainSum([...play.clients.keys()]))).toBe(true)
  })
})
