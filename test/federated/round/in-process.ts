import { contextOf, type RoundAnnouncement } from '../../../src/federated/round/announcement.ts'
import type { Contribute } from '../../../src/federated/round/contribution.ts'
import { Coordinator, type CoordinatorOptions, type Peer, type Seat } from '../../../src/federated/round/coordinator.ts'
import { Participant } from '../../../src/federated/round/participant.ts'
import { planEncoding } from '../../../src/secagg/encoding/index.ts'
import { secureRandom } from '../../../src/secagg/primitives/random.ts'
import { SecAggServer } from '../../../src/secagg/server/index.ts'

/** What opens a sum of two integers from 0 to 1000 per participant. */
export function announceSum(clients: number, federatedRound = 0, session = secureRandom(32)): RoundAnnouncement {
  const encoding = { kind: 'integers', clients, dimension: 2, min: 0, max: 1000, metrics: [] } as const
  const { length, modulusBits } = planEncoding(encoding)
  return {
    session,
    federatedRound,
    encoding,
    task: { kind: 'sum' },
    parameters: {
      threatModel: 'semi-honest',
      clients,
      graph: { kind: 'complete' },
      vectorLength: length,
      modulusBits,
    },
  }
}

/** A participant that contributes these values. */
export function participant(announcement: RoundAnnouncement, id: string, values: number[] | Contribute): Participant {
  const contribute = typeof values === 'function' ? values : async () => ({ values })
  return new Participant(announcement, { id, contribute })
}

/** A coordinator over these peers, with a server for the announcement. */
export function coordinate(
  announcement: RoundAnnouncement,
  peers: readonly Peer[],
  more: Partial<CoordinatorOptions> = {},
): Coordinator {
  const { parameters, session } = announcement
  const invited = new Set(peers.map(({ id }) => id))
  const server = new SecAggServer({ parameters, context: contextOf(announcement), session, invited })
  const seats = peers.map((peer): Seat => ({ id: peer.id, participant: peer, silentFrom: undefined }))
  return new Coordinator({
    server,
    parameters,
    seats,
    onEvent: () => {},
    signal: undefined,
    computation: undefined,
    announcementBytes: 0,
    failFast: false,
    concurrency: 1,
    ...more,
  })
}
