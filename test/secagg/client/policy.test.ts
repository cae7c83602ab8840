import { describe, expect, it } from 'vitest'
import { type ClientPolicy, DEFAULT_POLICY, SecAggClient } from '../../../src/secagg/client/index.ts'
import type { AggregationParameters } from '../../../src/secagg/parameters.ts'

const parameters: AggregationParameters = {
  threatModel: 'semi-honest',
  clients: 5,
  graph: { kind: 'complete' },
  vectorLength: 1,
  modulusBits: 16,
}

function clientWith(policy: Partial<ClientPolicy>, more: Partial<AggregationParameters> = {}) {
  const [session, context] = [new Uint8Array(32), new Uint8Array(32)]
  return new SecAggClient({ id: 'a', session, context, parameters: { ...parameters, ...more }, policy })
}

describe('the policy of a client', () => {
  it('asks for cohorts of three and thresholds of two by default, and gives no cause for warnings', () => {
    expect(DEFAULT_POLICY).toMatchObject({ minimumCohort: 3, minimumSurvivors: 3, minimumThreshold: 2 })
    expect(clientWith({}).warnings).toEqual([])
  })

  it.each([
    { minimumCohort: 0 },
    { minimumSurvivors: 2.5 },
    { minimumThreshold: Number.NaN },
    { keyLifetime: 0 },
    { minimumCorrupted: -1 },
    { weakestThreatModel: 'trusting' as 'semi-honest' },
    { keyLifetime: Number.POSITIVE_INFINITY },
  ])('cannot be %o', policy => {
    expect(() => clientWith(policy)).toThrowError(expect.objectContaining({ name: 'UsageError', code: 'bad-policy' }))
  })

  it.each([{ minimumCohort: 2 }, { minimumSurvivors: 2 }, { minimumCohort: 1, minimumSurvivors: 1 }])(
    'goes below three (%o) only by an explicit word, and then warns',
    policy => {
      expect(() => clientWith(policy)).toThrowError(expect.objectContaining({ code: 'small-cohort' }))
      const { warnings } = clientWith({ ...policy, acceptSmallCohort: true })
      expect(warnings).toHaveLength(1)
      expect(warnings[0]).toContain(`as few as ${Math.min(...Object.values(policy))} clients`)
    },
  )

  it.each([
    [{ modulusBits: { least: 20, most: 62 } }, 'modulus-not-allowed'],
    [{ modulusBits: { least: 1, most: 15 } }, 'modulus-not-allowed'],
    [{ minimumCohort: 6 }, 'cohort-too-small'],
    [{ weakestThreatModel: 'semi-malicious' }, 'threat-model-too-weak'],
    [{ weakestThreatModel: 'malicious-server' }, 'threat-model-too-weak'],
    [{ minimumCorrupted: 1 }, 'too-few-corrupted'],
  ] as const)('%o refuses the parameters before anything is sent: %s', (policy, code) => {
    expect(() => clientWith(policy)).toThrowError(
      expect.objectContaining({ name: 'RefusalError', code, round: 'AdvertiseKeys', clientId: 'a' }),
    )
  })

  it('takes a modulus at either end of what it allows', () => {
    expect(clientWith({ modulusBits: { least: 16, most: 16 } }).id).toBe('a')
  })
})
