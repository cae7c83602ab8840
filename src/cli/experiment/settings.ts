import * as v from 'valibot'
import type { NetworkName } from '../../cnn/index.ts'
import type { ThreatModel } from '../../index.ts'

/** A schedule of a learning rate over the federated rounds, from 0. */
export type Schedule =
  | { readonly schedule: 'exponential'; readonly initial: number; readonly factor: number; readonly every?: number }
  | { readonly schedule: 'step'; readonly initial: number; readonly factor: number; readonly at: readonly number[] }
  | { readonly schedule: 'cosine'; readonly initial: number; readonly final: number; readonly rounds: number }

/** A step size, or one for each round. */
export type Rate = number | Schedule

/** What the server does with the mean of the updates, by name, with what that takes. */
export type StrategyChoice =
  | { readonly name: 'fedavg'; readonly serverLearningRate?: number }
  | { readonly name: 'fedsgd' }
  | { readonly name: 'fedprox'; readonly mu: number }
  | { readonly name: 'fedavgm'; readonly serverLearningRate?: Rate; readonly serverMomentum?: number }
  | {
      readonly name: 'fedadam' | 'fedyogi' | 'fedadagrad'
      readonly serverLearningRate: Rate
      readonly beta1?: number
      readonly beta2?: number
      readonly tau?: number
    }

/** All that a cell of an experiment is governed by. */
export interface CellSettings {
  readonly network: NetworkName
  /** `iid`, `shards:n` or `dirichlet:alpha`. */
  readonly partition: string
  /** K of McMahan et al., AISTATS 2017. */
  readonly clients: number
  /** C there: the part of the clients that is asked in a round. */
  readonly fraction: number
  /** E there. */
  readonly epochs: number
  /** B there. */
  readonly batchSize: number | 'all'
  readonly learningRate: Rate
  /** Of the clients' steps. */
  readonly momentum: number
  readonly strategy: StrategyChoice
  readonly rounds: number
  /** Test accuracy from which on no further round is run. */
  readonly target: number | 'none'
  readonly seed: number
  /** Probability that a client leaves in a round. */
  readonly dropout: number
  readonly threatModel: ThreatModel
  /** Bits per parameter of an update. */
  readonly bits: number
  /** False adds up the same quantized updates in clear. */
  readonly secure: boolean
  /** The privacy budget of a cell, against the server. */
  readonly epsilon: number | 'none'
  /** Only with epsilon. */
  readonly delta?: number
  /** Only with epsilon: the first bound of an update's norm, adapted later. */
  readonly clip?: number
}

export type SettingName = keyof CellSettings

/** What a setting may be. A message of a schema is what was expected, to stand behind that word. */
export type SettingSchema = v.GenericSchema

function integer(from: number, to: number = Number.MAX_SAFE_INTEGER, or = ''): v.GenericSchema<number> {
  const range =
    to === Number.MAX_SAFE_INTEGER ? `a whole number of at least ${from}` : `a whole number from ${from} to ${to}`
  const message = `${range}${or}`
  return v.pipe(v.number(message), v.safeInteger(message), v.minValue(from, message), v.maxValue(to, message))
}

function number(message: string, fits: (value: number) => boolean): v.GenericSchema<number> {
  return v.pipe(v.number(message), v.finite(message), v.check(fits, message))
}

const positive = number('a number above 0, such as 0.1', value => value > 0)
const fraction = number('a number from 0 to below 1, such as 0.9', value => value >= 0 && value < 1)
const chance = number('a number from 0 to 1, such as 0.05', value => value >= 0 && value <= 1)
const part = number('a number above 0, up to 1, such as 0.1', value => value > 0 && value <= 1)

function oneOf(...names: readonly string[]): v.GenericSchema<string> {
  return v.picklist(names, `one of ${names.join(', ')}`)
}

/** By the kind of what is there: each has an expectation of its own. */
function either(word: string, otherwise: v.GenericSchema): SettingSchema {
  return v.lazy(value => (value === word ? v.literal(word) : otherwise))
}

