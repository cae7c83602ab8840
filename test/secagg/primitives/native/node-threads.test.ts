import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { MaskingJob } from '../../../../src/secagg/primitives/native/port.ts'
import { seededBytes } from '../support.ts'

type Native = typeof import('../../../../src/secagg/primitives/native/node.ts')
type Prg = typeof import('../../../../src/secagg/primitives/prg.ts')

const SCRIPT = '../../../../src/secagg/primitives/native/node-worker-script.ts'

const masks = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    key: seededBytes(60 + i)(16),
    sign: i % 3 === 0 ? (-1 as const) : (1 as const),
  }))
const randomWords = (seed: number, count: number) => new Uint32Array(seededBytes(seed)(4 * count).buffer as ArrayBuffer)
const difference = (a: Uint32Array, b: Uint32Array) =>
  a.length === b.length ? a.findIndex((word, i) => word !== b[i]) : a.length

let native: Native
/** Spreads whatever it is given, and counts what came back from other threads. */
let several: Prg
let alone: Prg
let taken = 0

async function load(): Promise<void> {
  vi.doUnmock('#native') // the very module that is loaded next
  vi.resetModules()
  native = await import('../../../../src/secagg/primitives/native/node.ts')
  taken = 0
  const counting = (job: MaskingJob) =>
    native.addOnThreads({
      ...job,
      take(from, sum) {
        taken += sum.length
        job.take(from, sum)
      },
    })
  const load = async (overrides: object): Promise<Prg> => {
    vi.doMock('#native', () => ({ ...native, ...overrides }))
    const prg = await import('../../../../src/secagg/primitives/prg.ts')
    vi.resetModules()
    return prg
  }
  several = await load({ threadsPay: () => true, addOnThreads: counting })
  alone = await load({ threadsPay: () => false })
}

beforeEach(load)

afterEach(() => {
  native.setThreads(undefined)
  vi.doUnmock(SCRIPT)
  vi.doUnmock('#native')
  vi.doUnmock('node:worker_threads')
})

async function expectSame(count: number, firstWord: number, length: number, lanes: 1 | 2): Promise<void> {
  const vector = randomWords(71, length + 9)
  const expected = vector.slice()
  await alone.addKeystreams(masks(count), firstWord, expected.subarray(4, 4 + length), lanes)
  await several.addKeystreams(masks(count), firstWord, vector.subarray(4, 4 + length), lanes)
  expect(difference(vector, expected)).toBe(-1)
}

/** A script that begins as the real one does, but does `instead` of the work on a range. */
async function withScript(instead: string): Promise<void> {
  vi.doMock(SCRIPT, async importOriginal => {
    const { MASKING_THREAD } =
      await importOriginal<typeof import('../../../../src/secagg/primitives/native/node-worker-script.ts')>()
    const work = 'sumMasks(job, job.firstWord + from, sums.subarray(from, from + job.rangeWords))'
    if (!MASKING_THREAD.includes(work)) throw new Error('the script has changed; bring this test up to date')
    return { MASKING_THREAD: MASKING_THREAD.replace(work, () => instead) }
  })
  await load()
}

/** This thread leaves the rest a head start, so that they get something to do. */
async function withHelp(run: () => Promise<void>): Promise<void> {
  const turn = globalThis.setImmediate
  vi.stubGlobal('setImmediate', (call: () => void) => setTimeout(() => turn(call), 60))
  try {
    await run()
  } finally {
    vi.unstubAllGlobals()
  }
}

describe('masks added by several threads', () => {
  test.each([2, 3, 8])(
    'by %d of them are those of one thread, for every length, offset, sign and lane width',
    async threads => {
      native.setThreads(threads)
      for (const lanes of [1, 2] as const) {
        for (const [count, first, length] of [
          [3, 0, 8192 + lanes],
          [1, 2, 40_000],
          [35, 1_234_566, 70_002],
          [2, 6, 300_002],
          [2, 2 ** 40 + 2, 66_000],
        ] as const) {
          await expectSame(count, first, length - (length % lanes), lanes)
        }
      }
      await expectSame(4, 7, 100_001, 1)
      await expectSame(4, 1, 33_333, 1)
    },
  )

  test('come from other threads in part, once these run', async () => {
    native.setThreads(2)
    await withHelp(() => expectSame(8, 3, 400_001, 1))
    expect(taken).toBeGreaterThan(0)
  })

  test('are right when a vector has fewer ranges than there are threads, or a single one, or no words', async () => {
    native.setThreads(16)
    for (const length of [0, 1, 5, 4_096, 4_097, 9_001]) await expectSame(3, 1, length, 1)
  })

  test('are right when several vectors are masked at the same time', async () => {
    native.setThreads(3)
    const lengths = [50_001, 90_000, 4_097, 123_456]
    await withHelp(async () => {
      await Promise.all(lengths.map(length => expectSame(5, length, length, 1)))
    })
  })

  test('do not touch the keys that the caller gave, and leave a vector that was refused as it was', async () => {
    native.setThreads(2)
    const given = masks(3)
    await several.addKeystreams(given, 0, new Uint32Array(50_000), 1)
    expect(given).toEqual(masks(3))
    const target = new Uint32Array(50_000)
    await expect(several.addKeystreams(given, 1, target, 2)).rejects.toMatchObject({ code: 'bad-word-range' })
    expect(target.every(word => word === 0)).toBe(true)
  })
})

