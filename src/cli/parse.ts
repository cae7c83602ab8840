import { InvalidArgumentError } from 'commander'
import { dirichlet, iid, labelShards, type Partition } from '../index.ts'

/** An integer from `least` to `most`. */
export function integer(least: number, most: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return text => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (Number.isSafeInteger(value) && value >= least && value <= most) return value
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
    throw new InvalidArgumentError(`It must be a whole number ${range}.`)
  }
}

/** A probability, from 0 to 1. */
export function rate(text: string): number {
  const value = decimal(text)
  if (value >= 0 && value <= 1) return value
  throw new InvalidArgumentError('It must be a number from 0 to 1, such as 0.05.')
}

/** A part of the cohort: at least 0, and not all of it. */
export function fraction(text: string): number {
  const value = decimal(text)
  if (value >= 0 && value < 1) return value
  throw new InvalidArgumentError('It must be a number from 0 to below 1, such as 0.05.')
}

/** A finite number above 0. */
export function positive(text: string): number {
  const value = decimal(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('It must be a number above 0, such as 0.1.')
}

/** A number of examples, or `all`. */
export function batchSize(text: string): number | 'all' {
  return text === 'all' ? 'all' : integer(1)(text)
}

/** How digits are dealt to workers, and how that is called in a report. */
export interface PartitionChoice {
  readonly name: string
  partition(seed: number): Partition
}

/** `iid`, `shards[:perWorker]` or `dirichlet[:alpha]`. */
export function partition(text: string): PartitionChoice {
  const [, kind, parameter] = /^([a-z]+)(?::(.+))?$/.exec(text) ?? []
  if (kind === 'iid' && parameter === undefined) return { name: 'iid', partition: seed => iid({ seed }) }
  if (kind === 'shards') {
    const shardsPerWorker = integer(1)(parameter ?? '2')
    const name = `${shardsPerWorker} label shards each`
    return { name, partition: seed => labelShards({ seed, shardsPerWorker }) }
  }
  if (kind === 'dirichlet') {
    const alpha = positive(parameter ?? '0.5')
    return { name: `Dirichlet, alpha ${alpha}`, partition: seed => dirichlet({ seed, alpha }) }
  }
  throw new InvalidArgumentError('Use iid, shards, shards:2, dirichlet or dirichlet:0.5.')
}

function decimal(text: string): number {
  return /^\d*\.?\d+(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
}
