import { describe, expect, it } from 'vitest'
import { PositionSet } from '../../../src/secagg/messages/position-set.ts'
import type { SurvivorSignature, UnmaskingRequest } from '../../../src/secagg/messages/unmasking-request.ts'
import { Play, type PlayOptions } from '../play.ts'

/** Alice left before she masked, so the others are the survivors. */
const ALICE_LEFT: PlayOptions = { leaving: { alice: 'MaskedInputCollection' } }
const NOBODY_SHARED_AS_ALICE: PlayOptions = { leaving: { alice: 'ShareKeys' } }

/** What is wrong with a set of survivors, whichever message names it. */
const BAD_SURVIVORS: readonly [
  code: string,
  what: string,
  survivors: (play: Play) => PositionSet,
  options?: PlayOptions,
][] = [
  ['bad-position-set', 'a set over another roster', () => PositionSet.of(6, [0, 1, 2, 3])],
  ['bad-position-set', 'bits beyond the roster', () => new PositionSet(5, Uint8Array.of(0xff))],
  [
    'stranger-among-survivors',
    'a survivor that never shared',
    play => play.set('alice', 'bob', 'carol', 'dave', 'erin'),
    NOBODY_SHARED_AS_ALICE,
  ],
  ['named-as-dropped', 'this client left out', play => play.set('bob', 'dave', 'erin')],
  [
    'too-few-survivors',
    'fewer survivors than its policy asks for',
    play => play.set('bob', 'carol', 'dave', 'erin'),
    { ...ALICE_LEFT, policy: { minimumSurvivors: 5 }, parameters: { threshold: 2 } },
  ],
  ['too-few-survivors', 'fewer surviving neighbours than the threshold', play => play.set('bob', 'carol', 'dave')],
]

describe('at ConsistencyCheck a client refuses', () => {
  it.each(BAD_SURVIVORS)('%s: %s', async (code, _, survivors, options = ALICE_LEFT) => {
    const play = await Play.to('ConsistencyCheck', { threatModel: 'malicious-server', ...withThreshold(options) })
    const message = { ...play.told('ConsistencyCheck', 'carol'), survivors: survivors(play) }
    expect(() => play.client('carol').confirmSurvivors(message)).toThrowError(
      expect.objectContaining({ name: 'RefusalError', code, round: 'ConsistencyCheck' }),
    )
    expect(() => play.client('carol').confirmSurvivors(play.told('ConsistencyCheck', 'carol'))).toThrowError(
      expect.objectContaining({ code: 'out-of-round' }),
    )
  })

  it('wrong-message and wrong-session: what is not meant for it', async () => {
    for (const [code, change] of [
      ['wrong-message', { type: 'ShareDelivery' as 'Survivors' }],
      ['wrong-session', { session: new Uint8Array(32) }],
    ] as const) {
      const play = await Play.to('ConsistencyCheck', { threatModel: 'malicious-server' })
      const message = { ...play.told('ConsistencyCheck', 'carol'), ...change }
      expect(() => play.client('carol').confirmSurvivors(message)).toThrowError(expect.objectContaining({ code }))
    }
  })
})

/** 2t > k holds at a threshold of 3 for 5 clients; the semi-honest cases may go lower. */
function withThreshold(options: PlayOptions): PlayOptions {
  return { ...options, parameters: { ...options.parameters, threshold: 3 } }
}

describe('at Unmasking a client refuses', () => {
  it.each(BAD_SURVIVORS)('%s: %s', async (code, _, survivors, options = ALICE_LEFT) => {
    await expectRefusal(code, options, (request, play) => ({ ...request, survivors: survivors(play) }))
  })

  const bobToo = (play: Play) => play.set('alice', 'bob')
  const cases: readonly [string, string, (request: UnmaskingRequest, play: Play) => object, PlayOptions?][] = [
    ['wrong-message', 'a message of another type', () => ({ type: 'Survivors' })],
    ['wrong-session', 'another session', () => ({ session: new Uint8Array(32) })],
    ['bad-position-set', 'a dropped set over another roster', () => ({ dropped: new PositionSet(6) })],
    [
      'bad-position-set',
      'bits beyond the roster among the dropped',
      () => ({ dropped: new PositionSet(5, Uint8Array.of(0xe0)) }),
    ],
    ['overlapping-sets', 'both secrets of one client asked for', (_, play) => ({ dropped: bobToo(play) })],
    ['incomplete-sets', 'a client in neither set', () => ({ dropped: new PositionSet(5) })],
    [
      'stranger-among-dropped',
      'a dropped client that never shared',
      (_, play) => ({ dropped: play.set('alice') }),
      NOBODY_SHARED_AS_ALICE,
    ],
    ['overlapping-sets', 'itself named as dropped too', (_, play) => ({ dropped: play.set('alice', 'carol') })],
  ]

  it.each(cases)('%s: %s', async (code, _, change, options = ALICE_LEFT) => {
    await expectRefusal(code, options, (request, play) => ({ ...request, ...change(request, play) }))
  })
})

async function expectRefusal(
  code: string,
  options: PlayOptions,
  change: (request: UnmaskingRequest, play: Play) => UnmaskingRequest,
) {
  const play = await Play.to('Unmasking', options)
  const request = play.told('Unmasking', 'carol')
  expect(() => play.client('carol').unmask(change(request, play))).toThrowError(
    expect.objectContaining({ name: 'RefusalError', code, round: 'Unmasking', clientId: 'carol' }),
  )
  // A second, honest request is not answered: two requests could differ in their survivors.
  expect(() => play.client('carol').unmask(request)).toThrowError(expect.objectContaining({ code: 'out-of-round' }))
}

describe.each(['semi-malicious', 'malicious-server'] as const)('with a server that may lie (%s)', threatModel => {
  const options: PlayOptions = { ...ALICE_LEFT, threatModel }
  const signedBy = (request: UnmaskingRequest, play: Play, ...ids: string[]): SurvivorSignature[] =>
    request.signatures.filter(({ position }) => ids.some(id => play.position(id) === position))

  it('a client unmasks only the survivors that it has signed', async () => {
    await expectRefusal('other-survivors', { ...options, leaving: {} }, (request, play) => ({
      ...request,
      survivors: play.set('bob', 'carol', 'dave', 'erin'),
      dropped: play.set('alice'),
    }))
  })

  it('a client wants the signatures of as many neighbours as the threshold', async () => {
    await expectRefusal('too-few-confirmations', options, (request, play) => ({
      ...request,
      signatures: signedBy(request, play, 'bob', 'dave'),
    }))
  })

  it('a client counts each neighbour once', async () => {
    await expectRefusal('too-few-confirmations', options, (request, play) => {
      const [bob, dave] = signedBy(request, play, 'bob', 'dave')
      return { ...request, signatures: [bob!, dave!, bob!, dave!] }
    })
  })

  it('a client counts no signature of a stranger, a dropout, or itself', async () => {
    for (const position of [99, (play: Play) => play.position('alice'), (play: Play) => play.position('carol')]) {
      await expectRefusal('stranger-signed', options, (request, play) => {
        const place = typeof position === 'number' ? position : position(play)
        const signature = request.signatures[0]!.signature
        return { ...request, signatures: [...request.signatures, { position: place, signature }] }
      })
    }
  })

  it('a client counts no signature over anything else', async () => {
    await expectRefusal('bad-signature', options, request => {
      const [first, ...rest] = request.signatures
      return { ...request, signatures: [{ ...first!, signature: rest[0]!.signature }, ...rest] }
    })
  })
})
