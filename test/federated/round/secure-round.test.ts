import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  dropoutsAt,
  type FederatedRoundOptions,
  fedAvg,
  modelHash,
  runPlaintextFederatedRound,
  runSecureFederatedRound,
} from '../../../src/federated/index.ts'
import { AggregationAbortedError, type ProtocolRound } from '../../../src/secagg/errors.ts'
import { encodeMessage } from '../../../src/secagg/messages/frame.ts'
import type { ThreatModel } from '../../../src/secagg/parameters.ts'
import { secureRandom } from '../../../src/secagg/primitives/random.ts'
import { generateIdentity } from '../../../src/secagg/primitives/signature.ts'
import { lineModel } from '../linear-learner.ts'
import { fixedWorkers, lineWorkers, listen, rejectionOf, tapServer, vectorModel } from './cohort.ts'

const MODELS: readonly ThreatModel[] = ['semi-honest', 'semi-malicious', 'malicious-server']
const ROUNDS: readonly ProtocolRound[] = [
  'AdvertiseKeys',
  'ShareKeys',
  'MaskedInputCollection',
  'ConsistencyCheck',
  'Unmasking',
]

const SETTINGS = { epochs: 1, batchSize: 'all', learningRate: 1, seed: 0 } as const

const identities = new Map(Array.from({ length: 8 }, (_, i) => [`w${i}`, generateIdentity(secureRandom)]))

function options(threatModel: ThreatModel, workers: number, more: Partial<FederatedRoundOptions> = {}) {
  const all = { model: vectorModel(17), workers: fixedWorkers(workers, 17), seed: 3, threatModel, identities }
  return { ...all, encoding: { weightBound: 50 }, ...more }
}

/** Whether a complete graph bears these dropouts: each secret needs t of its holders among those who unmask. */
function bears(leaving: readonly (ProtocolRound | undefined)[]): boolean {
  const staying = leaving.filter(round => round === undefined).length
  const neighbours = leaving.filter(round => round !== 'AdvertiseKeys').length - 1
  const threshold = Math.max(2, Math.floor((2 * neighbours) / 3) + 1)
  return staying - 1 >= threshold
}

describe.each(MODELS)('a secure round, %s', threatModel => {
  it('gives bit for bit the model of the plaintext round over the same updates', async () => {
    const asked = options(threatModel, 5)
    const secure = await runSecureFederatedRound(asked)
    const plain = await runPlaintextFederatedRound(asked)
    expect(modelHash(secure.model)).toBe(modelHash(plain.model))
    expect(secure.delta).toEqual(plain.delta)
    expect(secure.metrics).toEqual(plain.metrics)
    expect(secure.totalWeight).toBe(plain.totalWeight)
    expect(secure.encoding).toEqual(plain.encoding)
    expect(secure.survivors).toEqual(plain.survivors)
    expect(modelHash(secure.model)).not.toBe(modelHash(asked.model))
  })

  it.each(ROUNDS)('gives the plaintext model when somebody goes silent in %s', async round => {
    const dropouts = dropoutsAt({ 0: { w2: round } })
    const asked = options(threatModel, 6, { dropouts })
    const secure = await runSecureFederatedRound(asked)
    const plain = await runPlaintextFederatedRound(asked)
    expect(modelHash(secure.model)).toBe(modelHash(plain.model))
    const early = ROUNDS.indexOf(round) < ROUNDS.indexOf('ConsistencyCheck')
    expect(secure.survivors.includes('w2')).toBe(!early)
    // The semi-honest model has no consistency check to be silent in.
    const seen = threatModel === 'semi-honest' && round === 'ConsistencyCheck' ? 'Unmasking' : round
    expect(secure.dropped).toEqual([{ id: 'w2', round: seen, reason: 'silent' }])
  })

  it('gives the plaintext model, or a clean abort, for every pattern of dropouts', async () => {
    const outcomes = { sum: 0, abort: 0 }
    const leave = fc.oneof(
      { weight: 4, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom(...ROUNDS) },
    )
    // Every client of the signed models checks the signature of every other: smaller cohorts keep that short.
    const pattern = fc.array(leave, { minLength: 3, maxLength: threatModel === 'semi-honest' ? 8 : 6 })
    const property = fc.asyncProperty(pattern, fc.nat(1000), async (leaving, seed) => {
      const dropouts = (id: string) => leaving[Number(id.slice(1))]
      const workers = fixedWorkers(leaving.length, 5, seed)
      const asked = options(threatModel, 0, { model: vectorModel(5), workers, dropouts, seed })
      const before = modelHash(asked.model)
      if (bears(leaving)) {
        const secure = await runSecureFederatedRound(asked)
        const plain = await runPlaintextFederatedRound(asked)
        expect(modelHash(secure.model)).toBe(modelHash(plain.model))
        expect(secure.survivors).toEqual(plain.survivors)
        outcomes.sum++
      } else {
        expect(await rejectionOf(runSecureFederatedRound(asked))).toBeInstanceOf(AggregationAbortedError)
        outcomes.abort++
      }
      expect(modelHash(asked.model)).toBe(before)
    })
    await fc.assert(property, { seed: 20_171_030, numRuns: threatModel === 'semi-honest' ? 50 : 20 })
    expect(Math.min(outcomes.sum, outcomes.abort)).toBeGreaterThan(2)
  })
})

