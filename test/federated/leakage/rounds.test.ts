import { describe, expect, it } from 'vitest'
import {
  AggregationAbortedError,
  dropoutsAt,
  generateIdentity,
  type IntegerSumOptions,
  RoundLeakageGuard,
  runSecureFederatedEvaluation,
  runSecureFederatedRound,
  secureRandom,
  secureSum,
} from '../../../src/index.ts'
import { expectRejection } from '../codes.ts'
import { lineModel } from '../linear-learner.ts'
import { fixedWorkers, lineWorkers, listen, rejectionOf, tapServer, vectorModel } from '../round/cohort.ts'

const VALUES = { a: [1], b: [2], c: [4], d: [8], e: [16], f: [32] }
const ALL = Object.keys(VALUES)

function sumOf(ids: readonly string[], more: Partial<IntegerSumOptions> = {}) {
  const vectors = Object.fromEntries(ids.map(id => [id, VALUES[id as keyof typeof VALUES]]))
  return secureSum(vectors, { kind: 'integers', min: 0, max: 100, ...more })
}

const leaves = (who: string, round: 'MaskedInputCollection' | 'Unmasking' | 'ShareKeys') =>
  dropoutsAt({ 0: { [who]: round } })

describe('rounds with a leakage guard', () => {
  it('give their sums, and record who is in them', async () => {
    const leakageGuard = new RoundLeakageGuard({ minimumIsolated: 2 })
    await sumOf(ALL, { leakageGuard, dropouts: leaves('b', 'Unmasking') })
    await sumOf(['a', 'b', 'c', 'd'], { leakageGuard })
    expect(leakageGuard.history).toEqual([ALL, ['a', 'b', 'c', 'd']])
  })

  it.each(['semi-honest', 'malicious-server'] as const)(
    'end without a sum before anything is unmasked when a dropout would give a worker away (%s)',
    async threatModel => {
      const leakageGuard = new RoundLeakageGuard({ minimumIsolated: 2 })
      const identities = new Map(ALL.map(id => [id, generateIdentity(secureRandom)]))
      await sumOf(ALL, { leakageGuard, threatModel, identities })
      const sent = tapServer()
      const { of, onEvent } = listen()
      const dropouts = leaves('e', 'MaskedInputCollection')
      const error = await rejectionOf(sumOf(ALL, { leakageGuard, threatModel, identities, dropouts, onEvent }))
      expect(error).toBeInstanceOf(AggregationAbortedError)
      expect(error).toMatchObject({ code: 'multi-round-leakage', round: 'MaskedInputCollection' })
      expect(String(error)).toContain('sum 0 - sum 1 would isolate "e"')
      expect(of('aborted').map(({ code }) => code)).toEqual(['multi-round-leakage'])
      expect(of('phase-started').map(({ phase }) => phase)).not.toContain('Unmasking')
      expect(sent.filter(({ type }) => type === 'Unmasking')).toEqual([])
      expect(sent.filter(({ type }) => type === 'MaskedInput')).toHaveLength(5)
      expect(leakageGuard.history).toEqual([ALL])
    },
  )

  it('can be told to go on and warn, and then record the sum', async () => {
    const leakageGuard = new RoundLeakageGuard({ minimumIsolated: 2, onViolation: 'warn' })
    await sumOf(ALL, { leakageGuard })
    const { of, onEvent } = listen()
    const { sum } = await sumOf(ALL, { leakageGuard, dropouts: leaves('e', 'ShareKeys'), onEvent })
    expect(sum[0]).toBe(47)
    expect(of('warning')).toEqual([
      { type: 'warning', code: 'multi-round-leakage', message: expect.stringContaining('would isolate "e"') },
    ])
    expect(leakageGuard.history).toHaveLength(2)
  })

  it('warn before anything is sent when the whole cohort would violate, but go on: a dropout can put it right', async () => {
    const leakageGuard = new RoundLeakageGuard({ minimumIsolated: 2 })
    await sumOf(ALL, { leakageGuard })
    const { events, onEvent } = listen()
    const cohort = ['a', 'b', 'c', 'd', 'e']
    const { sum } = await sumOf(cohort, { leakageGuard, dropouts: leaves('e', 'MaskedInputCollection'), onEvent })
    expect(sum[0]).toBe(15)
    const message = expect.stringMatching(/^if all workers stay to the end: sum 0 - sum 1 would isolate "f"/)
    expect(events[1]).toEqual({ type: 'warning', code: 'multi-round-leakage-expected', message })
  })

  it('send nothing when that warning is not accepted', async () => {
    const leakageGuard = new RoundLeakageGuard({ minimumIsolated: 2 })
    await sumOf(ALL, { leakageGuard })
    const sent = tapServer()
    const failOnWarning = ['multi-round-leakage-expected']
    await expectRejection(sumOf(ALL.slice(1), { leakageGuard, failOnWarning }), 'warning', /would isolate "a"/)
    expect(sent).toEqual([])
  })

  it('record a sum that fails to come out while it is unmasked: the server may have it', async () => {
    const leakageGuard = new RoundLeakageGuard({ minimumIsolated: 2 })
    const dropouts = dropoutsAt({ 0: Object.fromEntries(['a', 'b', 'c'].map(id => [id, 'Unmasking' as const])) })
    expect(await rejectionOf(sumOf(ALL, { leakageGuard, dropouts }))).toMatchObject({ code: 'too-few-shares' })
    expect(leakageGuard.history).toEqual([ALL])
  })

  it('do not record one that fails before', async () => {
    const leakageGuard = new RoundLeakageGuard({ minimumIsolated: 2 })
    const early = (['a', 'b', 'c', 'd'] as const).map(id => [id, 'MaskedInputCollection' as const])
    const failing = sumOf(ALL, { leakageGuard, dropouts: dropoutsAt({ 0: Object.fromEntries(early) }) })
    expect(await rejectionOf(failing)).toMatchObject({ code: 'too-few-survivors' })
    expect(leakageGuard.history).toEqual([])
  })

  it('see each other when they run side by side', async () => {
    const leakageGuard = new RoundLeakageGuard({ minimumIsolated: 2 })
    const results = await Promise.allSettled([sumOf(ALL, { leakageGuard }), sumOf(ALL.slice(1), { leakageGuard })])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(leakageGuard.history).toHaveLength(1)
  })

  it('guard training and evaluation too', async () => {
    const leakageGuard = new RoundLeakageGuard({ minimumIsolated: 2 })
    const workers = fixedWorkers(5, 3)
    const model = vectorModel(3)
    await runSecureFederatedRound({ model, workers, leakageGuard })
    const fewer = runSecureFederatedRound({ model, workers: workers.slice(1), leakageGuard })
    expect(await rejectionOf(fewer)).toMatchObject({ code: 'multi-round-leakage' })
    const evaluations = new RoundLeakageGuard({ minimumIsolated: 2 })
    const line = lineWorkers(4)
    await runSecureFederatedEvaluation({ model: lineModel, workers: line, leakageGuard: evaluations })
    const again = runSecureFederatedEvaluation({ model: lineModel, workers: line.slice(1), leakageGuard: evaluations })
    expect(await rejectionOf(again)).toMatchObject({ code: 'multi-round-leakage' })
  })

  it('refuse what is no guard before anything is sent', async () => {
    const { events, onEvent } = listen()
    const leakageGuard = { check: () => undefined, record: () => {} } as never
    await expectRejection(sumOf(ALL, { leakageGuard, onEvent }), 'invalid-option', /RoundLeakageGuard/)
    expect(events).toEqual([])
  })
})
