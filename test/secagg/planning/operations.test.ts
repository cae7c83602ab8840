import { describe, expect, it } from 'vitest'
import { clientOperations, serverOperations } from '../../../src/secagg/planning/operations.ts'
import { splitSecret } from '../../../src/secagg/primitives/shamir.ts'
import { verify } from '../../../src/secagg/primitives/signature.ts'
import { simulate } from '../../../src/secagg/testing/index.ts'
import { Play } from '../play.ts'

const SHAPE = {
  clients: 9,
  dropped: 2,
  degree: 4,
  threshold: 3,
  vectorLength: 50,
  rangeLength: 20,
  lanes: 1,
  dimension: 40,
} as const

describe('the operations of a plan', () => {
  it('are, for signatures and splits, as many as a real aggregation does', async () => {
    const counted = { client: 0, server: 0, splits: 0 }
    const ids = Array.from({ length: 9 }, (_, i) => `client-${i}`)
    await Play.to('finished', {
      threatModel: 'semi-malicious',
      ids,
      parameters: { graph: { kind: 'harary', degree: 4 } },
      server: {
        verify: (...question) => {
          counted.server++
          return verify(...question)
        },
      },
      client: () => ({
        verify: (...question) => {
          counted.client++
          return verify(...question)
        },
        split: (...secret) => {
          counted.splits++
          return splitSecret(...secret)
        },
      }),
    })
    const plan = { ...SHAPE, dropped: 0, threatModel: 'semi-malicious' } as const
    const client = clientOperations(plan)
    expect(counted.client).toBe(9 * client.verifications)
    expect(counted.splits).toBe(9 * client.splits)
    expect(counted.server).toBe(serverOperations(plan).verifications)
  })

  it.each(['semi-honest', 'semi-malicious'] as const)('are, for messages, all that are sent: %s', async threatModel => {
    let messages = 0
    const parameters = { threatModel, graph: { kind: 'harary', degree: 4 }, threshold: 3, modulusBits: 20 } as const
    await simulate({
      seed: 1,
      clients: 9,
      parameters: { ...parameters, vectorLength: 50, rangeLength: 20 },
      observe: () => messages++,
    })
    const plan = { ...SHAPE, dropped: 0, threatModel }
    expect(messages).toBe(9 * clientOperations(plan).messages)
    expect(messages).toBe(serverOperations(plan).messages)
  })

  it('of a client are in proportion to its neighbours and its vector', () => {
    const count = (changes: object) => clientOperations({ ...SHAPE, threatModel: 'semi-honest', ...changes })
    expect(count({})).toMatchObject({ keyPairs: 2, agreements: 8, derivations: 13, wordsMasked: 5 * 50 })
    expect(count({ lanes: 2 })).toMatchObject({ wordsMasked: 5 * 100, wordsDigested: 100, entriesPacked: 50 })
    expect(count({ degree: 8 })).toMatchObject({ agreements: 16, seals: 8, opens: 8, wordsMasked: 9 * 50 })
    expect(count({ clients: 1e9 })).toEqual(count({}))
    expect(count({}).noiseSamples).toBe(0)
    expect(count({ noise: {} }).noiseSamples).toBe(40)
    expect(count({})).toMatchObject({ signatures: 0, verifications: 0, identities: 0 })
    expect(count({ threatModel: 'malicious-server' })).toMatchObject({ signatures: 2, verifications: 8, identities: 0 })
  })

  it('of the server take off one mask for each survivor, and the masks that survivors share with dropouts', () => {
    const count = (changes: object) => serverOperations({ ...SHAPE, threatModel: 'semi-honest', ...changes })
    // Two dropouts with four neighbours each, of whom seven of the eight others survive.
    expect(count({}).wordsMasked).toBe((7 + 2 * 4 * (7 / 8)) * 50)
    expect(count({ dropped: 0 })).toMatchObject({
      wordsMasked: 9 * 50,
      agreements: 0,
      keyPairs: 0,
      entriesAdded: 9 * 50,
    })
    expect(count({ dropped: 0 }).combines).toBe(count({}).combines)
  })
})
