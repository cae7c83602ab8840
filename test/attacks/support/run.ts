import type { SecAggClient } from '../../../src/secagg/client/index.ts'
import type { ClientMessage, ServerMessage } from '../../../src/secagg/messages/message.ts'
import type { AggregationResult, SecAggServer, SecAggServerOptions } from '../../../src/secagg/server/index.ts'
import { broken, harmless, stopped, type Verdict } from './attack.ts'
import type { Scene } from './scene.ts'

/** What an attacker on the wire, or in a client's place, does to messages. */
export interface Wire {
  /** What arrives at the server in the place of `message`. */
  up?(message: ClientMessage): readonly ClientMessage[]
  /** What arrives at the client in the place of `message`. */
  down?(id: string, message: ServerMessage): ServerMessage
  /** What is sent to the server besides, when a round has opened, before anybody answers. */
  extra?(opened: ServerMessage['type']): readonly ClientMessage[]
  /** Answers before everybody else. */
  readonly first?: string
}

/** How an honest server fared. */
export interface Run {
  readonly result: AggregationResult | undefined
  /** Why there is no sum, in the words of the server. */
  readonly detail: string
  readonly verdict: Verdict
  /** Reasons of all rejections, in order. */
  readonly rejections: readonly string[]
}

/** An honest server and the clients of `scene`, over a wire that may not be. */
export async function aggregate(
  scene: Scene,
  wire: Wire = {},
  options: Partial<SecAggServerOptions> = {},
): Promise<Run> {
  const { lib, parameters, context, session } = scene
  const server = new lib.SecAggServer({ parameters, context, session, ...options })
  const rejections: string[] = []
  const send = (messages: readonly ClientMessage[]) => {
    for (const message of messages) {
      const receipt = server.receive(message)
      if (!receipt.accepted) rejections.push(receipt.reason)
    }
  }
  const up = (message: ClientMessage) => send(wire.up?.(message) ?? [message])

  for (const message of (await scene.advertise()).values()) up(message)
  for (;;) {
    const outcome = await server.closeRound()
    if (outcome.kind !== 'next') break
    const [[, sample]] = outcome.messages as unknown as [[string, ServerMessage]]
    send(wire.extra?.(sample.type) ?? [])
    for (const [id, message] of inOrder(outcome.messages, wire.first)) {
      const shown = wire.down?.(id, message) ?? message
      const answers = await scene.ask(id, client => answer(scene, client, shown))
      for (const reply of answers ?? []) up(reply)
    }
  }
  return { ...(await conclude(scene, server)), rejections }
}

function inOrder(
  messages: ReadonlyMap<string, ServerMessage>,
  first: string | undefined,
): readonly (readonly [string, ServerMessage])[] {
  return [...messages].sort(([a], [b]) => Number(b === first) - Number(a === first))
}

async function answer(scene: Scene, client: SecAggClient, message: ServerMessage): Promise<ClientMessage[]> {
  switch (message.type) {
    case 'Roster':
      return [await client.shareKeys(message)]
    case 'ShareDelivery':
      return client.maskInput(message, scene.input(client.id))
    case 'Survivors':
      return [client.confirmSurvivors(message)]
    case 'UnmaskingRequest':
      return [client.unmask(message)]
  }
}

async function conclude(scene: Scene, server: SecAggServer): Promise<Omit<Run, 'rejections'>> {
  try {
    const result = await server.sum()
    const right = result.sum.equals(scene.sumOf(result.survivors))
    const aside = result.setAside.length
    const note = aside === 0 ? '' : `, ${aside} ${aside === 1 ? 'share' : 'shares'} set aside`
    const verdict = right ? harmless(`the sum is right${note}`) : broken('a wrong sum is accepted')
    return { result, detail: '', verdict }
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AggregationAbortedError') throw error
    const { code, message } = error as Error & { code: string }
    return { result: undefined, detail: message, verdict: stopped(code) }
  }
}
