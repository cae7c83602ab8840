import { describe, expect, it } from 'vitest'
import { limitsFor } from '../../../src/secagg/messages/limits.ts'

const vector = { vectorLength: 1000, modulusBits: 24 }

describe('limitsFor', () => {
  it('lets a client of the complete graph have all others as neighbours', () => {
    const limits = limitsFor({ clients: 10, graph: { kind: 'complete' }, ...vector })
    expect(limits).toEqual({ clients: 10, neighbours: 9, maxRangeEntries: 1000, ...vector })
  })

  it('lets a client of a Harary graph have as many neighbours as its degree', () => {
    const graph = { kind: 'harary', degree: 6 } as const
    expect(limitsFor({ clients: 10, graph, ...vector }).neighbours).toBe(6)
    expect(limitsFor({ clients: 4, graph, ...vector }).neighbours).toBe(3)
  })

  it('never allows more neighbours than a secret has shares', () => {
    expect(limitsFor({ clients: 1000, graph: { kind: 'complete' }, ...vector }).neighbours).toBe(255)
  })

  it('takes the length of a range from the parameters', () => {
    const parameters = { clients: 3, graph: { kind: 'complete' }, ...vector } as const
    expect(limitsFor({ ...parameters, rangeLength: 100 }).maxRangeEntries).toBe(100)
    expect(limitsFor({ ...parameters, rangeLength: 2 ** 18 }).maxRangeEntries).toBe(1000)
  })
})
