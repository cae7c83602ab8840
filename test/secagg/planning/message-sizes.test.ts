import { describe, expect, it } from 'vitest'
import { encodedLength } from '../../../src/secagg/messages/frame.ts'
import type { Message } from '../../../src/secagg/messages/message.ts'
import type { AggregationParameters, ThreatModel } from '../../../src/secagg/parameters.ts'
import * as sizes from '../../../src/secagg/planning/message-sizes.ts'
import { proofHashes, rosterProofHashes } from '../../../src/secagg/planning/proof-size.ts'
import { MerkleTree } from '../../../src/secagg/primitives/merkle.ts'
import { faultsAt, type MessageSight, simulate } from '../../../src/secagg/testing/index.ts'

const HARARY = { kind: 'harary', degree: 6 } as const
const COMPLETE = { kind: 'complete' } as const

/** Every message of an aggregation, as its sender made it. */
async function everyMessage(
  threatModel: ThreatModel,
  parameters: Partial<AggregationParameters>,
  faults = faultsAt([]),
) {
  const sights: MessageSight[] = []
  const result = await simulate({
    seed: 'sizes',
    clients: 13,
    parameters: { threatModel, graph: HARARY, threshold: 4, vectorLength: 50, modulusBits: 26, ...parameters },
    faults,
    observe: sight => sights.push(sight),
  })
  expect(result.outcome).toBe('sum')
  return sights.map(({ message }) => message)
}

/** What the size functions say of a message, from the few counts that it depends on. */
function sizeOf(message: Message, shape: sizes.MessageShape): number {
  switch (message.type) {
    case 'AdvertiseKeys':
      return sizes.advertiseKeysBytes(shape)
    case 'ShareKeys':
      return sizes.shareKeysBytes(shape)
    case 'MaskedInput':
      return sizes.maskedInputBytes(shape, message.range.length, message.range.modulusBits)
    case 'ConsistencyCheck':
      return sizes.consistencyCheckBytes(shape)
    case 'Unmasking':
      return sizes.unmaskingBytes(shape, message.shares.length / 34)
    case 'Roster': {
      const graph = shape.degree === shape.clients - 1 ? COMPLETE : ({ kind: 'harary', degree: shape.degree } as const)
      return sizes.rosterBytes(shape, rosterProofHashes(message.position, message.size, graph))
    }
    case 'ShareDelivery':
      return sizes.shareDeliveryBytes(shape, message.ciphertexts.length / 82)
    case 'Survivors':
      return sizes.survivorsBytes(shape)
    case 'UnmaskingRequest':
      return sizes.unmaskingRequestBytes(shape, message.signatures.length)
  }
}

describe('the size of every message', () => {
  const cases = (['semi-honest', 'semi-malicious', 'malicious-server'] as const).flatMap(threatModel =>
    [1, 16, 26, 32, 47].map(modulusBits => ({ threatModel, modulusBits })),
  )

  it.each(cases)('is that of the encoder: $threatModel, $modulusBits bits', async ({ threatModel, modulusBits }) => {
    const graph = threatModel === 'malicious-server' ? COMPLETE : HARARY
    const threshold = threatModel === 'malicious-server' ? 9 : 4
    const messages = await everyMessage(threatModel, { graph, threshold, modulusBits, rangeLength: 20 })
    const degree = threatModel === 'malicious-server' ? 12 : 6
    const shape = { clients: 13, degree, idBytes: 'client-01'.length, signed: threatModel !== 'semi-honest' }
    for (const message of messages) expect(sizeOf(message, shape), message.type).toBe(encodedLength(message))
    const types = new Set(messages.map(({ type }) => type))
    expect(types.size).toBe(threatModel === 'semi-honest' ? 7 : 9)
  })

  it('is that of the encoder when clients have left', async () => {
    const gone = ['client-02', 'client-05'].map(client => ({ kind: 'drop', round: 'ShareKeys', client }) as const)
    const late = { kind: 'drop', round: 'MaskedInputCollection', client: 'client-09' } as const
    const messages = await everyMessage('semi-malicious', {}, faultsAt([...gone, late]))
    const shape = { clients: 13, degree: 6, idBytes: 9, signed: true }
    for (const message of messages) expect(sizeOf(message, shape), message.type).toBe(encodedLength(message))
    const deliveries = messages.filter(message => message.type === 'ShareDelivery')
    expect(new Set(deliveries.map(({ ciphertexts }) => ciphertexts.length)).size).toBeGreaterThan(1)
  })

  it.each([
    [50, 50],
    [50, 20],
    [50, 25],
    [50, 7],
    [50, 1000],
    [0, 20],
  ])('of a whole masked vector is that of its ranges: %d entries, %d in each', (vectorLength, rangeLength) => {
    const shape = { clients: 13, degree: 6, idBytes: 9, signed: false }
    let expected = 0
    for (let first = 0; first === 0 || first < vectorLength; first += rangeLength) {
      expected += sizes.maskedInputBytes(shape, Math.min(rangeLength, vectorLength - first), 26)
    }
    expect(sizes.maskedVectorBytes(shape, { vectorLength, rangeLength, modulusBits: 26 })).toBe(expected)
  })
})

describe('the size of a Merkle proof', () => {
  it('is that of the tree, at every place of every cohort up to 40', () => {
    for (let n = 3; n <= 40; n++) {
      const tree = new MerkleTree(Array.from({ length: n }, (_, i) => Uint8Array.of(i)))
      for (let position = 0; position < n; position++) {
        const shown = [position, (position + 1) % n, (position + n - 1) % n].sort((a, b) => a - b)
        expect(proofHashes(n, shown)).toBe(tree.prove(shown).length)
        expect(rosterProofHashes(position, n, { kind: 'harary', degree: 2 })).toBe(tree.prove(shown).length)
      }
    }
  })

  it('grows with the logarithm of the cohort: a billion clients need no tree', () => {
    expect(rosterProofHashes(500_000_000, 1_000_000_000, { kind: 'harary', degree: 60 })).toBeLessThan(60)
    expect(rosterProofHashes(5, 20, COMPLETE)).toBe(0)
  })
})
