import { describe, expect, it } from 'vitest'
import type { RoundAnnouncement } from '../../../src/federated/round/announcement.ts'
import type { Peer } from '../../../src/federated/round/coordinator.ts'
import type { MessageListener } from '../../../src/federated/round/events.ts'
import { AggregationAbortedError } from '../../../src/secagg/errors.ts'
import { TYPE_CODES } from '../../../src/secagg/messages/frame.ts'
import type { MessageType } from '../../../src/secagg/messages/message.ts'
import { listen, outline, rejectionOf } from './cohort.ts'
import { announceSum, coordinate, participant } from './in-process.ts'

const IDS = ['ann', 'ben', 'cy', 'dee', 'eve']

function honest(announcement: RoundAnnouncement): Peer[] {
  return IDS.map((id, i) => participant(announcement, id, [i, 10 * i]))
}

/** A peer whose messages of one type are changed on the way: each becomes what `change` makes of it. */
function tampered(peer: Peer, type: MessageType, change: (bytes: Uint8Array) => Uint8Array[]): Peer {
  const meddle = (sent: Uint8Array[]) =>
    sent.flatMap(bytes => (bytes[2] === TYPE_CODES[type] ? change(bytes) : [bytes]))
  return {
    id: peer.id,
    join: () => meddle(peer.join()),
    answer: async bytes => meddle(await peer.answer(bytes)),
    takeComputation: () => peer.takeComputation(),
    leave: () => peer.leave(),
  }
}

function flipped(bytes: Uint8Array, fromEnd: number): Uint8Array {
  const copy = bytes.slice()
  copy[copy.length - fromEnd]! ^= 1
  return copy
}

describe('a coordinator', () => {
  it('comes to the sum of what its participants put in, in the order of their seats', async () => {
    const announcement = announceSum(5)
    const { sum, survivors, dropped } = await coordinate(announcement, honest(announcement)).run()
    expect([sum.get(0), sum.get(1)]).toEqual([10n, 100n])
    expect(survivors).toEqual(IDS)
    expect(dropped).toEqual([])
  })

  it('shows every message that the server gets, in bytes of the observer to spoil as it likes', async () => {
    const announcement = announceSum(5)
    const seen: [string, string, number][] = []
    const onMessage: MessageListener = ({ worker, round, bytes }) => {
      seen.push([worker, round, bytes.length])
      bytes.fill(0)
    }
    const { sum, phases } = await coordinate(announcement, honest(announcement), { onMessage }).run()
    expect(sum.get(0)).toBe(10n)
    for (const { phase, bytesUp } of phases) {
      const heard = seen.filter(([, round]) => round === phase)
      expect(heard.map(([worker]) => worker)).toEqual(IDS)
      expect(heard.reduce((total, [, , length]) => total + length, 0)).toBe(bytesUp)
    }
  })

  it('does not stop for bytes that are no message: their sender is a dropout', async () => {
    const announcement = announceSum(5)
    const peers = honest(announcement)
    peers[1] = tampered(peers[1]!, 'MaskedInput', () => [Uint8Array.of(1, 2, 3)])
    const { of, onEvent } = listen()
    const { sum, dropped } = await coordinate(announcement, peers, { onEvent }).run()
    expect([sum.get(0), sum.get(1)]).toEqual([9n, 90n])
    expect(outline(dropped)).toEqual(['ben MaskedInputCollection silent'])
    expect(of('warning')).toEqual([{ type: 'warning', code: 'unsupported-version', message: expect.any(String) }])
  })

  it('drops whose message the server rejects, with the reason', async () => {
    const announcement = announceSum(5)
    const peers = honest(announcement)
    peers[2] = tampered(peers[2]!, 'MaskedInput', bytes => [flipped(bytes, 1)])
    const { of, onEvent } = listen()
    const { sum, dropped } = await coordinate(announcement, peers, { onEvent }).run()
    expect([sum.get(0), sum.get(1)]).toEqual([8n, 80n])
    expect(outline(dropped)).toEqual(['cy MaskedInputCollection digest-mismatch'])
    expect(of('warning').map(({ code }) => code)).toEqual(['digest-mismatch'])
  })

  it('takes a repeated message once, and warns', async () => {
    const announcement = announceSum(5)
    const peers = honest(announcement)
    peers[0] = tampered(peers[0]!, 'AdvertiseKeys', bytes => [bytes, bytes])
    const { of, onEvent } = listen()
    const { dropped } = await coordinate(announcement, peers, { onEvent }).run()
    expect(dropped).toEqual([])
    expect(of('warning').map(({ code }) => code)).toEqual(['duplicate'])
  })

  it('tells of a wrong share that did no harm', async () => {
    const announcement = announceSum(5)
    const peers = honest(announcement)
    // A share ends with its x coordinate; a little before that is y.
    peers[0] = tampered(peers[0]!, 'Unmasking', bytes => [flipped(bytes, 5)])
    const { of, onEvent } = listen()
    const { sum, survivors } = await coordinate(announcement, peers, { onEvent }).run()
    expect([sum.get(0), sum.get(1)]).toEqual([10n, 100n])
    expect(survivors).toEqual(IDS)
    expect(of('warning')).toEqual([
      {
        type: 'warning',
        code: 'share-set-aside',
        message: expect.stringMatching(/wrong share of "\w+", held by "ann", was set aside/),
      },
    ])
  })

  it('gets no sum out of participants that were told different things', async () => {
    const announcement = announceSum(5)
    const peers = honest(announcement)
    peers[3] = participant(announceSum(5, 1, announcement.session), 'dee', [3, 30])
    expect(await rejectionOf(coordinate(announcement, peers).run())).toBeInstanceOf(AggregationAbortedError)
  })

  it('passes on what is no failure of a participant but a bug, and all have left then', async () => {
    const announcement = announceSum(5)
    const left: string[] = []
    const bug = new TypeError('undefined is not a function')
    const peers = honest(announcement).map(
      (peer): Peer => ({
        ...tampered(peer, 'ShareKeys', bytes => {
          if (peer.id === 'ben') throw bug
          return [bytes]
        }),
        leave: () => {
          left.push(peer.id)
          peer.leave()
        },
      }),
    )
    expect(await rejectionOf(coordinate(announcement, peers).run())).toBe(bug)
    expect(left).toEqual(IDS)
  })
})
