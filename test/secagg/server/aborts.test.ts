import { describe, expect, it } from 'vitest'
import type { ProtocolRound } from '../../../src/secagg/errors.ts'
import type { ShareKeys } from '../../../src/secagg/messages/share-keys.ts'
import type { AbortReason } from '../../../src/secagg/server/index.ts'
import { seededSplitter } from '../../../src/secagg/testing/index.ts'
import { seededRandom } from '../../../src/secagg/testing/seeded-random.ts'
import { Play, type PlayOptions } from '../play.ts'

const LIES: PlayOptions = { threatModel: 'malicious-server' }
const gone = (round: ProtocolRound, ...ids: string[]) => ({ leaving: Object.fromEntries(ids.map(id => [id, round])) })

async function abortOf(options: PlayOptions) {
  const play = new Play(options)
  const outcome = await play.finish()
  if (outcome.kind !== 'aborted') throw new Error('there is a sum')
  await expect(play.server.sum()).rejects.toMatchObject({
    name: 'AggregationAbortedError',
    code: outcome.reason,
    round: outcome.round,
    message: outcome.detail,
  })
  await expect(play.server.closeRound()).rejects.toMatchObject({ name: 'UsageError', code: 'out-of-round' })
  expect(play.server.round).toBe('aborted')
  expect(play.server.awaited).toEqual([])
  return outcome
}

describe('an aggregation ends without a sum when', () => {
  const cases: readonly [what: string, round: ProtocolRound, reason: AbortReason, options: PlayOptions][] = [
    ['too few advertise keys', 'AdvertiseKeys', 'too-few-clients', gone('AdvertiseKeys', 'alice', 'bob', 'carol')],
    [
      'those who advertise keys cannot meet the threshold',
      'AdvertiseKeys',
      'too-few-clients',
      { ...gone('AdvertiseKeys', 'alice'), parameters: { threshold: 4 } },
    ],
    [
      'too few share their keys',
      'ShareKeys',
      'too-few-clients',
      { ...gone('ShareKeys', 'alice', 'bob', 'carol'), parameters: { threshold: 2 } },
    ],
    [
      'fewer survive than the minimum',
      'MaskedInputCollection',
      'too-few-survivors',
      { ...gone('MaskedInputCollection', 'alice', 'bob', 'carol'), parameters: { threshold: 2 } },
    ],
    [
      'fewer neighbours survive than the threshold',
      'MaskedInputCollection',
      'too-few-survivors',
      gone('MaskedInputCollection', 'alice', 'bob'),
    ],
    [
      'too few confirm the survivors',
      'ConsistencyCheck',
      'too-few-confirmations',
      { ...LIES, ...gone('ConsistencyCheck', 'alice', 'bob', 'carol') },
    ],
    ['too few unmask', 'Unmasking', 'too-few-shares', gone('Unmasking', 'alice', 'bob')],
    [
      'too few unmask what was confirmed',
      'Unmasking',
      'too-few-shares',
      { ...LIES, ...gone('Unmasking', 'alice', 'bob') },
    ],
  ]

  it.each(cases)('%s (%s: %s)', async (_, round, reason, options) => {
    expect(await abortOf(options)).toMatchObject({ round, reason, detail: expect.any(String) })
  })

  it('a client deals shares that combine to nothing it has published', async () => {
    // A dealer that shares a random secret: every share opens its commitment, and together they open nothing.
    const splitter = seededSplitter(seededRandom('liar'))
    for (const which of [0, 1]) {
      let calls = 0
      const split: typeof splitter = (secret, holders, threshold) =>
        splitter(calls++ === which ? secret.map(byte => byte ^ 0x55) : secret, holders, threshold)
      const client = (id: string) => (id === 'alice' ? { split } : {})
      // The self-mask seed is asked for when she survives, the mask key when she does not.
      const leaving = which === 0 ? {} : gone('MaskedInputCollection', 'alice')
      const outcome = await abortOf({ ...leaving, client })
      expect(outcome).toMatchObject({ round: 'Unmasking', reason: 'inconsistent-shares' })
      expect(outcome.detail).toContain('"alice"')
    }
  })

  it('the caller cancels it, in any round', async () => {
    for (const round of ['AdvertiseKeys', 'ShareKeys', 'MaskedInputCollection', 'Unmasking'] as const) {
      const play = await Play.to(round)
      play.server.abort('the building is on fire')
      expect(play.server.round).toBe('aborted')
      await expect(play.server.sum()).rejects.toMatchObject({
        name: 'AggregationAbortedError',
        code: 'cancelled',
        round,
        message: 'the building is on fire',
      })
    }
  })

  it('the caller cancels it while a round is being closed', async () => {
    const play = await Play.to('Unmasking')
    await play.answerAll()
    const late = (await Play.to('AdvertiseKeys')).client('bob').advertiseKeys()
    const closing = play.server.closeRound()
    expect(play.server.receive(late)).toMatchObject({ reason: 'wrong-round' })
    const [again, early] = [play.server.closeRound(), play.server.sum()]
    play.server.abort()
    await expect(again).rejects.toMatchObject({ code: 'out-of-round' })
    await expect(early).rejects.toMatchObject({ code: 'out-of-round', round: 'Unmasking' })
    expect(await closing).toMatchObject({ kind: 'aborted', reason: 'cancelled' })
    await expect(play.server.sum()).rejects.toMatchObject({ code: 'cancelled' })
  })
})

