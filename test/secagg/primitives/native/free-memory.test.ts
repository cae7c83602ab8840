import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { freeMemory } from '../../../../src/secagg/primitives/native/free-memory.ts'

const prototype = ArrayBuffer.prototype as { transfer?: (this: ArrayBuffer, length?: number) => ArrayBuffer }
const original = prototype.transfer

afterEach(() => {
  if (original === undefined) delete prototype.transfer
  else prototype.transfer = original
  vi.restoreAllMocks()
})

describe.each([
  ['where an ArrayBuffer can be transferred', true],
  ['where it cannot (Node 20)', false],
])('freeing memory %s', (_name, transferable) => {
  beforeEach(() => {
    if (!transferable) delete prototype.transfer
    else
      prototype.transfer ??= function (length) {
        structuredClone(this, { transfer: [this] })
        return new ArrayBuffer(length ?? 0)
      }
  })

  test('takes the bytes away from whoever holds them', () => {
    const bytes = Uint8Array.of(1, 2, 3)
    const same = new Uint8Array(bytes.buffer)
    freeMemory(bytes)
    expect([bytes.length, same.length, bytes.buffer.byteLength]).toEqual([0, 0, 0])
  })

  test('only zeroes the part of a buffer that others may be using', () => {
    const whole = Uint8Array.of(1, 2, 3, 4)
    freeMemory(whole.subarray(1, 3))
    expect(whole).toEqual(Uint8Array.of(1, 0, 0, 4))
  })

  test('has nothing to do for no bytes', () => {
    const none = new Uint8Array(0)
    freeMemory(none)
    expect(none.length).toBe(0)
  })

  // The stand-in leaves its copies to the collector: with it this would test when that comes by.
  test.skipIf(transferable && original === undefined)('does not pile up memory within a turn of the event loop', () => {
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 100; i++) freeMemory(new Uint8Array(1_048_576))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * 1_048_576)
  })
})