const schedules = v.variant(
  'schedule',
  [
    v.strictObject({
      schedule: v.literal('exponential'),
      initial: positive,
      factor: positive,
      every: v.exactOptional(integer(1)),
    }),
    v.strictObject({
      schedule: v.literal('step'),
      initial: positive,
      factor: positive,
      at: v.array(integer(0), 'a list of rounds, such as [50, 100]'),
    }),
    v.strictObject({ schedule: v.literal('cosine'), initial: positive, final: positive, rounds: integer(1) }),
  ],
  'one of exponential, step, cosine',
)

const positiveRate = number(
  'a number above 0, or a schedule such as { schedule: exponential, initial: 0.1, factor: 0.99 }',
  value => value > 0,
)
const rate: SettingSchema = v.lazy(value => (typeof value === 'object' && value !== null ? schedules : positiveRate))

const adaptive = (name: string, more: Readonly<Record<string, SettingSchema>> = {}) =>
  v.strictObject({
    name: v.literal(name),
    serverLearningRate: rate,
    beta1: v.exactOptional(fraction),
    tau: v.exactOptional(positive),
    ...more,
  })

const STRATEGY = 'one of fedavg, fedsgd, fedprox, fedavgm, fedadam, fedyogi, fedadagrad'

const strategies = v.variant(
  'name',
  [
    v.strictObject({ name: v.literal('fedavg'), serverLearningRate: v.exactOptional(positive) }),
    v.strictObject({ name: v.literal('fedsgd') }),
    v.strictObject({ name: v.literal('fedprox'), mu: number('a number of at least 0', value => value >= 0) }),
    v.strictObject({
      name: v.literal('fedavgm'),
      serverLearningRate: v.exactOptional(rate),
      serverMomentum: v.exactOptional(fraction),
    }),
    adaptive('fedadam', { beta2: v.exactOptional(fraction) }),
    adaptive('fedyogi', { beta2: v.exactOptional(fraction) }),
    adaptive('fedadagrad'),
  ],
  STRATEGY,
)

const PARTITION = /^(iid|shards:[1-9]\d{0,5}|dirichlet:\d*\.?\d+(e[+-]?\d+)?)$/i
const partitionExpected = 'iid, shards:n or dirichlet:alpha, such as shards:2'
const partition = v.pipe(
  v.string(partitionExpected),
  v.regex(PARTITION, partitionExpected),
  v.check(text => !text.startsWith('dirichlet') || Number(text.slice(10)) > 0, partitionExpected),
)

/** Every setting there is, in the order in which they are listed and name a cell. */
export const SCHEMAS: Readonly<Record<SettingName, SettingSchema>> = {
  secure: v.boolean('true or false'),
  network: oneOf('small', 'pysyft', 'mcmahan'),
  partition,
  clients: integer(1),
  fraction: part,
  epochs: integer(1),
  batchSize: either('all', integer(1, undefined, ', or all')),
  learningRate: rate,
  momentum: fraction,
  strategy: strategies,
  rounds: integer(1),
  target: either('none', part),
  dropout: chance,
  threatModel: oneOf('semi-honest', 'semi-malicious', 'malicious-server'),
  bits: integer(2, 32),
  epsilon: either('none', positive),
  delta: number('a number between 0 and 1, such as 1e-5', value => value > 0 && value < 1),
  clip: positive,
  seed: integer(0),
}

/** What a setting is when a file does not say. */
export const DEFAULTS: CellSettings = {
  secure: true,
  network: 'small',
  partition: 'iid',
  clients: 10,
  fraction: 1,
  epochs: 1,
  batchSize: 10,
  learningRate: 0.1,
  momentum: 0,
  strategy: { name: 'fedavg' },
  rounds: 10,
  target: 'none',
  dropout: 0,
  threatModel: 'semi-honest',
  bits: 24,
  epsilon: 'none',
  delta: 1e-5,
  clip: 1,
  seed: 1,
}

export const SETTING_NAMES: readonly SettingName[] = Object.keys(SCHEMAS) as SettingName[]

/**
 * The same settings without those that have no effect, so that what runs alike looks alike: FedSGD is one step over all
 * examples, whatever else a grid says, and without a budget nothing is clipped by norm.
 */
export function effective(settings: CellSettings): CellSettings {
  const { delta, clip, ...others } = settings
  const noised = settings.epsilon === 'none' ? {} : { delta: delta!, clip: clip! }
  const once = settings.strategy.name === 'fedsgd' ? ({ epochs: 1, batchSize: 'all' } as const) : {}
  return { ...others, ...once, ...noised }
}
