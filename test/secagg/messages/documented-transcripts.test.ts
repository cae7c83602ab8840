import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { RingVector } from '../../../src/secagg/encoding/ring.ts'
import { PositionSet } from '../../../src/secagg/messages/position-set.ts'
import { ShareKind } from '../../../src/secagg/messages/unmasking.ts'
import { resolveParameters } from '../../../src/secagg/parameters.ts'
import * as transcript from '../../../src/secagg/transcript.ts'
import { be, fill, join } from './support.ts'

/*
 * The section 'Transcripts' of docs/wire-format.md, implemented a second time from that page alone: big-endian by other
 * means, hashes by OpenSSL.
 */

const hash = (bytes: Uint8Array) => Uint8Array.from(createHash('sha256').update(bytes).digest())
const start = (label: string) => join(label.length + 7, 'secagg ', label, 0, 1)
const id = (text: string) => join(text.length, text)

const [session, context, root, t1] = [fill(1, 32), fill(2, 32), fill(3, 32), fill(4, 32)]
const sharers = PositionSet.of(10, [0, 1, 2, 9])
const survivors = PositionSet.of(10, [1, 2, 9])
const inU2 = join(be(10, 4), 0b00000111, 0b10)

const harary = resolveParameters({
  threatModel: 'semi-malicious',
  clients: 1000,
  graph: { kind: 'harary', degree: 20 },
  threshold: 15,
  corrupted: 3,
  vectorLength: 1_663_370,
  modulusBits: 24,
  rangeLength: 65_536,
})
const hararyBytes = join(1, be(1000, 4), 1, be(20, 4), be(15, 4), be(3, 4), be(1_663_370, 8), 24, be(65_536, 8))

const complete = resolveParameters({
  threatModel: 'semi-honest',
  clients: 10,
  graph: { kind: 'complete' },
  vectorLength: 5,
  modulusBits: 40,
})
const completeBytes = join(0, be(10, 4), 0, be(0, 4), be(0, 4), be(0, 4), be(5, 8), 40, be(2 ** 18, 8))

describe('the transcripts of docs/wire-format.md', () => {
  it.each([
    ['a Harary graph', harary, hararyBytes],
    ['the complete graph', complete, completeBytes],
  ])('AdvertiseKeysToSign on %s', (_, parameters, parameterBytes) => {
    const keys = { session, encryptionKey: fill(5, 32), maskKey: fill(6, 32) }
    expect(parameterBytes.length).toBe(35)
    expect(transcript.advertisementToSign(keys, 'bob', 1234567890123, parameters, context)).toEqual(
      join(
        start('advertise-keys'),
        session,
        be(35, 2),
        parameterBytes,
        context,
        id('bob'),
        fill(5, 32),
        fill(6, 32),
        be(1234567890123, 8),
      ),
    )
  })

  it.each([
    ['on a Harary graph', harary, hararyBytes, 800, 20, 15],
    ['on a Harary graph that a small roster makes complete', harary, hararyBytes, 19, 18, 15],
    ['on the complete graph, with the default threshold', complete, completeBytes, 9, 8, 6],
    ['of two clients', complete, completeBytes, 2, 1, 1],
  ])('T1 %s', (_, parameters, parameterBytes, size, degree, threshold) => {
    const settled = join(
      session,
      be(35, 2),
      parameterBytes,
      context,
      be(size, 4),
      be(degree, 4),
      be(threshold, 4),
      root,
    )
    const expected = hash(join(start('T1'), settled))
    expect(transcript.rosterTranscript(session, parameters, context, size, root)).toEqual(expected)
  })

  it('T3 and what ConsistencyCheck signs', () => {
    const t3 = hash(join(start('T3'), t1, inU2, 0b00000110, 0b10))
    expect(transcript.survivorTranscript(t1, sharers, survivors)).toEqual(t3)
    expect(transcript.consistencyToSign(t3)).toEqual(join(start('consistency-check'), t3))
  })

  it('MaskedInputDigest, with four bytes an entry or eight', () => {
    const head = join(start('masked-input'), t1, inU2)
    const narrow = RingVector.fromWords(Uint32Array.of(0xabc, 0x123), 2, 12)
    const narrowBytes = join(0xbc, 0x0a, 0, 0, 0x23, 0x01, 0, 0)
    expect(transcript.maskedInputDigest(t1, sharers, narrow)).toEqual(hash(join(head, narrowBytes)))
    const wide = RingVector.fromWords(Uint32Array.of(0x04030201, 0x05), 1, 40)
    expect(transcript.maskedInputDigest(t1, sharers, wide)).toEqual(hash(join(head, 1, 2, 3, 4, 5, 0, 0, 0)))
  })

  it('ShareCommitment and SeedCommitment', () => {
    for (const kind of [ShareKind.SELF_MASK, ShareKind.MASK_KEY]) {
      const bytes = join(start('share-commitment'), session, id('bob'), id('al'), kind, fill(7, 33))
      expect(transcript.shareCommitment(session, 'bob', 'al', kind, fill(7, 33))).toEqual(hash(bytes))
    }
    const bytes = join(start('seed-commitment'), session, id('bob'), fill(8, 32))
    expect(transcript.seedCommitment(session, 'bob', fill(8, 32))).toEqual(hash(bytes))
  })

  it('ShareAssociatedData', () => {
    const bytes = join(start('share'), t1, id('bob'), id('al'))
    expect(transcript.shareAssociatedData(t1, 'bob', 'al')).toEqual(bytes)
  })
})
