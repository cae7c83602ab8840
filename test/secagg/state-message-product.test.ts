import { describe, expect, it } from 'vitest'
import type { ClientMessage } from '../../src/secagg/messages/message.ts'
import type { Roster } from '../../src/secagg/messages/roster.ts'
import type { ShareDelivery } from '../../src/secagg/messages/share-delivery.ts'
import type { Survivors } from '../../src/secagg/messages/survivors.ts'
import type { UnmaskingRequest } from '../../src/secagg/messages/unmasking-request.ts'
import type { ThreatModel } from '../../src/secagg/parameters.ts'
import { PROTOCOL_ROUNDS } from '../../src/secagg/testing/index.ts'
import { MODELS, Play } from './play.ts'

/**
 * Every pair of a state and a call, in every threat model. The table names the transitions of Bonawitz et al., figure 4;
 * what it does not name must be a typed refusal that changes nothing. All plays draw from one seed, so a message from
 * one of them is the right message, byte for byte, in every other.
 */

const METHODS = ['advertiseKeys', 'shareKeys', 'maskInput', 'confirmSurvivors', 'unmask'] as const
type Method = (typeof METHODS)[number]

const CLIENT_STATES = [
  'ready',
  'advertised',
  'sharing', // the call of shareKeys is pending
  'shared',
  'masking', // the call of maskInput is pending
  'masked',
  'confirmed',
  'unmasked',
  'refused',
  'abandoned',
] as const
type ClientStateName = (typeof CLIENT_STATES)[number]

const SIGNED: readonly ThreatModel[] = ['semi-malicious', 'malicious-server']

/** The one call that each state is for; a state without an entry is for none. */
const TRANSITIONS: Partial<Record<ClientStateName, Partial<Record<Method, readonly ThreatModel[]>>>> = {
  ready: { advertiseKeys: MODELS },
  advertised: { shareKeys: MODELS },
  shared: { maskInput: MODELS },
  masked: { confirmSurvivors: SIGNED, unmask: ['semi-honest'] },
  confirmed: { unmask: SIGNED },
}

/** The right message for each method, and every client's message of each round, from a play that went to its end. */
async function script(threatModel: ThreatModel) {
  const play = new Play({ threatModel })
  const down: Record<string, unknown> = {}
  const up: Record<string, ClientMessage> = {}
  while (play.server.round !== 'finished') {
    const round = play.server.round
    down[round] = play.inbox.get('carol')
    const messages = await play.answer('carol')
    up[round] = messages[0]!
    for (const message of messages) play.server.receive(message)
    await play.answerAll('carol')
    await play.close()
  }
  // Where there is no such round, the messages of the model that has it stand in.
  if (threatModel === 'semi-honest') {
    const { session, survivors } = down.Unmasking as UnmaskingRequest
    down.ConsistencyCheck = { type: 'Survivors', session, survivors } satisfies Survivors
    up.ConsistencyCheck = { type: 'ConsistencyCheck', session, sender: 'carol', signature: new Uint8Array(64) }
  }
  return { down, up }
}

const scripts = new Map(await Promise.all(MODELS.map(async model => [model, await script(model)] as const)))

async function call(play: Play, method: Method, model: ThreatModel): Promise<unknown> {
  const client = play.client('carol')
  const { down } = scripts.get(model)!
  switch (method) {
    case 'advertiseKeys':
      return client.advertiseKeys()
    case 'shareKeys':
      return client.shareKeys(down.ShareKeys as Roster)
    case 'maskInput':
      return client.maskInput(down.MaskedInputCollection as ShareDelivery, play.input('carol'))
    case 'confirmSurvivors':
      return client.confirmSurvivors(down.ConsistencyCheck as Survivors)
    case 'unmask':
      return client.unmask(down.Unmasking as UnmaskingRequest)
  }
}

/** The calls that a state is the middle of: for the test to begin, because they end as soon as it awaits anything. */
const PENDING: Partial<Record<ClientStateName, Method>> = { sharing: 'shareKeys', masking: 'maskInput' }

/** A play in which carol is in this state, or is about to be. */
async function clientIn(state: ClientStateName, model: ThreatModel): Promise<Play> {
  const play = new Play({ threatModel: model })
  const client = play.client('carol')
  const path: Method[] = ['advertiseKeys', 'shareKeys', 'maskInput']
  if (model !== 'semi-honest') path.push('confirmSurvivors')
  path.push('unmask')
  const steps: Record<ClientStateName, number> = {
    ready: 0,
    advertised: 1,
    sharing: 1,
    shared: 2,
    masking: 2,
    masked: 3,
    confirmed: 4,
    unmasked: path.length,
    refused: 1,
    abandoned: 2,
  }
  for (const method of path.slice(0, steps[state])) await call(play, method, model)
  if (state === 'refused') {
    const roster = { ...(scripts.get(model)!.down.ShareKeys as Roster), session: new Uint8Array(32) }
    await expect(client.shareKeys(roster)).rejects.toMatchObject({ code: 'wrong-session' })
  }
  if (state === 'abandoned') client.abandon()
  return play
}