describe('a round that fails to close', () => {
  it('throws what went wrong, and leaves an aggregation that is over', async () => {
    // The places on the graph are drawn when the cohort is settled; here the platform gives too few bytes for it.
    const play = new Play({ server: { random: length => new Uint8Array(length - 1) } })
    await play.answerAll()
    await expect(play.server.closeRound()).rejects.toMatchObject({ code: 'bad-length' })
    expect(play.server.round).toBe('aborted')
    await expect(play.server.sum()).rejects.toMatchObject({ code: 'cancelled', round: 'AdvertiseKeys' })
  })
})

describe('a sum', () => {
  it('stays when the caller cancels afterwards', async () => {
    const play = await Play.to('finished')
    play.server.abort()
    expect(play.server.round).toBe('finished')
    expect((await play.server.sum()).survivors).toHaveLength(5)
  })

  it('is a copy each time', async () => {
    const play = await Play.to('finished')
    const { sum } = await play.server.sum()
    sum.words.fill(0)
    expect((await play.server.sum()).sum.equals(play.plainSum([...play.clients.keys()]))).toBe(true)
  })

  it('cannot be asked for while rounds are open', async () => {
    const play = await Play.to('ShareKeys')
    await expect(play.server.sum()).rejects.toMatchObject({
      name: 'UsageError',
      code: 'out-of-round',
      round: 'ShareKeys',
    })
  })

  it('closes no further round', async () => {
    const play = await Play.to('finished')
    await expect(play.server.closeRound()).rejects.toMatchObject({ name: 'UsageError', code: 'out-of-round' })
  })
})

describe('the server knows', () => {
  it('whom it waits for, once it is settled who may take part', async () => {
    const open = new Play()
    expect(open.server.awaited).toBeUndefined()
    const invited = new Play({ server: { invited: new Set(['bob', 'carol']) } })
    invited.server.receive(invited.client('bob').advertiseKeys())
    expect(invited.server.awaited).toEqual(['carol'])
    const play = await Play.to('MaskedInputCollection', gone('ShareKeys', 'erin'))
    for (const message of await play.answer('bob')) play.server.receive(message)
    expect([...play.server.awaited!].sort()).toEqual(['alice', 'carol', 'dave'])
  })

  it('who dropped out, when, and why', async () => {
    const play = await Play.to('ShareKeys', gone('AdvertiseKeys', 'erin'))
    expect(play.server.dropped).toEqual([])
    await play.answerAll('bob')
    const [keys] = (await play.answer('bob')) as [ShareKeys]
    play.server.receive({ ...keys, ciphertexts: new Uint8Array(1) })
    await play.close()
    expect(play.server.dropped).toEqual([{ id: 'bob', round: 'ShareKeys', reason: 'malformed' }])
  })

  it('who was invited and never came', async () => {
    const ids = ['alice', 'bob', 'carol', 'dave', 'erin']
    const play = await Play.to('ShareKeys', { ...gone('AdvertiseKeys', 'erin'), server: { invited: new Set(ids) } })
    expect(play.server.dropped).toEqual([{ id: 'erin', round: 'AdvertiseKeys', reason: 'silent' }])
  })

  it('that a repeated message is no reason to call its sender a dropout', async () => {
    const play = await Play.to('ShareKeys')
    const [keys] = await play.answer('bob')
    play.server.receive(keys!)
    play.server.receive(keys!)
    await play.answerAll('bob')
    await play.close()
    expect(play.server.dropped).toEqual([])
  })
})
