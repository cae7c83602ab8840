/**
 * A client sends its neighbour a ciphertext that does not open, so that the neighbour gives up and its input is missing
 * from the sum; and one whose plaintext is no pair of shares.
 *
 * Source: Bonawitz et al., CCS 2017, figure 4, round 4, has a client abort when a decryption fails; with that, any
 * client silences any other. Here the receiver goes on and reports that it holds no share.
 */
import type { ClientMessage } from '../../src/secagg/messages/message.ts'
import { CIPHERTEXT_BYTES } from '../../src/secagg/messages/share-keys.ts'
import { broken, describeAttack, harmless, type Library, type Verdict } from './support/attack.ts'
import { aggregate } from './support/run.ts'
import { Scene } from './support/scene.ts'

const MALLORY = 'peer5'

async function spoilOneCiphertext(lib: Library): Promise<Verdict> {
  const scene = new Scene(lib)
  const { verdict, result } = await aggregate(scene, { up: message => [spoil(message)] })
  const missing = scene.ids.filter(id => !result?.survivors.includes(id))
  return missing.length === 0 ? verdict : broken(`${missing.length} client is kept out of the sum`)
}

/** Only the one for its first neighbour: the others must be able to unmask Mallory. */
function spoil(message: ClientMessage): ClientMessage {
  if (message.type !== 'ShareKeys' || message.sender !== MALLORY) return message
  return { ...message, ciphertexts: message.ciphertexts.map((byte, i) => (i < CIPHERTEXT_BYTES ? byte ^ 1 : byte)) }
}

describeAttack({
  title: 'a ciphertext that does not open',
  run: spoilOneCiphertext,
  honest: harmless('the sum is right'),
  unguarded: broken('1 client is kept out of the sum'),
  guards: [
    {
      name: 'going on without the share',
      patches: [
        {
          file: 'client/mask-input.ts',
          find: 'if (plaintext === undefined) return undefined',
          replace:
            "if (plaintext === undefined) throw Object.assign(new Error(), { name: 'RefusalError', code: 'unopenable' })",
        },
      ],
    },
  ],
})
