import { describe, expect, test } from 'vitest'
import {
  createModel,
  exponentialDecay,
  fedAdagrad,
  fedAdam,
  fedAvg,
  fedAvgM,
  fedYogi,
  type Model,
  type Strategy,
} from '../../../src/federated/index.ts'
import { expectCode } from '../codes.ts'

const WORKERS = { epochs: 1, batchSize: 10, learningRate: 0.1 } as const
const DELTAS = [
  [0.5, -0.25, 0],
  [-0.125, 0.5, 0.25],
  [0.25, 0.25, -1],
]

function start(): Model {
  return createModel([{ name: 'w', shape: [3] }], Float32Array.of(1, -2, 3))
}

/** Where a strategy goes, step by step, without rounding to floats in between. */
function moves(strategy: Strategy, deltas: readonly number[][] = DELTAS): number[][] {
  // A model at 0, and each step taken from there: the parameters are then the step, rounded once.
  const zero = createModel([{ name: 'w', shape: [3] }], new Float32Array(3))
  return deltas.map(delta => [...strategy.apply(zero, Float64Array.from(delta)).parameters])
}

/** Adam, Yogi or Adagrad for one coordinate, written as in the paper. */
function adaptive(
  deltas: number[],
  { beta1, tau, rate }: { beta1: number; tau: number; rate: number },
  next: (v: number, d: number) => number,
): number[] {
  let [m, v] = [0, tau ** 2]
  return deltas.map(delta => {
    m = beta1 * m + (1 - beta1) * delta
    v = next(v, delta)
    return Math.fround(rate * (m / (Math.sqrt(v) + tau)))
  })
}

const column = (i: number) => DELTAS.map(delta => delta[i]!)

describe('optimizers at the server', () => {
  test('FedAvgM adds up a velocity', () => {
    const [first, second, third] = moves(fedAvgM({ ...WORKERS, serverMomentum: 0.5, serverLearningRate: 2 }))
    expect(first).toEqual([1, -0.5, 0])
    expect(second).toEqual([2 * (0.25 - 0.125), 2 * (-0.125 + 0.5), 0.5])
    expect(third).toEqual([2 * (0.0625 + 0.25), 2 * (0.1875 + 0.25), 2 * (0.125 - 1)])
  })

  test('FedAvgM without momentum is FedAvg', () => {
    expect(moves(fedAvgM({ ...WORKERS, serverMomentum: 0 }))).toEqual(moves(fedAvg(WORKERS)))
  })

  test('FedAdam, FedYogi and FedAdagrad step as in the paper', () => {
    const shared = { beta1: 0.9, tau: 0.01, rate: 0.1 }
    const options = { ...WORKERS, serverLearningRate: 0.1, tau: 0.01 }
    const all: [Strategy, number, (v: number, d: number) => number][] = [
      [fedAdam({ ...options, beta2: 0.75 }), 0.9, (v, d) => 0.75 * v + 0.25 * d ** 2],
      [fedYogi({ ...options, beta2: 0.75 }), 0.9, (v, d) => v - 0.25 * d ** 2 * Math.sign(v - d ** 2)],
      [fedAdagrad(options), 0, (v, d) => v + d ** 2],
    ]
    for (const [strategy, beta1, next] of all) {
      const steps = moves(strategy)
      for (const i of [0, 1, 2]) {
        const expected = adaptive(column(i), { ...shared, beta1 }, next)
        for (const [t, step] of steps.entries()) expect(step[i], strategy.name).toBeCloseTo(expected[t]!, 6)
      }
    }
  })

  test('take a schedule of step sizes', () => {
    const serverLearningRate = exponentialDecay({ initial: 1, factor: 0.5 })
    const same = [1, 2, 3].map(() => [1, 1, 1])
    const steps = moves(fedAvgM({ ...WORKERS, serverMomentum: 0, serverLearningRate }), same)
    expect(steps.map(([x]) => x)).toEqual([1, 0.5, 0.25])
  })

  test.each([
    ['FedAvgM', () => fedAvgM(WORKERS)],
    ['FedAdam', () => fedAdam({ ...WORKERS, serverLearningRate: exponentialDecay({ initial: 0.1, factor: 0.9 }) })],
    ['FedYogi', () => fedYogi({ ...WORKERS, serverLearningRate: 0.1 })],
    ['FedAdagrad', () => fedAdagrad({ ...WORKERS, serverLearningRate: 0.1 })],
  ] as const)('%s goes on from what it remembered, bit for bit', (_, make) => {
    const whole = make()
    const before = make()
    let [one, two] = [start(), start()]
    for (const [i, delta] of DELTAS.entries()) {
      one = whole.apply(one, Float64Array.from(delta))
      if (i < 2) two = before.apply(two, Float64Array.from(delta))
    }
    const after = make()
    after.memory!.restore(before.memory!.save())
    expect(after.apply(two, Float64Array.from(DELTAS[2]!))).toEqual(one)
    expect(after.memory!.save()).toEqual(whole.memory!.save())
  })

  test('remember nothing before the first round, and restore that', () => {
    const strategy = fedAdam({ ...WORKERS, serverLearningRate: 0.1 })
    expect(strategy.memory!.save()).toEqual({})
    strategy.apply(start(), Float64Array.of(1, 1, 1))
    strategy.memory!.restore({})
    expect(strategy.memory!.save()).toEqual({})
  })

  test('refuse what is not theirs', () => {
    const strategy = fedAdam({ ...WORKERS, serverLearningRate: 0.1 })
    const velocity = { velocity: new Float64Array(3), applied: Float64Array.of(1) }
    expectCode(
      () => strategy.memory!.restore(velocity),
      'invalid-option',
      /remembers first, second, applied, not velocity/,
    )
    strategy.apply(start(), Float64Array.of(1, 1, 1))
    const larger = createModel([{ name: 'w', shape: [4] }], new Float32Array(4))
    expectCode(() => strategy.apply(larger, new Float64Array(4)), 'invalid-option', /another size/)
  })

  test.each([
    [() => fedAvgM({ ...WORKERS, serverMomentum: 1 }), /serverMomentum must be a number from 0 to below 1/],
    [() => fedAdam({ ...WORKERS, serverLearningRate: 0 }), /serverLearningRate must be a finite number above 0/],
    [() => fedAdam({ ...WORKERS, serverLearningRate: 1, beta1: -1 }), /beta1/],
    [() => fedAdam({ ...WORKERS, serverLearningRate: 1, beta2: 1 }), /beta2/],
    [() => fedYogi({ ...WORKERS, serverLearningRate: 1, beta2: Number.NaN }), /beta2/],
    [() => fedAdagrad({ ...WORKERS, serverLearningRate: 1, tau: 0 }), /tau must be a finite number above 0/],
  ])('check their options (%#)', (make, message) => {
    expectCode(make, 'invalid-option', message)
  })
})
