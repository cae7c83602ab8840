import type { EncodingInput } from '../../secagg/encoding/index.ts'
import { shown } from '../check.ts'
import { FederatedError } from '../errors.ts'
import type { Model } from '../model.ts'
import type { Worker } from '../worker.ts'
import type { RoundTask } from './announcement.ts'
import { reportWithin } from './clip.ts'
import type { Contribute } from './contribution.ts'
import { encodeMetrics, encodeNoisedMetrics, type MetricRange, rangesOf } from './metrics.ts'

/** What a worker contributes: its update when it is asked to train, metrics alone when it is asked to evaluate. */
export function contributionOf(worker: Worker): Contribute {
  return async ({ task, encoding }, signal) => {
    const { values, weight, metrics } = await compute(worker, task, signal)
    const ranges = rangesOf(encoding.metrics)
    checkMetrics(worker, ranges, metrics)
    const within = reportWithin(encoding, values as ArrayLike<number>)
    // Under noise every worker counts the same: weights would have to be noised too.
    if (encoding.kind !== 'mean') return { values, metrics: { ...encodeNoisedMetrics(ranges, metrics), ...within } }
    const fields = encodeMetrics(ranges, metrics, weight, encoding.weightBound)
    return { values, weight, metrics: { ...fields, ...within } }
  }
}

interface Computed {
  readonly values: EncodingInput['values']
  readonly weight: number
  readonly metrics: Readonly<Record<string, number>>
}

async function compute(worker: Worker, task: RoundTask, signal: AbortSignal | undefined): Promise<Computed> {
  if (task.kind === 'train') {
    const settings = { ...structuredClone(task.settings), ...(signal && { signal }) }
    const result = checkResult(worker, 'train', await worker.train(ownCopy(task.model), settings))
    return { ...result, values: checkUpdate(worker, task.model, result.update) }
  }
  if (task.kind === 'sum' || worker.evaluate === undefined) {
    throw new FederatedError('worker-cannot', `Worker "${worker.id}" cannot ${task.kind}.`, { clientId: worker.id })
  }
  return { ...checkResult(worker, 'evaluate', await worker.evaluate(ownCopy(task.model))), values: [] }
}

/** Each worker gets a model of its own, as it would over a network: one that trains in place disturbs nobody. */
function ownCopy({ schema, parameters }: Model): Model {
  return { schema, parameters: parameters.slice() }
}

function checkResult<R extends Omit<Computed, 'values'>>(worker: Worker, method: 'train' | 'evaluate', result: R): R {
  const update = method === 'train' ? 'update, ' : ''
  if (typeof result !== 'object' || result === null) {
    throw misfit(worker, `its ${method} gave ${shown(result)}; it must give { ${update}weight, metrics }`)
  }
  const { metrics = {} } = result
  if (typeof metrics === 'object' && metrics !== null) return { ...result, metrics }
  throw misfit(worker, `its ${method} gave metrics that are ${shown(metrics)}; they must be an object of numbers`)
}

function checkUpdate(worker: Worker, { parameters }: Model, update: Float32Array): Float32Array {
  const isVector =
    update instanceof Float32Array || (update as unknown) instanceof Float64Array || Array.isArray(update)
  if (isVector && update.length === parameters.length) return update
  const got = isVector ? `has ${update.length} entries` : `is ${shown(update)}`
  throw misfit(
    worker,
    `its update ${got}, and must have ${parameters.length}: trained parameters minus the model's, one per parameter`,
  )
}

function checkMetrics(worker: Worker, ranges: readonly MetricRange[], metrics: Computed['metrics']): void {
  for (const { name } of ranges) {
    if (!Object.hasOwn(metrics, name) || Number.isFinite(metrics[name])) continue
    throw misfit(worker, `its metric "${name}" is not a finite number; leave it out when there is none`)
  }
}

function misfit({ id }: Worker, what: string): FederatedError {
  return new FederatedError('invalid-worker', `Worker "${id}": ${what}.`, { clientId: id })
}