describe('one thread does it all, with the same result,', () => {
  test('when it is the only one', async () => {
    native.setThreads(1)
    await expectSame(3, 0, 100_000, 1)
    expect(taken).toBe(0)
    expect(native.threadsPay(2 ** 40)).toBe(false)
  })

  test('when threads may not be started', async () => {
    let attempts = 0
    vi.doMock('node:worker_threads', async importOriginal => ({
      ...(await importOriginal<object>()),
      Worker: class {
        constructor() {
          attempts++
          throw Object.assign(new Error('Access to this API has been restricted'), { code: 'ERR_ACCESS_DENIED' })
        }
      },
    }))
    await load()
    native.setThreads(4)
    await expectSame(3, 0, 100_000, 1)
    expect(native.threadsPay(2 ** 40)).toBe(false)
    await expectSame(3, 0, 100_000, 1)
    expect(attempts).toBe(1)
  })

  test.each([
    ['dies as it starts its first range', 'process.exit(1)'],
    ['dies in the middle of a range', 'sums[from] = 12345; process.exit(0)'],
    ['throws in the middle of a range', 'sums[from] = 12345; throw new Error("out of memory")'],
  ])('when the other one %s', async (_name, script) => {
    await withScript(script)
    native.setThreads(2)
    await withHelp(() => expectSame(4, 5, 200_001, 1))
    expect(taken).toBe(0)
    expect(native.threadsPay(2 ** 40)).toBe(false)
    await expectSame(4, 5, 200_001, 1)
  })

  test('when the other one dies after it has done a range, which counts', async () => {
    await withScript(
      'if (globalThis.second) process.exit(1); globalThis.second = true; ' +
        'sumMasks(job, job.firstWord + from, sums.subarray(from, from + job.rangeWords))',
    )
    native.setThreads(2)
    await withHelp(() => expectSame(4, 5, 200_001, 1))
    expect(taken).toBeGreaterThan(0)
    expect(taken).toBeLessThan(200_001)
  })

  test('when the other one is too late', async () => {
    await withScript(
      'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100); sumMasks(job, job.firstWord + from, sums.subarray(from, from + job.rangeWords))',
    )
    native.setThreads(2)
    await expectSame(4, 5, 200_001, 1)
  })
})

describe('threads pay', () => {
  test('for long jobs, and are started once enough has come together without them', async () => {
    native.setThreads(2)
    expect(native.threadsPay(1e6)).toBe(false)
    expect(native.threadsPay(5e7)).toBe(false)
    expect(native.threadsPay(5e7)).toBe(false)
    expect(native.threadsPay(5e7)).toBe(true)
    await several.addKeystreams(masks(2), 0, new Uint32Array(50_000), 1)
    expect(native.threadsPay(5e7)).toBe(true)
    expect(native.threadsPay(1e6)).toBe(false)
  })

  test('until they have been idle for some seconds: then they are let go', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      native.setThreads(2)
      await several.addKeystreams(masks(2), 0, new Uint32Array(50_000), 1)
      vi.advanceTimersByTime(4_900)
      expect(native.threadsPay(5e7)).toBe(true)
      vi.advanceTimersByTime(200)
      expect(native.threadsPay(5e7)).toBe(false)
      await expectSame(3, 0, 50_000, 1)
    } finally {
      vi.useRealTimers()
    }
  })

  test('not for jobs far apart', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    try {
      native.setThreads(2)
      for (let i = 0; i < 5; i++) {
        expect(native.threadsPay(5e7)).toBe(false)
        vi.advanceTimersByTime(6_000)
      }
      expect(native.threadsPay(2e8)).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })
})

test('how many threads there are can be set, from 1 to 256', async () => {
  const { configureThreads } = await import('../../../../src/secagg/primitives/threads.ts')
  const { UsageError } = await import('../../../../src/secagg/errors.ts')
  for (const threads of [0, -1, 1.5, 257, Number.NaN]) {
    expect(() => configureThreads({ threads })).toThrow(UsageError)
    expect(() => configureThreads({ threads })).toThrow(/1 to 256 threads/)
  }
  configureThreads({ threads: 1 })
  configureThreads({})
})
