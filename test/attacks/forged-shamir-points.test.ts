/**
 * A share at x = 0, where the secret lies: whoever hands it in dictates the secret. And two shares at one x, at which
 * interpolation divides by zero.
 *
 * Source: Tompa and Woll, "How to Share a Secret with Cheaters", Journal of Cryptology 1, 1988; both were found in
 * implementations in wide use by Trail of Bits, "Disclosing Shamir's Secret Sharing vulnerabilities", 2021. The package
 * that splits secrets here combines a share at x = 0 without a word, so it does not combine.
 */
import type { ClientMessage } from '../../src/secagg/messages/message.ts'
import { SHARE_BYTES } from '../../src/secagg/messages/share-keys.ts'
import { UNMASKING_ENTRY_BYTES } from '../../src/secagg/messages/unmasking.ts'
import {
  broken,
  describeAttack,
  type Guard,
  harmless,
  type Library,
  type Patch,
  stopped,
  type Verdict,
} from './support/attack.ts'
import { aggregate } from './support/run.ts'
import { attempt, Scene } from './support/scene.ts'

const MALLORY = 'peer5'

const published: Guard = {
  name: 'the check of every secret against what its owner published',
  alone: stopped('inconsistent-shares'),
  patches: [
    { file: 'server/remove-masks.ts', find: 'if (!isPublished(survival, dealer, secret)) {', replace: 'if (false) {' },
  ],
}

async function dictate(lib: Library): Promise<Verdict> {
  const wire = { up: (message: ClientMessage) => [moveToZero(message)], first: MALLORY }
  return attempt(async () => (await aggregate(new Scene(lib), wire)).verdict)
}

/** In every entry, x is the last byte. */
function moveToZero(message: ClientMessage): ClientMessage {
  if (message.type !== 'Unmasking' || message.sender !== MALLORY) return message
  const shares = message.shares.map((byte, i) => (i % UNMASKING_ENTRY_BYTES === SHARE_BYTES ? 0 : byte))
  return { ...message, shares }
}

describeAttack({
  title: 'shares at x = 0',
  run: dictate,
  honest: harmless('the sum is right, 5 shares set aside'),
  unguarded: broken('a wrong sum is accepted'),
  guards: [
    {
      name: 'the commitment to every share',
      alone: harmless('the sum is right, 5 shares set aside'),
      patches: [
        { file: 'server/unmasking.ts', find: ' || !this.#isCommitted(dealer, holder, kind, share)', replace: '' },
      ],
    },
    {
      name: 'the range of x, when a share comes in',
      alone: harmless('the sum is right, 5 shares set aside'),
      patches: [{ file: 'server/unmasking.ts', find: '!isWellFormedShare(share)', replace: 'false' }],
    },
    {
      name: 'the range of x, when shares are combined',
      alone: stopped('malformed-share'),
      patches: [{ file: 'primitives/shamir.ts', find: 'if (!isWellFormedShare(share)) {', replace: 'if (false) {' }],
    },
    published,
  ],
})

/** Mallory deals its first two neighbours one and the same share, and commits to that. */
async function dealTwice(lib: Library): Promise<Verdict> {
  const scene = new Scene(lib, {
    client: id =>
      id === MALLORY
        ? {
            split: async (secret, holders, threshold) => {
              const [first, , ...rest] = await lib.splitSecret(secret, holders, threshold)
              return [first!, first!.slice(), ...rest]
            },
          }
        : {},
  })
  return attempt(async () => (await aggregate(scene)).verdict)
}

const repeatedWhenCombined: Patch = {
  file: 'primitives/shamir.ts',
  find: 'if (seen.has(x)) throw',
  replace: 'if (false) throw',
}

describeAttack({
  title: 'two shares at one x',
  run: dealTwice,
  honest: harmless('the sum is right, 1 share set aside'),
  unguarded: broken('a wrong sum is accepted'),
  guards: [
    {
      name: 'the comparison of every x, when a share comes in',
      alone: harmless('the sum is right, 1 share set aside'),
      patches: [
        {
          file: 'server/share-collection.ts',
          find: 'if (this.#shares[i * SHARE_BYTES + SHARE_BYTES - 1] === share[SHARE_BYTES - 1]) return false',
          replace: '',
        },
      ],
    },
    {
      name: 'the comparison of every x, when shares are combined',
      alone: stopped('duplicate-share'),
      patches: [repeatedWhenCombined],
    },
    published,
  ],
})
