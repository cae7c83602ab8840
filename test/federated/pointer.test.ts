import { expect, test } from 'vitest'
import { DataPointer, send, VirtualWorker } from '../../src/federated/index.ts'
import { expectCode } from './codes.ts'

test('data that is sent to a worker leaves a pointer: where it is, and how much', () => {
  const alice = new VirtualWorker<number[]>('alice')
  const pointer = send([1, 2, 3], alice)
  expect(alice.examples).toBe(3)
  expect(pointer).toBeInstanceOf(DataPointer)
  expect({ ...pointer }).toEqual({ location: 'alice', length: 3 })
  expect(String(pointer)).toBe('DataPointer(3 examples at "alice")')
})

test('a pointer never gives the data back, and holds none of it', () => {
  const data = [42, 43]
  const pointer = send(data, new VirtualWorker<number[]>('alice'))
  const error = expectCode(() => pointer.get(), 'data-stays', /train there/)
  expect(error.clientId).toBe('alice')
  expect(JSON.stringify(pointer)).toBe('{"location":"alice","length":2}')
  expect(Object.values(pointer)).not.toContain(data)
})

test('data is sent to workers only', () => {
  expectCode(() => send([1], { id: '' } as never), 'invalid-worker', /1 to 64 bytes/)
  expectCode(() => send([1], { id: 'x' } as never), 'invalid-worker', /cannot be sent data/)
  expectCode(() => send(7 as never, new VirtualWorker<number[]>('alice')), 'invalid-dataset', /needs a length/)
})
