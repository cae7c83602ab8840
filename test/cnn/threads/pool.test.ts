import { EventEmitter } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import type { Job } from '../../../src/cnn/threads/messages.ts'
import { hasThreads, ThreadPool } from '../../../src/cnn/threads/pool.ts'

// Threads of the built package are tested in built.test.ts; here they are stand-ins that do as they are told.

class FakeWorker extends EventEmitter {
  readonly posted: unknown[] = []
  readonly terminate = vi.fn(async () => 0)
  readonly ref = vi.fn()
  readonly unref = vi.fn()

  constructor() {
    super()
    workers.push(this)
  }

  postMessage(message: unknown): void {
    this.posted.push(message)
  }
}

let workers: FakeWorker[] = []

afterEach(() => {
  vi.restoreAllMocks()
  workers = []
})

function poolOf(threads: number): ThreadPool {
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue({ Worker: FakeWorker } as never)
  return new ThreadPool({ network: 'small', engine: 'wasm' }, threads)
}

const job: Job = {
  method: 'evaluate',
  model: { schema: [], parameters: Float32Array.of(1, 2) },
  data: { images: new Uint8Array(784), labels: Uint8Array.of(3), length: 1 },
}
const done = (examples: number) => ({ kind: 'done', result: { examples } })

test('there are threads in Node, and none where it is too old or no Node', () => {
  expect(hasThreads()).toBe(true)
  const { getBuiltinModule } = process
  Reflect.set(process, 'getBuiltinModule', undefined)
  try {
    expect(hasThreads()).toBe(false)
  } finally {
    process.getBuiltinModule = getBuiltinModule
  }
})

test('threads are started when there is work for them, never more than the limit, and used again', async () => {
  const pool = poolOf(2)
  expect(workers.length).toBe(0)
  const first = pool.run(job)
  expect(workers.length).toBe(1)
  workers[0]!.emit('message', done(1))
  await expect(first).resolves.toEqual({ examples: 1 })
  const three = [pool.run(job), pool.run(job), pool.run(job)]
  expect(workers.map(({ posted }) => posted.length)).toEqual([2, 1])
  workers[1]!.emit('message', done(2))
  expect(workers.map(({ posted }) => posted.length)).toEqual([2, 2])
  workers[1]!.emit('message', done(3))
  workers[0]!.emit('message', done(4))
  await expect(Promise.all(three)).resolves.toEqual([{ examples: 4 }, { examples: 2 }, { examples: 3 }])
})

test('threads keep the process alive while they work, and only then', () => {
  const pool = poolOf(1)
  void pool.run(job)
  const [worker] = workers
  expect([worker!.ref.mock.calls.length, worker!.unref.mock.calls.length]).toEqual([1, 0])
  worker!.emit('message', done(1))
  expect([worker!.ref.mock.calls.length, worker!.unref.mock.calls.length]).toEqual([1, 1])
})

test('a thread that dies fails its work with the reason, and what waits gets another thread', async () => {
  const pool = poolOf(1)
  const [failing, waiting] = [pool.run(job), pool.run(job)]
  const rejected = expect(failing).rejects.toMatchObject({
    name: 'CnnError',
    code: 'engine-failed',
    message: 'A training thread ended before its work: out of memory.',
  })
  workers[0]!.emit('error', new Error('out of memory'))
  workers[0]!.emit('exit', 1)
  await rejected
  expect(workers.length).toBe(2)
  workers[1]!.emit('message', done(5))
  await expect(waiting).resolves.toEqual({ examples: 5 })
})

test('an abort reaches the thread at work, takes what waits out of the queue, and leaves no listener', async () => {
  const pool = poolOf(1)
  const controller = new AbortController()
  const remove = vi.spyOn(controller.signal, 'removeEventListener')
  const running = pool.run(job, controller.signal)
  const waiting = pool.run(job, controller.signal)
  controller.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  expect(workers[0]!.posted.at(-1)).toEqual({ method: 'abort' })
  workers[0]!.emit('message', { kind: 'aborted' })
  await expect(running).rejects.toThrow('enough')
  expect(remove).toHaveBeenCalledTimes(2)
  await expect(pool.run(job, controller.signal)).rejects.toThrow('enough')
  expect(workers[0]!.posted.length).toBe(2)
})

test('ending the pool ends the threads, and rejects what was under way and what waited', async () => {
  const pool = poolOf(1)
  const both = [pool.run(job), pool.run(job)]
  const rejected = Promise.all(both.map(one => expect(one).rejects.toMatchObject({ code: 'disposed' })))
  pool.end()
  await rejected
  expect(workers[0]!.terminate).toHaveBeenCalledOnce()
  workers[0]!.emit('exit', 1)
  expect(workers.length).toBe(1)
})