describe('the mean of a secure round', () => {
  it.each([8, 16, 24, 32])('lies within the stated bound of float FedAvg at %i bits', async bits => {
    const asked = options('semi-honest', 6, { encoding: { bits, weightBound: 50 } })
    const { delta, encoding } = await runSecureFederatedRound(asked)
    const { floatDelta } = await runPlaintextFederatedRound(asked)
    const errors = Array.from(delta, (value, i) => Math.abs(value - floatDelta[i]!))
    expect(Math.max(...errors)).toBeLessThanOrEqual(encoding.worstCaseError)
    expect(Math.max(...errors)).toBeLessThanOrEqual(encoding.roundingError!.max)
    // The bound is worth something: it shrinks with the grid, to at most one step of 50 / (2^(bits-1) - 1) per worker.
    expect(encoding.worstCaseError).toBeLessThan((1.01 * 6 * 50) / (2 ** (bits - 1) - 1) / 6)
    expect(encoding.clippedCoordinates).toBe(0)
  })

  it('is the weighted mean of the updates', async () => {
    const { delta, totalWeight } = await runSecureFederatedRound({
      model: vectorModel(2),
      workers: fixedWorkers(3, 2).map(({ id }, i) => ({
        id,
        train: async () => ({ update: Float32Array.of(i / 4, -i / 8), weight: i + 1, metrics: {} }),
      })),
      encoding: { weightBound: 4, bits: 32 },
    })
    expect(totalWeight).toBe(6)
    // (0·1 + 1/4·2 + 2/4·3) / 6 and half of it, negated.
    expect(delta[0]).toBeCloseTo(1 / 3, 8)
    expect(delta[1]).toBeCloseTo(-1 / 6, 8)
  })

  it('leaves out workers without examples, and does not exist when nobody has any', async () => {
    const idle = fixedWorkers(3, 2).map(({ id }, i) => ({
      id,
      train: async () => ({ update: Float32Array.of(0.5, 0.5), weight: i === 0 ? 4 : 0, metrics: {} }),
    }))
    const { delta } = await runSecureFederatedRound({ model: vectorModel(2), workers: idle })
    expect(delta[0]).toBeCloseTo(0.5, 2)
    const none = idle.map(({ id }) => ({
      id,
      train: async () => ({ update: Float32Array.of(0.5, 0.5), weight: 0, metrics: {} }),
    }))
    expect(await rejectionOf(runSecureFederatedRound({ model: vectorModel(2), workers: none }))).toMatchObject({
      name: 'AggregationAbortedError',
      code: 'total-weight-zero',
    })
  })
})

