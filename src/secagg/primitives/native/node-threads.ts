import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { RING_WASM } from '../kernels/ring-wasm.ts'
import { AES_128_KEY_BYTES } from './common.ts'
import { MASKING_THREAD } from './node-worker-script.ts'
import type { MaskingJob } from './port.ts'

/** Below it, to hand the work over and to wait costs more than it saves: 2 ms of one core. */
const PAYS_FROM_BYTES = 8_388_608
/**
 * To start a thread costs some 30 ms of one core, which is this much keystream. Threads are started when that much has
 * come together without them, so that never more than twice the least is spent, whatever comes.
 */
const START_PAYS_FROM_BYTES = 134_217_728
/** A masking thread that has had nothing to do for so long is let go; one costs some 10 MB. */
const IDLE_MILLISECONDS = 5_000
/** Setting up a cipher costs as much as 30 KiB of keystream, for each mask and range anew. */
const RANGE_BYTES = 131_072
/** Where the vector is too short to give every thread a range of that size. */
const SHORTEST_RANGE_BYTES = 16_384
/** More ranges than threads, so that a thread which starts late or runs slowly holds nobody up for long. */
const RANGES_PER_THREAD = 4
/** A range begins on a whole turn of the kernel, so on whole blocks of AES and whole entries. */
const RANGE_GRID_WORDS = 16

/** The state of a range: nobody's, done by a thread, or taken into the vector. A positive number is who works on it. */
const FREE = 0
const DONE = -1
const TAKEN = -2
const THIS_THREAD = 1

interface Thread {
  readonly number: number
  readonly worker: Worker
}

let wanted: number | undefined
/** Off for good when a thread has died or may not be started: then everything stays on this thread. */
let off = false
let threads: Thread[] = []
let nextNumber = THIS_THREAD + 1
let jobsUnderWay = 0
let idle: ReturnType<typeof setTimeout> | undefined
/** Where sums were written that have been taken and wiped: memory that is new must first be mapped, page by page. */
let spare: SharedArrayBuffer | undefined
/** What was done without threads lately: bytes, and when. */
let recent = { bytes: 0, at: 0 }
/** To be called when a thread has finished something, or died. */
const waiting = new Set<() => void>()

export function setThreads(count: number | undefined): void {
  if (wanted === count && !off) return
  wanted = count
  off = false
  if (jobsUnderWay === 0) dismiss()
}

export function threadsPay(bytes: number): boolean {
  if (off || bytes < PAYS_FROM_BYTES || threadCount() < 2) return false
  if (threads.length > 0) return true
  const at = performance.now()
  recent = { bytes: bytes + (at - recent.at < IDLE_MILLISECONDS ? recent.bytes : 0), at }
  return recent.bytes >= START_PAYS_FROM_BYTES
}

function threadCount(): number {
  return wanted ?? availableParallelism()
}

export async function addOnThreads(job: MaskingJob): Promise<boolean> {
  const limit = threadCount()
  const rangeWords = rangeWordsOf(job.words, limit)
  const ranges = Math.ceil(job.words / rangeWords)
  const helpers = Math.min(limit, ranges) - 1
  if (off || helpers < 1) return false
  jobsUnderWay++
  try {
    if (!enlist(helpers)) return false
    const shared = sharedMemory(4 * job.words)
    const sums = new Uint32Array(shared, 0, job.words)
    const states = new Int32Array(new SharedArrayBuffer(4 * ranges))
    post(job, helpers, { sums, states, rangeWords })
    await finish(job, sums, states, rangeWords)
    spare = shared // only now that nobody writes to it any more
    return true
  } finally {
    if (--jobsUnderWay === 0) rest()
  }
}

function sharedMemory(bytes: number): SharedArrayBuffer {
  const memory = spare !== undefined && spare.byteLength >= bytes ? spare : new SharedArrayBuffer(bytes)
  spare = undefined
  return memory
}

