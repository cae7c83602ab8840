import { describe, expect, it } from 'vitest'
import { faultsAt, type SimulationOptions, simulate } from '../../../src/secagg/testing/index.ts'

const options: SimulationOptions = {
  seed: 'two models',
  clients: 8,
  // With 2t <= k both halves of the cohort can unmask on their own.
  parameters: {
    threatModel: 'semi-honest',
    graph: { kind: 'complete' },
    threshold: 3,
    vectorLength: 9,
    modulusBits: 16,
  },
}

describe('an input that was masked for another cohort', () => {
  it('never enters the sum: half of the clients hold another model, and there is no sum rather than a wrong one', async () => {
    const half = ['client-5', 'client-6', 'client-7', 'client-8']
    const faults = faultsAt(half.map(client => ({ kind: 'equivocate', round: 'AdvertiseKeys', client })))
    const result = await simulate({ ...options, faults })
    expect(result).toMatchObject({ outcome: 'aborted', abort: { round: 'Unmasking', reason: 'too-few-shares' } })
    const mismatches = result.rejections.filter(({ reason }) => reason === 'digest-mismatch')
    expect(mismatches.map(({ id }) => id).sort()).toEqual(half)
  })

  it('never enters the sum: a client that was told of other sharers is left out, and the sum is that of the others', async () => {
    const faults = faultsAt([{ kind: 'equivocate', round: 'MaskedInputCollection', client: 'client-3' }])
    const result = await simulate({ ...options, faults })
    if (result.outcome !== 'sum') throw new Error(result.abort.detail)
    expect(result.survivors).toHaveLength(7)
    expect(result.survivors).not.toContain('client-3')
    expect(result.sum.equals(result.expectedSum)).toBe(true)
  })
})
