import { describe, expect, it } from 'vitest'
import type { RosterEntry } from '../../../src/secagg/messages/roster.ts'
import { leafBytes, type Roster } from '../../../src/secagg/messages/roster.ts'
import { MerkleTree } from '../../../src/secagg/primitives/merkle.ts'
import { generateIdentity } from '../../../src/secagg/primitives/signature.ts'
import { seededRandom } from '../../../src/secagg/testing/index.ts'
import { NOW, Play, type PlayOptions } from '../play.ts'

/** A roster over all clients, changed, with a root and a proof that fit the change. */
function rebuilt(roster: Roster, change: (entries: RosterEntry[]) => RosterEntry[]): Roster {
  const entries = change([...roster.entries])
  return { ...roster, entries, root: new MerkleTree(entries.map(leafBytes)).root }
}

/** Changes the entry of the first neighbour. */
function forFirstNeighbour(change: (entry: RosterEntry, others: readonly RosterEntry[]) => Partial<RosterEntry>) {
  return (roster: Roster): Roster => {
    const victim = roster.entries.find(entry => entry.position !== roster.position)!
    const others = roster.entries.filter(entry => entry !== victim)
    return rebuilt(roster, entries =>
      entries.map(entry => (entry === victim ? { ...entry, ...change(entry, others) } : entry)),
    )
  }
}

const withOwn = (change: Partial<RosterEntry>) => (roster: Roster) =>
  rebuilt(roster, entries =>
    entries.map(entry => (entry.position === roster.position ? { ...entry, ...change } : entry)),
  )

const ORDER_OF_FIELD = Uint8Array.from([0xed, ...new Array<number>(30).fill(0xff), 0x7f])
const key = (label: string) => seededRandom(label)(32).map((byte, i) => (i === 31 ? byte & 0x7f : byte))

const OF_ANY_MODEL: readonly [code: string, what: string, change: (roster: Roster) => Roster][] = [
  ['wrong-message', 'a message of another type', roster => ({ ...roster, type: 'Survivors' as 'Roster' })],
  ['wrong-session', 'another session', roster => ({ ...roster, session: new Uint8Array(32) })],
  ['bad-roster-size', 'a roster of one', roster => ({ ...roster, size: 1 })],
  ['bad-roster-size', 'more clients than were agreed on', roster => ({ ...roster, size: 6 })],
  ['bad-position', 'a position outside of the roster', roster => ({ ...roster, position: 5 })],
  ['bad-position', 'a position between two', roster => ({ ...roster, position: 0.5 })],
  ['wrong-neighbours', 'an entry too few', roster => ({ ...roster, entries: roster.entries.slice(1) })],
  ['wrong-neighbours', 'an entry twice', roster => ({ ...roster, entries: [...roster.entries, roster.entries[0]!] })],
  ['wrong-neighbours', 'another order', roster => ({ ...roster, entries: [...roster.entries].reverse() })],
  ['wrong-own-entry', 'another id for this client', withOwn({ id: 'mallory' })],
  ['wrong-own-entry', 'another encryption key for this client', withOwn({ encryptionKey: key('own c') })],
  ['wrong-own-entry', 'another mask key for this client', withOwn({ maskKey: key('own s') })],
  [
    'wrong-own-entry',
    'another place for this client',
    roster => ({ ...roster, position: (roster.position + 1) % roster.size }),
  ],
  ['duplicate-id', 'one id twice', forFirstNeighbour((_, others) => ({ id: others[0]!.id }))],
  ['invalid-key', 'an encryption key of low order', forFirstNeighbour(() => ({ encryptionKey: new Uint8Array(32) }))],
  [
    'invalid-key',
    'a mask key of low order',
    forFirstNeighbour(() => ({ maskKey: Uint8Array.of(1, ...new Array(31)) })),
  ],
  ['invalid-key', 'a key in a non-canonical encoding', forFirstNeighbour(() => ({ maskKey: ORDER_OF_FIELD }))],
  ['duplicate-key', 'one key for both purposes', forFirstNeighbour(entry => ({ maskKey: entry.encryptionKey }))],
  ['duplicate-key', 'a key of two clients', forFirstNeighbour((_, others) => ({ maskKey: others[1]!.maskKey }))],
  ['bad-roster-proof', 'another root', roster => ({ ...roster, root: new Uint8Array(32) })],
  ['bad-roster-proof', 'a hash too many', roster => ({ ...roster, proof: [new Uint8Array(32)] })],
]

const credential = (change: (entry: NonNullable<RosterEntry['credential']>) => object) =>
  forFirstNeighbour(entry => ({ credential: { ...entry.credential!, ...change(entry.credential!) } }))

const OF_SIGNED_MODELS: typeof OF_ANY_MODEL = [
  [
    'no-signature',
    'an unsigned entry',
    roster => {
      const victim = roster.entries.find(entry => entry.position !== roster.position)!
      const { credential: _, ...unsigned } = victim
      return rebuilt(roster, entries => entries.map(entry => (entry === victim ? unsigned : entry)))
    },
  ],
  ['expired', 'keys that have expired', credential(() => ({ expiry: NOW - 1 }))],
  ['bad-signature', 'a longer life than was signed', credential(({ expiry }) => ({ expiry: expiry + 1 }))],
  ['bad-signature', 'a flipped signature', credential(({ signature }) => ({ signature: signature.map(b => b ^ 1) }))],
  ['bad-signature', 'keys that were not signed', forFirstNeighbour(() => ({ maskKey: key('unsigned') }))],
  ['bad-signature', 'a signature in the name of another', forFirstNeighbour(() => ({ id: 'zoe' }))],
]

