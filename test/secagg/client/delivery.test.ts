import { describe, expect, it } from 'vitest'
import { RingVector } from '../../../src/secagg/encoding/ring.ts'
import { PositionSet } from '../../../src/secagg/messages/position-set.ts'
import type { ShareDelivery } from '../../../src/secagg/messages/share-delivery.ts'
import { CIPHERTEXT_BYTES } from '../../../src/secagg/messages/share-keys.ts'
import { ShareKind, UNMASKING_ENTRY_BYTES } from '../../../src/secagg/messages/unmasking.ts'
import { Play, type PlayOptions } from '../play.ts'

/** `keep` neighbours stay in the set of sharers, with their ciphertexts. */
function onlySharers(delivery: ShareDelivery, own: number, keep: number): ShareDelivery {
  const kept = [...delivery.sharers].filter(position => position !== own).slice(0, keep)
  return {
    ...delivery,
    sharers: PositionSet.of(5, [...kept, own]),
    ciphertexts: delivery.ciphertexts.slice(0, keep * CIPHERTEXT_BYTES),
  }
}

type Change = (delivery: ShareDelivery, own: number) => ShareDelivery

const CASES: readonly [code: string, what: string, change: Change, options?: PlayOptions][] = [
  ['wrong-message', 'a message of another type', delivery => ({ ...delivery, type: 'Roster' as 'ShareDelivery' })],
  ['wrong-session', 'another session', delivery => ({ ...delivery, session: new Uint8Array(32) })],
  [
    'bad-position-set',
    'a set over another roster',
    delivery => ({ ...delivery, sharers: PositionSet.of(6, [...delivery.sharers]) }),
  ],
  [
    'bad-position-set',
    'bits beyond the roster',
    delivery => ({ ...delivery, sharers: new PositionSet(5, Uint8Array.of(0xff)) }),
  ],
  [
    'not-a-sharer',
    'a set without this client',
    (delivery, own) => ({ ...delivery, sharers: delivery.sharers.minus(PositionSet.of(5, [own])) }),
  ],
  ['cohort-too-small', 'two clients that shared', (delivery, own) => onlySharers(delivery, own, 1)],
  [
    'too-few-sharers',
    'fewer sharing neighbours than the threshold',
    (delivery, own) => onlySharers(delivery, own, 2),
    { parameters: { threshold: 3 } },
  ],
  [
    'wrong-ciphertexts',
    'a ciphertext too few',
    delivery => ({ ...delivery, ciphertexts: delivery.ciphertexts.slice(CIPHERTEXT_BYTES) }),
  ],
  [
    'wrong-ciphertexts',
    'half a ciphertext too many',
    delivery => ({ ...delivery, ciphertexts: new Uint8Array(delivery.ciphertexts.length + 41) }),
  ],
]

describe('a client refuses a delivery with', () => {
  it.each(CASES)('%s: %s', async (code, _, change, options) => {
    const play = await Play.to('MaskedInputCollection', options)
    const delivery = play.told('MaskedInputCollection', 'carol')
    const promise = play.client('carol').maskInput(change(delivery, play.position('carol')), play.input('carol'))
    await expect(promise).rejects.toMatchObject({ name: 'RefusalError', code, round: 'MaskedInputCollection' })
    await expect(play.answer('carol')).rejects.toMatchObject({ code: 'out-of-round' })
  })
})

describe('a client that masks', () => {
  it('does not change the input that it was given', async () => {
    const play = await Play.to('MaskedInputCollection')
    const input = play.input('carol')
    await play.client('carol').maskInput(play.told('MaskedInputCollection', 'carol'), input)
    expect(input.equals(play.input('carol'))).toBe(true)
  })

  it.each([
    ['a length', RingVector.zeros(4, 16)],
    ['a modulus', RingVector.zeros(5, 17)],
  ])('says that an input has %s that this aggregation has not, and stays able to mask', async (_, input) => {
    const play = await Play.to('MaskedInputCollection')
    const delivery = play.told('MaskedInputCollection', 'carol')
    await expect(play.client('carol').maskInput(delivery, input)).rejects.toMatchObject({
      name: 'UsageError',
      code: 'wrong-input',
    })
    await expect(play.answer('carol')).resolves.toHaveLength(1)
  })

  it('sends ranges of at most rangeLength entries that cover the vector', async () => {
    const play = await Play.to('MaskedInputCollection', { parameters: { vectorLength: 7, rangeLength: 3 } })
    const ranges = (await play.answer('carol')).filter(message => message.type === 'MaskedInput')
    expect(ranges.map(({ firstEntry, range }) => [firstEntry, range.length])).toEqual([
      [0, 3],
      [3, 3],
      [6, 1],
    ])
  })

  it('sends one empty range for a vector without entries', async () => {
    const play = await Play.to('MaskedInputCollection', { parameters: { vectorLength: 0 } })
    const ranges = (await play.answer('carol')).filter(message => message.type === 'MaskedInput')
    expect(ranges.map(({ firstEntry, range }) => [firstEntry, range.length])).toEqual([[0, 0]])
  })

  it('goes on without a share of the neighbour whose ciphertext does not open, and says so', async () => {
    const play = await Play.to('MaskedInputCollection')
    const delivery = play.told('MaskedInputCollection', 'carol')
    const ciphertexts = delivery.ciphertexts.slice()
    ciphertexts[0]! ^= 1
    for (const message of await play.answer('carol', { ...delivery, ciphertexts })) play.server.receive(message)
    await play.answerAll('carol')
    await play.close()
    const [answer] = await play.answer('carol')
    if (answer?.type !== 'Unmasking') throw new Error('it is the round Unmasking')
    const kinds = [0, 1, 2, 3].map(i => answer.shares[i * UNMASKING_ENTRY_BYTES])
    expect(kinds).toEqual([ShareKind.ABSENT, ShareKind.SELF_MASK, ShareKind.SELF_MASK, ShareKind.SELF_MASK])
    expect(answer.shares.subarray(0, UNMASKING_ENTRY_BYTES).every(byte => byte === 0)).toBe(true)
    expect(play.server.receive(answer)).toEqual({ accepted: true })
    await play.answerAll('carol')
    await play.close()
    const { sum } = await play.server.sum()
    expect(sum.equals(play.plainSum([...play.clients.keys()]))).toBe(true)
  })
})
