import { describe, expect, it } from 'vitest'
import { UNMASKING_ENTRY_BYTES, type Unmasking } from '../../../src/secagg/messages/unmasking.ts'
import { seededRandom, seededSplitter } from '../../../src/secagg/testing/index.ts'
import { Play, type PlayOptions } from '../play.ts'

const X = UNMASKING_ENTRY_BYTES - 1

/** Everybody unmasks; carol's entry for her first neighbour is changed, and she is heard first. */
async function withWrongShare(change: (entry: Uint8Array) => void, options: PlayOptions = {}) {
  const play = await Play.to('Unmasking', options)
  const [answer] = (await play.answer('carol')) as [Unmasking]
  const shares = answer.shares.slice()
  change(shares.subarray(0, UNMASKING_ENTRY_BYTES))
  expect(play.server.receive({ ...answer, shares })).toEqual({ accepted: true })
  await play.answerAll('carol')
  await play.close()
  const dealer = [...play.clients.keys()]
    .sort((a, b) => play.position(a) - play.position(b))
    .find(id => id !== 'carol')!
  return { play, dealer }
}

const WRONG: readonly [what: string, change: (entry: Uint8Array) => void][] = [
  ['with a wrong byte', entry => entry.set([entry[1]! ^ 1], 1)],
  ['at another point', entry => entry.set([(entry[X]! % 255) + 1], X)],
  ['at the point zero, where a holder could dictate the secret', entry => entry.set([0], X)],
]

describe('a share', () => {
  it.each(WRONG)('%s is set aside, and the sum is right all the same', async (_, change) => {
    const { play, dealer } = await withWrongShare(change)
    const { sum, setAside } = await play.server.sum()
    expect(setAside).toEqual([{ dealer, holder: 'carol', why: 'not-the-committed-share' }])
    expect(sum.equals(play.plainSum([...play.clients.keys()]))).toBe(true)
  })

  it.each(WRONG)('%s ends the aggregation when too few good ones are left', async (_, change) => {
    const { play, dealer } = await withWrongShare(change, { parameters: { threshold: 4 } })
    expect(play.outcome).toMatchObject({ kind: 'aborted', reason: 'too-few-shares' })
    await expect(play.server.sum()).rejects.toThrow(`3 good shares of "${dealer}" arrived (1 set aside); 4 are needed`)
  })

  it('that its holder does not have does no harm', async () => {
    const { play } = await withWrongShare(entry => entry.fill(0))
    const { sum, setAside } = await play.server.sum()
    expect(setAside).toEqual([])
    expect(sum.equals(play.plainSum([...play.clients.keys()]))).toBe(true)
  })

  it('that repeats a coordinate is set aside: its dealer committed to one point twice', async () => {
    const splitter = seededSplitter(seededRandom('careless dealer'))
    const split: typeof splitter = async (...args) => {
      const [first, , ...rest] = await splitter(...args)
      return [first!, first!.slice(), ...rest]
    }
    const play = await Play.to('finished', { client: id => (id === 'alice' ? { split } : {}) })
    const { sum, setAside } = await play.server.sum()
    expect(setAside).toMatchObject([{ dealer: 'alice', why: 'repeated-coordinate' }])
    expect(sum.equals(play.plainSum([...play.clients.keys()]))).toBe(true)
  })

  it('of a dropout is checked as well', async () => {
    const play = await Play.to('Unmasking', { leaving: { alice: 'MaskedInputCollection' } })
    for (const [i, id] of ['carol', 'bob', 'dave', 'erin'].entries()) {
      const [answer] = (await play.answer(id)) as [Unmasking]
      const neighbours = ['alice', 'bob', 'carol', 'dave', 'erin']
        .filter(other => other !== id)
        .sort((a, b) => play.position(a) - play.position(b))
      const shares = answer.shares.slice()
      if (i === 0) shares[neighbours.indexOf('alice') * UNMASKING_ENTRY_BYTES + 5]! ^= 1
      play.server.receive({ ...answer, shares })
    }
    await play.close()
    const { sum, setAside } = await play.server.sum()
    expect(setAside).toEqual([{ dealer: 'alice', holder: 'carol', why: 'not-the-committed-share' }])
    expect(sum.equals(play.plainSum(['bob', 'carol', 'dave', 'erin']))).toBe(true)
  })
})
