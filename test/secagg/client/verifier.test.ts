import { expect, it } from 'vitest'
import { SecAggClient, type SecAggClientOptions } from '../../../src/secagg/client/index.ts'
import type { Roster } from '../../../src/secagg/messages/roster.ts'
import { verify } from '../../../src/secagg/primitives/signature.ts'
import { SecAggServer } from '../../../src/secagg/server/index.ts'

const parameters = {
  threatModel: 'semi-malicious',
  clients: 3,
  graph: { kind: 'complete' },
  vectorLength: 4,
  modulusBits: 8,
} as const
const context = new Uint8Array(32)

async function rosterWith(options: Pick<SecAggClientOptions, 'verify'>) {
  const server = new SecAggServer({ parameters, context })
  const clients = ['a', 'b', 'c'].map(
    id => new SecAggClient({ id, session: server.session, parameters, context, ...options }),
  )
  for (const client of clients) server.receive(client.advertiseKeys())
  const outcome = await server.closeRound()
  if (outcome.kind !== 'next') throw new Error('the cohort is complete')
  return { client: clients[0]!, roster: outcome.messages.get('a') as Roster }
}

it('a client asks the verifier it was given about every neighbour', async () => {
  const asked: boolean[] = []
  const recording: typeof verify = (...question) => {
    asked.push(verify(...question))
    return asked.at(-1)!
  }
  const { client, roster } = await rosterWith({ verify: recording })
  await client.shareKeys(roster)
  expect(asked).toEqual([true, true])
})

it('a client refuses what its verifier does not accept', async () => {
  const { client, roster } = await rosterWith({ verify: () => false })
  await expect(client.shareKeys(roster)).rejects.toMatchObject({ name: 'RefusalError', code: 'bad-signature' })
})

it('a server rejects what its verifier does not accept', () => {
  const server = new SecAggServer({ parameters, context, verify: () => false })
  const client = new SecAggClient({ id: 'a', session: server.session, parameters, context })
  expect(server.receive(client.advertiseKeys())).toMatchObject({ accepted: false, reason: 'bad-signature' })
})
