import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inOrder } from '../../src/federated/in-order.ts'

const soon = (turns: number) => new Promise<void>(resolve => setTimeout(resolve, turns))

async function collect<R>(results: AsyncGenerator<R>): Promise<R[]> {
  const all: R[] = []
  for await (const result of results) all.push(result)
  return all
}

describe('work in order', () => {
  it('comes out in the order of its items, never more than the limit at once (seed 7)', async () => {
    const delays = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 })
    const property = fc.asyncProperty(delays, fc.integer({ min: 1, max: 5 }), async (items, limit) => {
      let running = 0
      let most = 0
      const work = async (delay: number) => {
        most = Math.max(most, ++running)
        await soon(delay)
        running--
        return delay
      }
      expect(await collect(inOrder(items, limit, work))).toEqual(items)
      expect(most).toBe(Math.min(limit, items.length))
    })
    await fc.assert(property, { seed: 7, numRuns: 60 })
  })

  it('stops after a failure, when what is under way has ended', async () => {
    const ended: number[] = []
    const work = async (i: number) => {
      await soon(5 - i)
      ended.push(i)
      if (i === 1) throw new Error('one failed')
      return i
    }
    await expect(collect(inOrder([0, 1, 2, 3, 4], 3, work))).rejects.toThrow('one failed')
    expect(ended.sort()).toEqual([0, 1, 2, 3])
  })

  it('starts nothing more for a consumer that has left', async () => {
    const begun: number[] = []
    const work = async (i: number) => begun.push(i)
    for await (const _ of inOrder([0, 1, 2, 3, 4], 2, work)) break
    expect(begun.length).toBe(2)
  })
})
