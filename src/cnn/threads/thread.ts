/**
 * What a training thread runs: a network of its own, on an engine of its own. It is started from this file by `ThreadPool`, and no
 * module imports it.
 */
import type { MessagePort } from 'node:worker_threads'
import { type Cnn, createCnn } from '../cnn.ts'
import { CnnError } from '../errors.ts'
import type { Answer, Job, Request, ThreadData } from './messages.ts'

const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads')
const port = parentPort as MessagePort
const { network, engine } = workerData as ThreadData

let loaded: Promise<Cnn> | undefined
let underWay: AbortController | undefined

port.on('message', (request: Request) => {
  if (request.method === 'abort') underWay?.abort()
  else void answer(request)
})

async function answer(job: Job): Promise<void> {
  const controller = new AbortController()
  underWay = controller
  const result = await outcome(job, controller.signal)
  underWay = undefined
  const parameters = result.kind === 'done' && 'parameters' in result.result ? result.result.parameters : undefined
  port.postMessage(result, parameters === undefined ? [] : [parameters.buffer as ArrayBuffer])
}

async function outcome(job: Job, signal: AbortSignal): Promise<Answer> {
  try {
    loaded ??= createCnn(network, { engine })
    const cnn = await loaded
    const { model, data } = job
    if (job.method === 'evaluate') return { kind: 'done', result: await cnn.evaluate(model, data, { signal }) }
    return { kind: 'done', result: await cnn.train(model, data, { ...job.settings, signal }) }
  } catch (error) {
    if (signal.aborted) return { kind: 'aborted' }
    if (error instanceof CnnError) return { kind: 'failed', code: error.code, message: error.message }
    return { kind: 'failed', code: 'engine-failed', message: `A training thread failed: ${String(error)}` }
  }
}
