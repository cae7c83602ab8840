/**
 * Somebody between server and client flips a bit in an encrypted share, or swaps the ciphertexts of two senders. The
 * receiver would hold wrong shares and hand them in.
 *
 * Source: malleability of stream ciphers; RFC 8439 adds the tag for that reason. What the receiver cannot open it does
 * not hold, and the sum does without it.
 */
import type { ServerMessage } from '../../src/secagg/messages/message.ts'
import { CIPHERTEXT_BYTES } from '../../src/secagg/messages/share-keys.ts'
import { broken, describeAttack, type Guard, harmless, type Library, stopped, type Verdict } from './support/attack.ts'
import { aggregate } from './support/run.ts'
import { Scene, VICTIM } from './support/scene.ts'

/** Garbage can by chance be no share at all (x = 0, or an x that is taken): the attacker may try again. */
const TRIES = 4

function meddle(change: (ciphertexts: Uint8Array) => Uint8Array) {
  return async (lib: Library): Promise<Verdict> => {
    const down = (id: string, message: ServerMessage) =>
      id === VICTIM && message.type === 'ShareDelivery'
        ? { ...message, ciphertexts: change(message.ciphertexts) }
        : message
    const verdicts: Verdict[] = []
    for (let i = 0; i < TRIES; i++) {
      verdicts.push((await aggregate(new Scene(lib), { down, first: VICTIM })).verdict)
    }
    return verdicts.reduce((worst, next) => (harm(next) > harm(worst) ? next : worst))
  }
}

/** Orders verdicts: a wrong sum, no sum, a sum that took effort, a sum. */
function harm(verdict: Verdict): number {
  if (verdict.result === 'broken') return 3
  if (verdict.result === 'stopped') return 2
  return Number(/(\d) shares? set aside/.exec(verdict.because)?.[1] ?? 0) / 10
}

const flipBit = meddle(ciphertexts => ciphertexts.map((byte, i) => (i === 0 ? byte ^ 1 : byte)))

const swap = meddle(ciphertexts => {
  const swapped = ciphertexts.slice()
  swapped.copyWithin(0, CIPHERTEXT_BYTES, 2 * CIPHERTEXT_BYTES)
  swapped.set(ciphertexts.subarray(0, CIPHERTEXT_BYTES), CIPHERTEXT_BYTES)
  return swapped
})

const tag: Guard = {
  name: 'the tag of a ciphertext',
  alone: harmless('the sum is right'),
  patches: [
    {
      file: 'primitives/aead.ts',
      find: 'return chacha20poly1305(key, ZERO_NONCE, aad).decrypt(ciphertext)',
      // Encrypting is decrypting, in a stream cipher without its tag.
      replace: 'return chacha20poly1305(key, ZERO_NONCE, aad).encrypt(ciphertext.subarray(0, -16)).slice(0, -16)',
    },
  ],
}

const commitments = (setAside: number): Guard => ({
  name: 'the commitment to every share',
  alone: harmless(`the sum is right, ${setAside} ${setAside === 1 ? 'share' : 'shares'} set aside`),
  patches: [{ file: 'server/unmasking.ts', find: ' || !this.#isCommitted(dealer, holder, kind, share)', replace: '' }],
})

const published: Guard = {
  name: 'the check of every secret against what its owner published',
  alone: stopped('inconsistent-shares'),
  patches: [
    { file: 'server/remove-masks.ts', find: 'if (!isPublished(survival, dealer, secret)) {', replace: 'if (false) {' },
  ],
}

describeAttack({
  title: 'a bit flipped in a ciphertext',
  run: flipBit,
  honest: harmless('the sum is right'),
  unguarded: broken('a wrong sum is accepted'),
  guards: [tag, commitments(1), published],
})

describeAttack({
  title: 'the ciphertexts of two senders swapped',
  run: swap,
  honest: harmless('the sum is right'),
  unguarded: broken('a wrong sum is accepted'),
  guards: [tag, commitments(2), published],
})
