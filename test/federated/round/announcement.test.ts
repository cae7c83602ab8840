import { describe, expect, it } from 'vitest'
import { contextOf, planOf, type RoundAnnouncement, type RoundTask } from '../../../src/federated/round/announcement.ts'
import { type EncodingSpec, type MeanSpec, planEncoding } from '../../../src/secagg/encoding/index.ts'
import { RefusalError } from '../../../src/secagg/errors.ts'
import { expectCode } from '../codes.ts'
import { vectorModel } from './cohort.ts'

const encoding: MeanSpec = {
  kind: 'mean',
  clients: 5,
  dimension: 3,
  bits: 16,
  clip: { kind: 'coordinate', bound: 1 },
  weightBound: 10,
  metrics: [],
}
const settings = { epochs: 1, batchSize: 8, learningRate: 0.1, seed: 4 } as const
const task: RoundTask = { kind: 'train', model: vectorModel(3), settings }

function announce(change: Partial<RoundAnnouncement> = {}, spec: EncodingSpec = encoding): RoundAnnouncement {
  const plan = planEncoding(spec)
  return {
    session: new Uint8Array(32),
    federatedRound: 0,
    parameters: {
      threatModel: 'semi-honest',
      clients: spec.clients,
      graph: { kind: 'complete' },
      vectorLength: plan.length,
      modulusBits: plan.modulusBits,
    },
    encoding: spec,
    task,
    ...change,
  }
}

const hex = (announcement: RoundAnnouncement) => Array.from(contextOf(announcement)).join()

describe('the context of an aggregation', () => {
  it('is the same for those who received the same, however it was written down', () => {
    const reordered = { seed: 4, learningRate: 0.1, batchSize: 8, epochs: 1 } as const
    const copy: RoundTask = { kind: 'train', model: vectorModel(3), settings: reordered }
    expect(hex(announce({ task: copy }))).toBe(hex(announce()))
    expect(contextOf(announce())).toHaveLength(32)
  })

  it('is not tied to the session: that is hashed into the keys by itself', () => {
    expect(hex(announce({ session: new Uint8Array(32).fill(1) }))).toBe(hex(announce()))
  })

  const moved = vectorModel(3)
  moved.parameters[2]! += 2 ** -20
  const changes: [string, RoundAnnouncement][] = [
    ['one parameter of the model', announce({ task: { ...task, model: moved } })],
    [
      'the schema',
      announce({ task: { ...task, model: { ...vectorModel(3), schema: [{ name: 'other', shape: [3] }] } } }),
    ],
    ['the round', announce({ federatedRound: 1 })],
    ['the learning rate', announce({ task: { ...task, settings: { ...settings, learningRate: 0.2 } } })],
    ['the seed', announce({ task: { ...task, settings: { ...settings, seed: 5 } } })],
    ['the batch size', announce({ task: { ...task, settings: { ...settings, batchSize: 'all' } } })],
    ['a setting of a strategy’s own', announce({ task: { ...task, settings: { ...settings, mu: 0.1 } as never } })],
    ['the task', announce({ task: { kind: 'evaluate', model: vectorModel(3) } })],
    ['the clip', announce({}, { ...encoding, clip: { kind: 'coordinate', bound: 2 } })],
    ['the kind of clip', announce({}, { ...encoding, clip: { kind: 'l2', bound: 1 } })],
    ['the weight bound', announce({}, { ...encoding, weightBound: 11 })],
    ['the bits', announce({}, { ...encoding, bits: 17 })],
    ['a metric', announce({}, { ...encoding, metrics: [{ name: 'loss', kind: 'real', min: 0, max: 1, bits: 8 }] })],
  ]

  it.each(changes)('changes with %s', (_, changed) => {
    expect(hex(changed)).not.toBe(hex(announce()))
  })

  it('tells all these changes apart', () => {
    expect(new Set(changes.map(([, changed]) => hex(changed))).size).toBe(changes.length)
  })

  it('covers nested settings in whatever order, and takes an absent one as absent', () => {
    const nested = (schedule: unknown) => announce({ task: { ...task, settings: { ...settings, schedule } as never } })
    expect(hex(nested({ warm: [1, 2], cold: null }))).toBe(hex(nested({ cold: null, warm: [1, 2] })))
    expect(hex(nested({ warm: [1, 2], cold: null }))).not.toBe(hex(nested({ warm: [2, 1], cold: null })))
    expect(hex(nested({ warm: true }))).not.toBe(hex(nested({ warm: 'true' })))
    expect(hex(nested(undefined))).toBe(hex(announce()))
  })

  it.each([
    ['NaN', Number.NaN],
    ['a function', () => 1],
    ['a BigInt', 1n],
    ['a Map', new Map()],
    ['a hole in an array', [1, undefined]],
  ])('refuses to cover %s, which others could not hash', (_, schedule) => {
    const odd = announce({ task: { ...task, settings: { ...settings, schedule } as never } })
    expectCode(() => contextOf(odd), 'invalid-option', /The training setting "schedule.* Settings are hashed/)
  })

  it('is handed out as a copy', () => {
    const announcement = announce()
    const before = hex(announcement)
    contextOf(announcement).fill(0)
    expect(hex(announcement)).toBe(before)
  })
})

describe('the encoding plan of an announcement', () => {
  it('is the one that follows from its encoding', () => {
    expect(planOf(announce(), 'ann')).toEqual(planEncoding(encoding))
  })

  const { parameters } = announce()
  const refusals: [string, RoundAnnouncement, RegExp][] = [
    [
      'a vector of another length',
      announce({ parameters: { ...parameters, vectorLength: parameters.vectorLength + 1 } }),
      /takes \d+ entries modulo/,
    ],
    [
      'another modulus',
      announce({ parameters: { ...parameters, modulusBits: parameters.modulusBits + 1 } }),
      /the parameters say \d+ modulo 2\^/,
    ],
    ['another cohort', announce({ parameters: { ...parameters, clients: 6 } }), /for 5 clients, .* for 6/],
    [
      'fewer coordinates than the model has parameters',
      announce({ task: { ...task, model: vectorModel(4) } }),
      /to train this model takes 4 coordinates, the encoding has 3/,
    ],
    [
      'coordinates in an evaluation',
      announce({ task: { kind: 'evaluate', model: vectorModel(3) } }),
      /to evaluate this model takes 0 coordinates, the encoding has 3/,
    ],
    ['a mean where a sum is asked for', announce({ task: { kind: 'sum' } }), /to sum, the encoding is one of mean/],
    [
      'a sum where a training is asked for',
      announce({}, { kind: 'sum', clients: 5, dimension: 3, bits: 8, clip: encoding.clip, metrics: [] }),
      /to train, the encoding is one of sum/,
    ],
    [
      'an encoding that cannot be',
      announce({ encoding: { ...encoding, bits: 99 } }),
      /announced encoding is impossible: bits must be/,
    ],
  ]

  it.each(refusals)('is refused for %s', (_, announcement, message) => {
    const refused = () => planOf(announcement, 'ann')
    expect(refused).toThrow(RefusalError)
    expect(refused).toThrow(
      expect.objectContaining({
        code: 'encoding-misfit',
        clientId: 'ann',
        round: 'AdvertiseKeys',
        message: expect.stringMatching(message),
      }),
    )
  })
})
