import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { RosterEntry } from '../../../src/secagg/messages/roster.ts'
import { Play } from '../play.ts'

const OUT_OF_ROUND = { name: 'UsageError', code: 'out-of-round', clientId: 'carol' }

describe('a client answers once', () => {
  it('advertises one set of keys', () => {
    const client = new Play().client('carol')
    client.advertiseKeys()
    expect(() => client.advertiseKeys()).toThrowError(expect.objectContaining(OUT_OF_ROUND))
  })

  it('shares keys once, even while the first call is pending', async () => {
    const play = await Play.to('ShareKeys')
    const first = play.answer('carol')
    await expect(play.answer('carol')).rejects.toMatchObject(OUT_OF_ROUND)
    await expect(first).resolves.toHaveLength(1)
    await expect(play.answer('carol')).rejects.toMatchObject(OUT_OF_ROUND)
  })

  it('masks once, even while the first call is pending', async () => {
    const play = await Play.to('MaskedInputCollection')
    const first = play.answer('carol')
    await expect(play.answer('carol')).rejects.toMatchObject(OUT_OF_ROUND)
    await expect(first).resolves.toHaveLength(1)
    await expect(play.answer('carol')).rejects.toMatchObject(OUT_OF_ROUND)
  })

  it('cannot be asked anything else while it masks', async () => {
    const play = await Play.to('MaskedInputCollection', { threatModel: 'malicious-server' })
    const twin = await Play.to('ConsistencyCheck', { threatModel: 'malicious-server' })
    const pending = play.answer('carol')
    expect(() => play.client('carol').confirmSurvivors(twin.told('ConsistencyCheck', 'carol'))).toThrowError(
      expect.objectContaining(OUT_OF_ROUND),
    )
    await expect(pending).resolves.toHaveLength(1)
  })

  it('confirms one set of survivors', async () => {
    const play = await Play.to('ConsistencyCheck', { threatModel: 'malicious-server' })
    await play.answer('carol')
    await expect(play.answer('carol')).rejects.toMatchObject(OUT_OF_ROUND)
  })

  it('unmasks once', async () => {
    const play = await Play.to('Unmasking')
    await play.answer('carol')
    await expect(play.answer('carol')).rejects.toMatchObject({
      ...OUT_OF_ROUND,
      message: expect.stringContaining('it has answered its unmasking request'),
    })
  })

  it('does not unmask before it has confirmed the survivors, where the server may lie', async () => {
    const play = await Play.to('ConsistencyCheck', { threatModel: 'malicious-server' })
    const later = await Play.to('Unmasking', { threatModel: 'malicious-server' })
    expect(() => play.client('carol').unmask(later.told('Unmasking', 'carol'))).toThrowError(
      expect.objectContaining(OUT_OF_ROUND),
    )
  })

  it('has no ConsistencyCheck in the semi-honest model', async () => {
    const play = await Play.to('Unmasking')
    const signed = await Play.to('ConsistencyCheck', { threatModel: 'malicious-server' })
    expect(() => play.client('carol').confirmSurvivors(signed.told('ConsistencyCheck', 'carol'))).toThrowError(
      expect.objectContaining(OUT_OF_ROUND),
    )
    await expect(play.answer('carol')).resolves.toHaveLength(1)
  })
})

describe('a client that has refused', () => {
  it('refuses everything that follows, and says why', async () => {
    const play = await Play.to('ShareKeys')
    const roster = play.told('ShareKeys', 'carol')
    await expect(play.answer('carol', { ...roster, root: new Uint8Array(32) })).rejects.toMatchObject({
      code: 'bad-roster-proof',
    })
    await expect(play.answer('carol', roster)).rejects.toMatchObject({
      ...OUT_OF_ROUND,
      message: expect.stringContaining('it has refused (bad-roster-proof)'),
    })
    expect(() => play.client('carol').advertiseKeys()).toThrowError(expect.objectContaining(OUT_OF_ROUND))
  })

  it('is as finished after an error that is no refusal', async () => {
    const split = async () => {
      throw new TypeError('no splitter')
    }
    const play = await Play.to('ShareKeys', { client: id => (id === 'carol' ? { split } : {}) })
    await expect(play.answer('carol')).rejects.toThrow(TypeError)
    await expect(play.answer('carol')).rejects.toMatchObject({
      ...OUT_OF_ROUND,
      message: expect.stringContaining('it has failed'),
    })
  })
})

describe('a client that was abandoned', () => {
  it('takes no further part', async () => {
    const play = await Play.to('Unmasking')
    play.client('carol').abandon('the tab was closed')
    await expect(play.answer('carol')).rejects.toMatchObject({
      ...OUT_OF_ROUND,
      message: expect.stringContaining('the tab was closed'),
    })
  })

  it('gives nothing out of a call that was pending', async () => {
    for (const round of ['ShareKeys', 'MaskedInputCollection'] as const) {
      const play = await Play.to(round)
      const pending = play.answer('carol')
      play.client('carol').abandon()
      await expect(pending).rejects.toMatchObject({ name: 'UsageError', code: 'abandoned', round })
      await expect(play.answer('carol')).rejects.toMatchObject(OUT_OF_ROUND)
    }
  })

  it('may be abandoned at any time, any number of times', () => {
    const client = new Play().client('carol')
    client.abandon()
    client.abandon()
    expect(() => client.advertiseKeys()).toThrowError(expect.objectContaining(OUT_OF_ROUND))
  })
})

describe('the state of a client', () => {
  it('does not go along with a clone', async () => {
    const play = await Play.to('Unmasking')
    const clone = structuredClone(play.client('carol')) as { unmask?: unknown; id: string }
    expect(clone.unmask).toBeUndefined()
    expect(Object.keys(clone).sort()).toEqual(['id', 'warnings'])
    const copy = Object.assign(Object.create(Object.getPrototypeOf(play.client('carol'))), play.client('carol'))
    expect(() => copy.unmask(play.told('Unmasking', 'carol'))).toThrow(TypeError)
  })

  it('shows in neither print nor JSON', async () => {
    const drawn: Uint8Array[] = []
    const random = (length: number) => {
      drawn.push(crypto.getRandomValues(new Uint8Array(length)))
      return drawn.at(-1)!
    }
    const play = await Play.to('ShareKeys', { client: id => (id === 'carol' ? { random } : {}) })
    const client = play.client('carol')
    const [encryption, mask] = drawn.map(bytes => bytes.slice())
    const shown = [inspect(client, { depth: 9, showHidden: true }), JSON.stringify(client), String(client)].join()
    expect(JSON.parse(JSON.stringify(client))).toEqual({ id: 'carol', warnings: [] })
    for (const secret of [encryption!, mask!]) {
      expect(shown).not.toContain(secret.slice(0, 8).join(', '))
      expect(shown).not.toContain(secret.slice(0, 8).join(','))
    }
    expect(shown).not.toMatch(/secretKey|selfMaskSeed|shareSecret/)
  })

  it('does not show in the message of a refusal', async () => {
    const play = await Play.to('ShareKeys')
    const roster = play.told('ShareKeys', 'carol')
    const entries: RosterEntry[] = roster.entries.map(entry => ({ ...entry, maskKey: new Uint8Array(32) }))
    const error = await play.answer('carol', { ...roster, entries }).catch((caught: Error) => caught)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/Uint8Array|secretKey/)
  })
})
