import { describe, expect, it } from 'vitest'
import type { ProtocolRound } from '../../../src/secagg/errors.ts'
import { seededRandom, seededSplitter } from '../../../src/secagg/testing/index.ts'
import { MODELS, Play, type PlayOptions } from '../play.ts'

/** Keeps hold of every buffer that carol's secrets are made in. */
function watched(options: PlayOptions = {}) {
  const seed = seededRandom('watched')
  const secrets: Uint8Array[] = []
  const shares: Uint8Array[] = []
  const random = (length: number) => {
    const bytes = seed(length)
    secrets.push(bytes)
    return bytes
  }
  const splitter = seededSplitter(seed.fork('split'))
  const split: typeof splitter = async (...args) => {
    const dealt = await splitter(...args)
    shares.push(...dealt)
    return dealt
  }
  const client = (id: string) => (id === 'carol' ? { random, split } : {})
  return { options: { ...options, client }, secrets, shares }
}

const isWiped = (bytes: Uint8Array) => bytes.every(byte => byte === 0)

describe('secrets are overwritten', () => {
  it('when they are spent: the encryption key and the shares at ShareKeys, the rest when the input is masked', async () => {
    const { options, secrets, shares } = watched()
    const play = await Play.to('ShareKeys', options)
    const [encryptionKey, maskKey] = secrets
    expect([encryptionKey!, maskKey!].some(isWiped)).toBe(false)

    await play.answerAll()
    await play.close()
    const selfMaskSeed = secrets[2]!
    expect(secrets).toHaveLength(3)
    expect([encryptionKey!, maskKey!, selfMaskSeed].map(isWiped)).toEqual([true, false, false])
    expect(shares).toHaveLength(8)
    expect(shares.every(isWiped)).toBe(true)

    await play.answer('carol')
    expect(secrets.every(isWiped)).toBe(true)
  })

  it.each(['ShareKeys', 'MaskedInputCollection'] as const)('when the client refuses at %s', async round => {
    const { options, secrets } = watched()
    const play = await Play.to(round, options)
    expect(secrets.every(isWiped)).toBe(false)
    const message = { ...play.inbox.get('carol')!, session: new Uint8Array(32) }
    await expect(play.answer('carol', message)).rejects.toMatchObject({ code: 'wrong-session' })
    expect(secrets.every(isWiped)).toBe(true)
  })

  const rounds: readonly ProtocolRound[] = ['ShareKeys', 'MaskedInputCollection', 'Unmasking']
  it.each(MODELS.flatMap(model => rounds.map(round => [model, round] as const)))(
    'when the client is abandoned (%s) before %s',
    async (threatModel, round) => {
      const { options, secrets } = watched({ threatModel })
      const play = await Play.to(round, options)
      play.client('carol').abandon()
      expect(secrets.length).toBeGreaterThan(1)
      expect(secrets.every(isWiped)).toBe(true)
    },
  )

  it.each(['ShareKeys', 'MaskedInputCollection'] as const)(
    'when the client is abandoned while it answers at %s',
    async round => {
      const { options, secrets, shares } = watched()
      const play = await Play.to(round, options)
      const pending = play.answer('carol')
      play.client('carol').abandon()
      await expect(pending).rejects.toMatchObject({ code: 'abandoned' })
      expect(secrets.every(isWiped)).toBe(true)
      expect(shares.every(isWiped)).toBe(true)
    },
  )

  it.each(MODELS)('when the aggregation is over (%s)', async threatModel => {
    const { options, secrets } = watched({ threatModel })
    const play = await Play.to('finished', options)
    expect(play.server.round).toBe('finished')
    expect(secrets.every(isWiped)).toBe(true)
  })

  it('but never an identity that belongs to the caller', async () => {
    const play = await Play.to('finished', { threatModel: 'malicious-server' })
    expect(isWiped(play.identities.get('carol')!.secretKey)).toBe(false)
  })
})