async function refusal(options: PlayOptions, change: (roster: Roster) => Roster) {
  const play = await Play.to('ShareKeys', options)
  return { play, promise: play.client('carol').shareKeys(change(play.told('ShareKeys', 'carol'))) }
}

describe('a client refuses a roster with', () => {
  it.each(OF_ANY_MODEL)('%s: %s', async (code, _, change) => {
    const { play, promise } = await refusal({}, change)
    await expect(promise).rejects.toMatchObject({ name: 'RefusalError', code, round: 'ShareKeys', clientId: 'carol' })
    // Even the right roster comes too late now.
    await expect(play.answer('carol')).rejects.toMatchObject({ code: 'out-of-round' })
  })

  it.each(OF_SIGNED_MODELS)('%s: %s (semi-malicious)', async (code, _, change) => {
    const { promise } = await refusal({ threatModel: 'semi-malicious' }, change)
    await expect(promise).rejects.toMatchObject({ name: 'RefusalError', code })
  })

  it('unknown-identity: a client that the operator does not know', async () => {
    const identity = generateIdentity(seededRandom('carol alone'))
    const knownKeys = new Map([['carol', identity.publicKey]])
    const options: PlayOptions = {
      threatModel: 'malicious-server',
      client: id => (id === 'carol' ? { identity, knownKeys } : {}),
    }
    const { promise } = await refusal(options, roster => roster)
    await expect(promise).rejects.toMatchObject({ name: 'RefusalError', code: 'unknown-identity' })
  })

  it('wrong-identity: a known client that signed with another key', async () => {
    const impostor = generateIdentity(seededRandom('impostor'))
    const options: PlayOptions = {
      threatModel: 'malicious-server',
      client: id => (id === 'alice' ? { identity: impostor, knownKeys: new Map([['alice', impostor.publicKey]]) } : {}),
    }
    const { promise } = await refusal(options, roster => roster)
    await expect(promise).rejects.toMatchObject({ name: 'RefusalError', code: 'wrong-identity' })
  })

  it('threshold-too-low: a smaller cohort in which two groups could reach the threshold', async () => {
    // 2t > k + corrupted holds for the 5 clients agreed on and for fewer, so only a policy can be hurt by a small one.
    const options: PlayOptions = { parameters: { threshold: 2 }, client: id => (id === 'carol' ? { policy } : {}) }
    const policy = { minimumThreshold: 3 }
    const { promise } = await refusal(options, roster => roster)
    await expect(promise).rejects.toMatchObject({ name: 'RefusalError', code: 'threshold-too-low' })
  })

  it('cohort-too-small: fewer clients than its policy asks for', async () => {
    const options: PlayOptions = {
      leaving: { alice: 'AdvertiseKeys' },
      client: id => (id === 'carol' ? { policy: { minimumCohort: 5 } } : {}),
    }
    const { promise } = await refusal(options, roster => roster)
    await expect(promise).rejects.toMatchObject({ name: 'RefusalError', code: 'cohort-too-small' })
  })

  it('threshold-above-cohort: fewer clients than the threshold needs', async () => {
    const options: PlayOptions = { parameters: { threshold: 4 } }
    const { promise } = await refusal(options, roster => ({ ...roster, size: 4 }))
    await expect(promise).rejects.toMatchObject({ name: 'RefusalError', code: 'threshold-above-cohort' })
  })
})

describe('on a k-regular graph', () => {
  const ids = Array.from({ length: 9 }, (_, i) => `c${i}`)
  const options: PlayOptions = { ids, parameters: { graph: { kind: 'harary', degree: 4 } } }

  it('a client gets its neighbours alone, and accepts them with their proof', async () => {
    const play = await Play.to('ShareKeys', options)
    const roster = play.told('ShareKeys', 'c4')
    expect(roster.entries).toHaveLength(5)
    expect(roster.proof.length).toBeGreaterThan(0)
    await expect(play.answer('c4')).resolves.toHaveLength(1)
  })

  it('a client refuses a hash changed or missing in the proof', async () => {
    for (const spoil of [
      (proof: readonly Uint8Array[]) => proof.slice(1),
      (proof: readonly Uint8Array[]) => proof.map(hash => hash.map(byte => byte ^ 1)),
    ]) {
      const play = await Play.to('ShareKeys', options)
      const roster = play.told('ShareKeys', 'c4')
      const promise = play.answer('c4', { ...roster, proof: spoil(roster.proof) })
      await expect(promise).rejects.toMatchObject({ code: 'bad-roster-proof' })
    }
  })

  it('a client refuses neighbours that its place on the graph does not give it', async () => {
    const play = await Play.to('ShareKeys', options)
    const roster = play.told('ShareKeys', 'c4')
    const stranger = ids.map(id => play.told('ShareKeys', id)).flatMap(({ entries }) => entries)
    const known = new Set(roster.entries.map(entry => entry.position))
    const other = stranger.find(entry => !known.has(entry.position))!
    const entries = [...roster.entries.filter(entry => entry.position === roster.position), other]
      .concat(roster.entries.filter(entry => entry.position !== roster.position).slice(1))
      .sort((a, b) => a.position - b.position)
    await expect(play.answer('c4', { ...roster, entries })).rejects.toMatchObject({ code: 'wrong-neighbours' })
  })
})
