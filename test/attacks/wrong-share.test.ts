/**
 * Corrupted clients hand in shares that are not the ones they were dealt. One wrong share in t changes the secret, and
 * the sum with it.
 *
 * Source: McEliece and Sarwate, "On Sharing Secrets and Reed-Solomon Codes", CACM 24(9), 1981; Tompa and Woll, "How to
 * Share a Secret with Cheaters", Journal of Cryptology 1, 1988.
 */
import { describe, expect, it } from 'vitest'
import type { ClientMessage } from '../../src/secagg/messages/message.ts'
import { UNMASKING_ENTRY_BYTES } from '../../src/secagg/messages/unmasking.ts'
import { broken, describeAttack, type Guard, harmless, type Library, stopped, type Verdict } from './support/attack.ts'
import * as honest from './support/library.ts'
import { aggregate } from './support/run.ts'
import { Scene } from './support/scene.ts'

function cheat(cheaters: readonly string[]) {
  return async (lib: Library): Promise<Verdict> => {
    const wire = { up: (message: ClientMessage) => [spoil(message, cheaters)], first: cheaters[0]! }
    return (await aggregate(new Scene(lib), wire)).verdict
  }
}

/** Flips a bit of every share. */
function spoil(message: ClientMessage, cheaters: readonly string[]): ClientMessage {
  if (message.type !== 'Unmasking' || !cheaters.includes(message.sender)) return message
  return { ...message, shares: message.shares.map((byte, i) => (i % UNMASKING_ENTRY_BYTES === 1 ? byte ^ 1 : byte)) }
}

const commitments: Guard = {
  name: 'the commitment to every share',
  alone: harmless('the sum is right, 5 shares set aside'),
  patches: [{ file: 'server/unmasking.ts', find: ' || !this.#isCommitted(dealer, holder, kind, share)', replace: '' }],
}

const published: Guard = {
  name: 'the check of every secret against what its owner published',
  alone: stopped('inconsistent-shares'),
  patches: [
    { file: 'server/remove-masks.ts', find: 'if (!isPublished(survival, dealer, secret)) {', replace: 'if (false) {' },
  ],
}

describeAttack({
  title: 'wrong shares of one client, where four of five are enough',
  run: cheat(['peer5']),
  honest: harmless('the sum is right, 5 shares set aside'),
  unguarded: broken('a wrong sum is accepted'),
  guards: [commitments, published],
})

describeAttack({
  title: 'wrong shares of two clients, where three good ones are too few',
  run: cheat(['peer4', 'peer5']),
  honest: stopped('too-few-shares'),
  unguarded: broken('a wrong sum is accepted'),
  guards: [{ ...commitments, alone: stopped('too-few-shares') }, published],
})

describe('a dealer whose shares are of no one secret', () => {
  it('can stop the aggregation, which says whose shares they were: what a commitment to each share cannot prevent', async () => {
    const dealer = 'peer5'
    const scene = new Scene(honest, {
      client: id => (id === dealer ? { split: async (_secret, holders, t) => dealNoise(holders, t) } : {}),
    })
    const { verdict, detail } = await aggregate(scene)
    expect(verdict).toEqual(stopped('inconsistent-shares'))
    expect(detail).toContain(`"${dealer}"`)
  })
})

/** Each share of another secret. */
async function dealNoise(holders: number, threshold: number): Promise<Uint8Array[]> {
  const deals = Array.from({ length: holders }, () => honest.splitSecret(honest.secureRandom(32), holders, threshold))
  const shares = (await Promise.all(deals)).map((deal, i) => deal[i]!)
  // Every x is different, or the shares would give themselves away one by one.
  return shares.map((share, i) => share.with(32, i + 1))
}