describe('client methods x client states x threat models', () => {
  const covered = new Set<string>()
  const states = MODELS.flatMap(model =>
    CLIENT_STATES.filter(state => state !== 'confirmed' || model !== 'semi-honest').map(
      state => [model, state] as const,
    ),
  )

  it.each(states)(
    '%s, %s: one call moves it on, every other is out of round and changes nothing',
    async (model, state) => {
      const play = await clientIn(state, model)
      const due = METHODS.filter(method => TRANSITIONS[state]?.[method]?.includes(model))
      expect(due.length).toBe(TRANSITIONS[state] === undefined ? 0 : 1)
      const others = METHODS.filter(method => !due.includes(method))
      const pending = PENDING[state] && call(play, PENDING[state], model)
      const outcomes = await Promise.allSettled(others.map(method => call(play, method, model)))
      for (const [i, method] of others.entries()) {
        expect(outcomes[i], method).toMatchObject({
          status: 'rejected',
          reason: { name: 'UsageError', code: 'out-of-round', clientId: 'carol' },
        })
        covered.add(`${model}/${state}/${method}`)
      }
      if (pending !== undefined) await expect(pending).resolves.toBeDefined()
      for (const method of due) {
        await expect(call(play, method, model), method).resolves.toBeDefined()
        covered.add(`${model}/${state}/${method}`)
      }
    },
  )

  it('are all there: 10 states x 5 methods x 3 models, less one state that the semi-honest model lacks', () => {
    expect(covered.size).toBe(10 * 5 * 3 - 5)
  })
})

describe("client methods x the server's message types", () => {
  const TYPES = ['ShareKeys', 'MaskedInputCollection', 'ConsistencyCheck', 'Unmasking'] as const
  const RECEIVING: Partial<Record<Method, { state: ClientStateName; takes: string }>> = {
    shareKeys: { state: 'advertised', takes: 'ShareKeys' },
    maskInput: { state: 'shared', takes: 'MaskedInputCollection' },
    confirmSurvivors: { state: 'masked', takes: 'ConsistencyCheck' },
    unmask: { state: 'confirmed', takes: 'Unmasking' },
  }
  const pairs = SIGNED.flatMap(model =>
    Object.entries(RECEIVING).flatMap(([method, { state, takes }]) =>
      TYPES.filter(type => type !== takes).map(type => [model, method as Method, type, state] as const),
    ),
  )

  it.each(pairs)('%s, %s refuses what opens %s, and is finished', async (model, method, type, state) => {
    const play = await clientIn(state, model)
    const message = scripts.get(model)!.down[type] as never
    const client = play.client('carol')
    const attempt = async () =>
      method === 'maskInput' ? client.maskInput(message, play.input('carol')) : client[method as 'unmask'](message)
    await expect(attempt()).rejects.toMatchObject({ name: 'RefusalError', code: 'wrong-message' })
    await expect(call(play, method, model)).rejects.toMatchObject({ code: 'out-of-round' })
  })

  it('are all there: 4 methods x 3 wrong types x 2 models', () => {
    expect(pairs).toHaveLength(24)
  })
})

describe('server states x client message types x threat models', () => {
  const covered = new Set<string>()
  const states = MODELS.flatMap(model =>
    [...PROTOCOL_ROUNDS, ...PROTOCOL_ROUNDS.map(round => `closing ${round}` as const), 'finished', 'aborted']
      .filter(state => model !== 'semi-honest' || !state.endsWith('ConsistencyCheck'))
      .map(state => [model, state] as const),
  )

  /** A play whose server is in this state; a `closing` one is for the test to close, for it ends at the next await. */
  async function serverIn(model: ThreatModel, state: string): Promise<Play> {
    if (state === 'aborted') {
      const play = await Play.to('ShareKeys', { threatModel: model })
      play.server.abort()
      return play
    }
    const round = state.replace('closing ', '') as (typeof PROTOCOL_ROUNDS)[number]
    const play = await Play.to(round, { threatModel: model })
    if (round !== state) await play.answerAll('carol')
    return play
  }

  it.each(states)('%s, %s: takes the one type that is due, and no other', async (model, state) => {
    const play = await serverIn(model, state)
    const closing = state.startsWith('closing') && play.server.closeRound()
    const messages = Object.entries(scripts.get(model)!.up)
    // The one that is due goes last, so that it also shows that the others have changed nothing.
    messages.sort(([a], [b]) => Number(a === state) - Number(b === state))
    for (const [round, message] of messages) {
      const receipt = play.server.receive(message)
      if (round === state) expect(receipt, message.type).toEqual({ accepted: true })
      else expect(receipt, message.type).toMatchObject({ accepted: false, reason: 'wrong-round' })
      covered.add(`${model}/${state}/${message.type}`)
    }
    await closing
  })

  it('are all there: 12 states x 5 types x 3 models, less two states that the semi-honest model lacks', () => {
    expect(covered.size).toBe(12 * 5 * 3 - 2 * 5)
  })

  it.each(states)('%s, %s: closes a round while one is open, and gives a sum when it has one', async (model, state) => {
    const play = await serverIn(model, state)
    const closing = state.startsWith('closing') && play.server.closeRound()
    const [sum, closed] = await Promise.allSettled([play.server.sum(), play.server.closeRound()])
    const outOfRound = { status: 'rejected', reason: { name: 'UsageError', code: 'out-of-round' } }
    const isOpen = (PROTOCOL_ROUNDS as readonly string[]).includes(state)
    expect(closed).toMatchObject(isOpen ? { status: 'fulfilled' } : outOfRound)
    if (state === 'finished') expect(sum).toMatchObject({ status: 'fulfilled' })
    else if (state === 'aborted') expect(sum).toMatchObject({ reason: { code: 'cancelled' } })
    else expect(sum).toMatchObject(outOfRound)
    await closing
  })
})
