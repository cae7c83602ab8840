import { describe, expect, test } from 'vitest'
import { validateWorkerId, validateWorkers, type Worker } from '../../src/federated/index.ts'
import { expectCode } from './codes.ts'

const named = (id: string): Worker => ({
  id,
  train: async () => ({ update: new Float32Array(0), weight: 0, metrics: {} }),
})

describe('a cohort of workers', () => {
  test('is anything with ids and train methods', () => {
    expect(() => validateWorkers([named('alice'), named('bob')])).not.toThrow()
  })

  test('has at least one worker', () => {
    expectCode(() => validateWorkers([]), 'no-workers')
    expectCode(() => validateWorkers(undefined as never), 'no-workers')
  })

  test('has no two workers of one id', () => {
    const error = expectCode(
      () => validateWorkers([named('alice'), named('bob'), named('alice')]),
      'duplicate-worker',
      /Workers 0 and 2 have the same id "alice"/,
    )
    expect(error.clientId).toBe('alice')
  })

  test('has only workers that can train', () => {
    expectCode(() => validateWorkers([named('alice'), { id: 'bob' } as Worker]), 'invalid-worker', /Worker 1 \("bob"\)/)
    expectCode(() => validateWorkers([null as never]), 'invalid-worker', /Worker 0 needs an id/)
  })
})

describe('the id of a worker', () => {
  test('has up to 64 bytes of UTF-8, whatever the script', () => {
    for (const id of ['a', 'x'.repeat(64), 'é'.repeat(32), '手'.repeat(21), '🖐'.repeat(16)]) {
      expect(() => validateWorkerId(id)).not.toThrow()
    }
    expectCode(() => validateWorkerId('x'.repeat(65)), 'invalid-worker', /65 bytes/)
    expectCode(() => validateWorkerId('é'.repeat(33)), 'invalid-worker', /66 bytes/)
    expectCode(() => validateWorkerId(''), 'invalid-worker', /0 bytes/)
  })

  test('is a string that UTF-8 can hold', () => {
    expectCode(() => validateWorkerId(7 as never), 'invalid-worker')
    expectCode(() => validateWorkerId('\ud83d'), 'invalid-worker', /well-formed/)
  })
})
