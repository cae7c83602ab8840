import type { Worker } from 'node:worker_threads'
import { CnnError } from '../errors.ts'
import type { Evaluation, ImageData, TrainResult } from '../types.ts'
import type { Answer, Job, ThreadData } from './messages.ts'

interface Task {
  readonly job: Job
  readonly signal: AbortSignal | undefined
  readonly resolve: (result: TrainResult | Evaluation) => void
  readonly reject: (reason: unknown) => void
}

interface Thread {
  readonly worker: Worker
  task: Task | undefined
}

/** Whether there are threads to be had: in Node there are. */
export function hasThreads(): boolean {
  return typeof process !== 'undefined' && typeof process.getBuiltinModule === 'function'
}

/**
 * Trains on threads, each with an engine of its own, since the wasm backend's own threads do not work in Node. Threads are started
 * when there is work for them, up to the limit, and stay; at rest they keep no process alive.
 *
 * What a job needs is copied to the thread for each job anew: that takes a thousandth of the training, and so a thread never works on
 * data that has changed meanwhile, and keeps none.
 */
export class ThreadPool {
  readonly #data: ThreadData
  readonly #limit: number
  #threads: Thread[] = []
  #queue: Task[] = []

  constructor(data: ThreadData, limit: number) {
    this.#data = data
    this.#limit = limit
  }

  /**
   * Runs a job on the next free thread. Model and data must not change before it has settled.
   *
   * @throws CnnError what the job throws, `engine-failed` when its thread dies, `disposed` when the pool is ended; the reason of the
   * signal when that is aborted.
   */
  run(job: Job, signal?: AbortSignal): Promise<TrainResult | Evaluation> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const onAbort = (): void => this.#abort(task)
      const task: Task = {
        job,
        signal,
        resolve: result => {
          signal?.removeEventListener('abort', onAbort)
          resolve(result)
        },
        reject: reason => {
          signal?.removeEventListener('abort', onAbort)
          reject(reason)
        },
      }
      signal?.addEventListener('abort', onAbort)
      this.#queue.push(task)
      this.#assign()
    })
  }

  /** Ends all threads. What they were asked to do is rejected with CnnError `disposed`. */
  end(): void {
    const [threads, queue] = [this.#threads, this.#queue]
    this.#threads = []
    this.#queue = []
    const reason = new CnnError('disposed', 'This network was disposed of while it was at work: create another one.')
    for (const task of [...threads.map(({ task }) => task), ...queue]) task?.reject(reason)
    for (const { worker } of threads) void worker.terminate()
  }

  #assign(): void {
    while (this.#queue.length > 0) {
      const free = this.#threads.find(({ task }) => task === undefined)
      if (free === undefined && this.#threads.length >= this.#limit) return
      this.#begin(free ?? this.#start(), this.#queue.shift()!)
    }
  }

  #begin(thread: Thread, task: Task): void {
    const { job } = task
    const model = { schema: job.model.schema, parameters: job.model.parameters.slice() }
    const data = copyOf(job.data)
    const transfer = [model.parameters.buffer, data.images.buffer, data.labels.buffer]
    thread.task = task
    thread.worker.ref()
    thread.worker.postMessage({ ...job, model, data }, transfer)
  }

  #start(): Thread {
    const { Worker } = process.getBuiltinModule('node:worker_threads')
    const worker = new Worker(scriptUrl(), { workerData: this.#data, execArgv: inheritedOptions() })
    const thread: Thread = { worker, task: undefined }
    let problem: unknown
    worker.on('message', (answer: Answer) => this.#settle(thread, answer))
    worker.on('error', error => {
      problem = error // its exit follows
    })
    worker.on('exit', () => this.#bury(thread, problem))
    this.#threads.push(thread)
    return thread
  }

  #settle(thread: Thread, answer: Answer): void {
    const { task } = thread
    thread.task = undefined
    thread.worker.unref()
    if (answer.kind === 'done') task?.resolve(answer.result)
    else if (answer.kind === 'aborted') task?.reject(task.signal?.reason)
    else task?.reject(new CnnError(answer.code, answer.message))
    this.#assign()
  }

  #bury(thread: Thread, problem: unknown): void {
    if (!this.#threads.includes(thread)) return
    this.#threads = this.#threads.filter(other => other !== thread)
    const why = problem === undefined ? '' : `: ${String((problem as Error).message ?? problem)}`
    thread.task?.reject(new CnnError('engine-failed', `A training thread ended before its work${why}.`, problem))
    this.#assign()
  }

  #abort(task: Task): void {
    const thread = this.#threads.find(other => other.task === task)
    if (thread !== undefined) {
      // It answers at its next pause that it has stopped, and is not free before.
      thread.worker.postMessage({ method: 'abort' })
      return
    }
    this.#queue = this.#queue.filter(other => other !== task)
    task.reject(task.signal?.reason)
  }
}

/** The thread's script stands beside this one, and has its extension: that of the build, or of the source. */
function scriptUrl(): URL {
  return new URL(import.meta.url.replace(/pool(\.\w+)$/, 'thread$1'))
}

/** The plain columns: what a dataset is besides does not travel. */
function copyOf({
  images,
  labels,
  length,
}: ImageData): ImageData & Record<'images' | 'labels', Uint8Array<ArrayBuffer>> {
  return { images: Uint8Array.from(images), labels: Uint8Array.from(labels), length }
}

/** The options of this process, without what says that the program came from the command line: Node refuses that for a file. */
function inheritedOptions(): string[] {
  return process.execArgv.filter(option => !/^--input-type/.test(option))
}