describe('the grid of a round', () => {
  it('is warned of when it is coarse: few bits, or a weight bound far above the weights', async () => {
    const { onEvent, of } = listen()
    const coarse = options('semi-honest', 4, { encoding: { bits: 8, weightBound: 50_000 }, onEvent })
    const { encoding } = await runSecureFederatedRound(coarse)
    expect(encoding.worstCaseError).toBeGreaterThan(0.1)
    expect(of('warning')).toEqual([
      expect.objectContaining({ code: 'coarse', message: expect.stringContaining('lower encoding.weightBound') }),
    ])
  })

  it('is finer with a tighter clip, and clipping is counted and warned of', async () => {
    const { onEvent, of } = listen()
    const tight = options('semi-honest', 4, {
      encoding: { clip: { kind: 'coordinate', bound: 0.1 }, weightBound: 50 },
      onEvent,
    })
    const { encoding, delta } = await runSecureFederatedRound(tight)
    const updates = await Promise.all(
      tight.workers.map(async worker => (await worker.train(tight.model, SETTINGS)).update),
    )
    const beyond = updates.flatMap(update => [...update]).filter(value => Math.abs(value) > 0.1).length
    expect(encoding.clippedCoordinates).toBe(beyond)
    expect(encoding.clippedFraction).toBe(beyond / (4 * 17))
    expect(delta.every(value => Math.abs(value) <= 0.1 + encoding.worstCaseError)).toBe(true)
    expect(of('warning').map(({ code, message }) => [code, message])).toEqual([
      ['clipped', expect.stringContaining('raise encoding.clip.bound')],
    ])
  })

  it('is that of an L2 clip, when one is asked for: each whole update is scaled down to the bound', async () => {
    const clip = { kind: 'l2', bound: 0.5 } as const
    const asked = options('semi-honest', 3, { encoding: { clip, weightBound: 50, bits: 30 } })
    const { delta, encoding } = await runSecureFederatedRound(asked)
    expect(Math.hypot(...delta)).toBeLessThanOrEqual(0.5 + 17 * encoding.worstCaseError)
    expect(encoding.clippedFraction).toBe(1)
    expect(modelHash((await runPlaintextFederatedRound(asked)).model)).toBe(
      modelHash((await runSecureFederatedRound(asked)).model),
    )
  })
})

describe('the seed of a round', () => {
  const strategy = fedAvg({ epochs: 2, batchSize: 4, learningRate: 0.1 })
  const run = async (seed: number | undefined, round = 0) =>
    modelHash(
      (
        await runSecureFederatedRound({
          model: lineModel,
          workers: lineWorkers(4),
          strategy,
          round,
          ...(seed !== undefined && { seed }),
        })
      ).model,
    )

  it('makes it repeatable: the same seed gives the same model, another one another', async () => {
    const first = await run(7)
    expect(await run(7)).toBe(first)
    expect(await run(8)).not.toBe(first)
    expect(await run(7, 1)).not.toBe(first)
  })

  it('is fresh when none is given', async () => {
    expect(await run(undefined)).not.toBe(await run(undefined))
  })

  it('governs rounding, so that updates that are the same still come out to the bit', async () => {
    const hash = async (seed: number) =>
      modelHash(
        (await runSecureFederatedRound(options('semi-honest', 4, { seed, encoding: { bits: 6, weightBound: 50 } })))
          .model,
      )
    expect(await hash(1)).toBe(await hash(1))
    expect(await hash(1)).not.toBe(await hash(2))
  })

  it('never touches sessions, keys, shares or masks', async () => {
    const messages = tapServer()
    const asked = options('semi-malicious', 4)
    const first = await runSecureFederatedRound(asked)
    const before = messages.splice(0)
    const second = await runSecureFederatedRound(asked)
    expect(modelHash(second.model)).toBe(modelHash(first.model))
    expect(second.delta).toEqual(first.delta)

    const sent = before.map((message, i) => [message, messages[i]!] as const)
    expect(sent.map(([message]) => message.type)).toEqual(expect.arrayContaining(['AdvertiseKeys', 'MaskedInput']))
    for (const [earlier, later] of sent) {
      expect([later.type, later.sender]).toEqual([earlier.type, earlier.sender])
      expect(later.session).not.toEqual(earlier.session)
      // Everything but session and sender is fresh: of the rest, hardly more bytes agree than chance has it.
      expect(agreement(secretPart(earlier), secretPart(later))).toBeLessThan(0.2)
    }
  })
})

/** What a message carries besides its framing. */
function secretPart(message: Parameters<typeof encodeMessage>[0]): Uint8Array {
  switch (message.type) {
    case 'AdvertiseKeys':
      return Uint8Array.of(...message.encryptionKey, ...message.maskKey)
    case 'ShareKeys':
      return Uint8Array.of(...message.seedCommitment, ...message.ciphertexts)
    case 'MaskedInput':
      return encodeMessage(message).subarray(-40)
    case 'ConsistencyCheck':
      return message.signature
    case 'Unmasking':
      return message.shares
    default:
      throw new Error(`not a client's message: ${message.type}`)
  }
}

function agreement(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((count, byte, i) => count + (byte === b[i] ? 1 : 0), 0) / a.length
}