function rangeWordsOf(words: number, limit: number): number {
  const ranges = Math.max(limit, Math.min(RANGES_PER_THREAD * limit, Math.ceil((4 * words) / RANGE_BYTES)))
  const length = Math.max(words / ranges, SHORTEST_RANGE_BYTES / 4)
  return Math.ceil(length / RANGE_GRID_WORDS) * RANGE_GRID_WORDS
}

/** Starts what is missing. Whether there is anybody to help. */
function enlist(helpers: number): boolean {
  clearTimeout(idle)
  try {
    while (threads.length < helpers) threads.push(start())
  } catch {
    off = true // not permitted, or no memory left: not an error, only slower
  }
  for (const { worker } of threads) worker.ref()
  return threads.length > 0
}

function start(): Thread {
  const number = nextNumber++
  const worker = new Worker(MASKING_THREAD, {
    eval: true,
    workerData: { me: number, kernel: RING_WASM },
    // Nothing of this process: no loaders, no profilers, no variables.
    execArgv: [],
    env: {},
  })
  const thread = { number, worker }
  worker.on('message', wake)
  worker.on('error', () => {}) // comes before its exit, which says all there is to know
  worker.on('exit', () => {
    if (!threads.includes(thread)) return
    threads = threads.filter(other => other !== thread)
    off = true
    wake()
  })
  return thread
}

function wake(): void {
  for (const call of waiting) call()
  waiting.clear()
}

function post({ masks, firstWord, lanes }: MaskingJob, helpers: number, shared: object): void {
  const keys = new Uint8Array(masks.length * AES_128_KEY_BYTES)
  for (const [i, { key }] of masks.entries()) keys.set(key, i * AES_128_KEY_BYTES)
  const signs = Int8Array.from(masks, ({ sign }) => sign)
  for (const { worker } of threads.slice(0, helpers)) worker.postMessage({ keys, signs, firstWord, lanes, ...shared })
  keys.fill(0)
}

/**
 * Does ranges on this thread, one to a turn of the event loop, until none is free; takes in what the others have done; and
 * does itself what a thread had begun that is no more.
 */
async function finish(job: MaskingJob, sums: Uint32Array, states: Int32Array, rangeWords: number): Promise<void> {
  const partOf = (range: number) => [range * rangeWords, Math.min((range + 1) * rangeWords, job.words)] as const
  await turn() // the caller may have more to prepare, while the others are at work
  for (let left = states.length; left > 0; ) {
    for (let range = 0; range < states.length; range++) {
      if (Atomics.compareExchange(states, range, DONE, TAKEN) !== DONE) continue
      const [from, to] = partOf(range)
      const sum = sums.subarray(from, to)
      job.take(from, sum)
      sum.fill(0)
      left--
    }
    const range = claim(states)
    if (range !== undefined) {
      job.here(...partOf(range))
      Atomics.store(states, range, TAKEN)
      left--
      await turn()
    } else if (left > 0 && !states.includes(DONE)) {
      await new Promise<void>(resolve => waiting.add(resolve))
    }
  }
}

/** A range that is free, or that belongs to a thread which is gone. */
function claim(states: Int32Array): number | undefined {
  for (let range = 0; range < states.length; range++) {
    const owner = Atomics.load(states, range)
    if (owner < FREE || threads.some(({ number }) => number === owner)) continue
    if (Atomics.compareExchange(states, range, owner, THIS_THREAD) === owner) return range
  }
  return undefined
}

function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

/** Threads at rest keep no process alive, and go when they have been at rest for a while. */
function rest(): void {
  for (const { worker } of threads) worker.unref()
  idle = setTimeout(dismiss, IDLE_MILLISECONDS).unref()
}

function dismiss(): void {
  clearTimeout(idle)
  const dismissed = threads
  threads = []
  spare = undefined
  for (const { worker } of dismissed) worker.terminate().catch(() => {})
}
