import { describe, expect, test } from 'vitest'
import {
  cosineDecay,
  exponentialDecay,
  fedAvg,
  fedProx,
  stepDecay,
  validateLocalTraining,
  warmUp,
} from '../../../src/federated/index.ts'
import { expectCode } from '../codes.ts'

describe('schedules of the learning rate', () => {
  test('decay by a factor per round, or per so many', () => {
    expect([0, 1, 2].map(exponentialDecay({ initial: 8, factor: 0.5 }))).toEqual([8, 4, 2])
    expect([0, 10, 20].map(exponentialDecay({ initial: 8, factor: 0.5, every: 10 }))).toEqual([8, 4, 2])
  })

  test('fall at stated rounds', () => {
    const schedule = stepDecay({ initial: 1, factor: 0.1, at: [3, 5] })
    expect([0, 2, 3, 4].map(schedule)).toEqual([1, 1, 0.1, 0.1])
    expect(schedule(5)).toBeCloseTo(0.01, 15)
  })

  test('follow half a cosine, and stay at its end', () => {
    const schedule = cosineDecay({ initial: 1, final: 0.2, rounds: 10 })
    expect(schedule(0)).toBe(1)
    expect(schedule(5)).toBeCloseTo(0.6, 12)
    expect(schedule(10)).toBeCloseTo(0.2, 12)
    expect(schedule(99)).toBeCloseTo(0.2, 12)
  })

  test('warm up to a rate or to another schedule', () => {
    expect([0, 1, 2, 3, 9].map(warmUp(4, 0.8))).toEqual([0.2, 0.4, 0.6000000000000001, 0.8, 0.8])
    expect(warmUp(2, exponentialDecay({ initial: 1, factor: 0.5 }))(1)).toBe(0.5)
  })

  test('tell the workers the rate of the round', () => {
    const strategy = fedAvg({ epochs: 1, batchSize: 5, learningRate: exponentialDecay({ initial: 1, factor: 0.5 }) })
    expect([0, 1, 2].map(round => strategy.localTraining(round).learningRate)).toEqual([1, 0.5, 0.25])
  })

  test('are checked as they are used', () => {
    const strategy = fedAvg({ epochs: 1, batchSize: 5, learningRate: round => 1 - round })
    expectCode(
      () => strategy.localTraining(1),
      'invalid-option',
      /learningRate of round 1 must be a finite number above 0/,
    )
    expectCode(() => exponentialDecay({ initial: 0, factor: 1 }), 'invalid-option', /initial/)
    expectCode(() => stepDecay({ initial: 1, factor: 1, at: [-1] }), 'invalid-option', /at must be/)
    expectCode(() => cosineDecay({ initial: 1, final: 1, rounds: 0 }), 'invalid-option', /rounds/)
    expectCode(() => warmUp(1, 'fast' as never), 'invalid-option', /warmUp needs a learning rate/)
  })
})

describe('FedProx', () => {
  test('is FedAvg whose workers are held near the model', () => {
    const options = { epochs: 2, batchSize: 5, learningRate: 0.1, momentum: 0.5 } as const
    const strategy = fedProx({ ...options, mu: 0.01 })
    expect(strategy.name).toBe('FedProx')
    expect(strategy.localTraining(3)).toEqual({ ...options, proximal: 0.01 })
  })

  test('refuses a weight below zero, and a momentum that never ends', () => {
    const options = { epochs: 2, batchSize: 5, learningRate: 0.1 } as const
    expectCode(() => fedProx({ ...options, mu: -1 }), 'invalid-training-settings', /proximal/)
    expectCode(() => fedAvg({ ...options, momentum: 1 }), 'invalid-training-settings', /momentum/)
    expectCode(
      () => validateLocalTraining({ ...options, seed: 0, momentum: '0' as never }),
      'invalid-training-settings',
    )
  })
})
