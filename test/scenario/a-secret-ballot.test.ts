import { expect, it } from 'vitest'
import { ContributionError, secureSum } from '../../src/index.ts'

/** A council of nine votes on three proposals. Everybody learns how many were in favour of each; nobody learns who. */
const VOTES: Readonly<Record<string, readonly number[]>> = {
  ada: [1, 0, 1],
  bela: [0, 0, 1],
  chen: [1, 1, 1],
  dora: [0, 1, 1],
  emil: [1, 0, 0],
  fay: [1, 1, 1],
  gus: [0, 0, 1],
  hana: [1, 1, 0],
  ivo: [0, 0, 1],
}
const BALLOT = { kind: 'integers', min: 0, max: 1 } as const

it('counts the votes of all', async () => {
  const { sum, survivors } = await secureSum(VOTES, BALLOT)
  expect([...sum]).toEqual([5, 4, 7])
  expect(survivors).toHaveLength(9)
})

it('counts the votes of those who cast them when two are cut off, and says who they are', async () => {
  const cut = new Set(['emil', 'ivo'])
  const { sum, dropped } = await secureSum(VOTES, {
    ...BALLOT,
    dropouts: id => (cut.has(id) ? 'MaskedInputCollection' : undefined),
  })
  expect([...sum]).toEqual([4, 4, 6])
  expect(dropped.map(({ id }) => id)).toEqual(['emil', 'ivo'])
})

it('counts a vote of somebody who is cut off after casting it', async () => {
  const { sum, survivors } = await secureSum(VOTES, {
    ...BALLOT,
    dropouts: id => (id === 'ada' ? 'Unmasking' : undefined),
  })
  expect([...sum]).toEqual([5, 4, 7])
  expect(survivors).toContain('ada')
})

it('lets nobody vote twice: a vote of 2 is refused before it is cast, and nothing is counted', async () => {
  const stuffed = { ...VOTES, gus: [2, 0, 1] }
  const counting = secureSum(stuffed, BALLOT)
  await expect(counting).rejects.toBeInstanceOf(ContributionError)
  await expect(counting).rejects.toThrow(/"gus" has no input to give: value 0/)
})
