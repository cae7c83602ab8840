import { describe, expect, test } from 'vitest'
import { type Divisible, federate, iid, labelShards, type Partition, VirtualWorker } from '../../src/federated/index.ts'
import { expectCode } from './codes.ts'
import { lineLearner, lineModel, Points } from './linear-learner.ts'

const points = new Points([0, 1, 2, 3, 4, 5], [10, 11, 12, 13, 14, 15], [0, 1, 0, 1, 0, 1])

/** Receives data and, unlike a worker, shows it. */
class OpenHand {
  readonly id: string
  held: Points | undefined

  constructor(id: string) {
    this.id = id
  }

  receive(data: Points): void {
    this.held = data
  }
}

const hands = (...ids: string[]) => ids.map(id => new OpenHand(id))

describe('federating a data set', () => {
  test('moves to each worker its part and nothing else', () => {
    const workers = hands('alice', 'bob')
    federate(points, { workers, partition: () => [Uint32Array.of(5, 0, 1), Uint32Array.of(2, 3, 4)] })
    expect(workers[0]!.held).toEqual(new Points([5, 0, 1], [15, 10, 11], [1, 0, 1]))
    expect(workers[1]!.held).toEqual(new Points([2, 3, 4], [12, 13, 14], [0, 1, 0]))
  })

  test('gives the workers back in order, with the sizes of their parts', () => {
    const workers = hands('alice', 'bob', 'carol', 'dave')
    const federated = federate(points, { workers })
    expect(federated.workers).toEqual(workers)
    expect(federated.sizes).toEqual(workers.map(worker => worker.held!.length))
    expect([...federated.sizes].sort()).toEqual([1, 1, 2, 2])
  })

  test('divides IID with seed 0 unless told otherwise', () => {
    const [a, b] = [hands('alice', 'bob'), hands('alice', 'bob')]
    federate(points, { workers: a })
    federate(points, { workers: b, partition: iid({ seed: 0 }) })
    expect(a).toEqual(b)
  })

  test('describes how many examples of each label every worker has', () => {
    const federated = federate(points, {
      workers: hands('alice', 'bob'),
      partition: labelShards({ seed: 1, shardsPerWorker: 1 }),
    })
    const described = federated.describe().map(share => [share.workerId, share.examples, [...share.labels]])
    expect(described.map(([id, examples]) => [id, examples])).toEqual([
      ['alice', 3],
      ['bob', 3],
    ])
    expect(described.map(([, , labels]) => labels).sort()).toEqual([[[0, 3]], [[1, 3]]])
  })

  test('describes a data set without labels by sizes alone', () => {
    const plain: Divisible<number[]> = { length: 3, subset: indices => Array.from(indices) }
    const workers = [new VirtualWorker<number[]>('alice')]
    expect(federate(plain, { workers }).describe()).toEqual([{ workerId: 'alice', examples: 3, labels: new Map() }])
  })

  test('gives virtual workers what they need to train', async () => {
    const workers = ['alice', 'bob'].map(id => new VirtualWorker(id, { learner: lineLearner }))
    const federated = federate(points, { workers, partition: iid({ seed: 1 }) })
    for (const worker of federated.workers) {
      const { weight } = await worker.train(lineModel, { epochs: 1, batchSize: 'all', learningRate: 0.01, seed: 1 })
      expect(weight).toBe(3)
      expect(worker.examples).toBe(3)
    }
  })

  test('keeps no data: printing the federated data set shows workers and nothing of what they hold', () => {
    const secret = new Points([31337], [31337])
    const federated = federate(secret, { workers: [new VirtualWorker<Points>('alice')] })
    expect(JSON.stringify(federated)).toBe('{"workers":[{"id":"alice","examples":1}]}')
  })

  test.each<[string, Partition, RegExp]>([
    ['the wrong number of parts', () => [Uint32Array.of(0, 1, 2, 3, 4, 5)], /made 1 parts for 2 workers/],
    ['no parts', () => undefined as never, /made no parts/],
    ['an empty part', () => [Uint32Array.of(0, 1, 2, 3, 4, 5), new Uint32Array()], /gave worker 1 no indices/],
    [
      'plain arrays',
      () =>
        [
          [0, 1, 2],
          [3, 4, 5],
        ] as never,
      /gave worker 0 no indices/,
    ],
    ['an example twice', () => [Uint32Array.of(0, 1, 2), Uint32Array.of(3, 4, 5, 1)], /gave away example 1 twice/],
    [
      'an example that is not there',
      () => [Uint32Array.of(0, 1, 2, 6), Uint32Array.of(3, 4, 5)],
      /index 6 of a data set of 6/,
    ],
    ['an example left out', () => [Uint32Array.of(0, 1), Uint32Array.of(3, 4, 5)], /left out 1 of 6 examples, first 2/],
  ])('refuses a partition with %s, and moves nothing', (_, partition, message) => {
    const workers = hands('alice', 'bob')
    expectCode(() => federate(points, { workers, partition }), 'invalid-partition', message)
    expect(workers.map(worker => worker.held)).toEqual([undefined, undefined])
  })

  test('moves nothing when one subset cannot be made', () => {
    const workers = hands('alice', 'bob')
    const unreadable = (indices: ArrayLike<number>): Points => {
      if (indices[0] === 5) throw new RangeError('unreadable')
      return points.subset(indices)
    }
    const partition = () => [Uint32Array.of(0, 1, 2), Uint32Array.of(5, 4, 3)]
    const broken = { length: 6, subset: unreadable }
    expect(() => federate(broken, { workers, partition })).toThrow('unreadable')
    expect(workers.map(worker => worker.held)).toEqual([undefined, undefined])
  })

  test('moves nothing when a subset has not the examples asked for', () => {
    const workers = hands('alice', 'bob')
    const short = { length: 6, subset: (indices: ArrayLike<number>) => points.subset([indices[0]!]) }
    expectCode(() => federate(short, { workers }), 'invalid-dataset', /give the 3 examples asked for.* is 1\./)
    const none = { length: 6, subset: () => undefined as never }
    expectCode(() => federate(none, { workers }), 'invalid-dataset', /is undefined/)
    expect(workers.map(worker => worker.held)).toEqual([undefined, undefined])
  })

  test('refuses labels that do not fit, even when the partition does not look at them', () => {
    const misfit = { length: 6, labels: [1, 2], subset: (indices: ArrayLike<number>) => points.subset(indices) }
    expectCode(() => federate(misfit, { workers: hands('alice') }), 'invalid-dataset', /6 examples but 2 labels/)
  })

  test('refuses workers and data sets that are none', () => {
    expectCode(() => federate(points, { workers: [] }), 'no-workers')
    expectCode(() => federate(points, { workers: hands('alice', 'alice') }), 'duplicate-worker')
    expectCode(() => federate(points, { workers: [{ id: 'remote' } as OpenHand] }), 'invalid-worker', /receive\(data\)/)
    expectCode(() => federate({ length: 3 } as never, { workers: hands('alice') }), 'invalid-dataset', /subset/)
    expectCode(() => federate(null as never, { workers: hands('alice') }), 'invalid-dataset')
    const many = hands('a', 'b', 'c', 'd', 'e', 'f', 'g')
    expectCode(() => federate(points, { workers: many }), 'more-workers-than-examples', /7 workers cannot share 6/)
  })
})
