/**
 * Two clients encrypt their shares for one another under one key and one nonce. The server, which follows the protocol
 * and only looks, learns the XOR of the two plaintexts; each mask-key share that it is given of a client that dropped
 * out turns into one of a client that did not.
 *
 * Source: the two-time pad; RFC 8439, section 4, on what a repeated nonce gives away.
 */
import { CIPHERTEXT_BYTES, SHARE_BYTES } from '../../src/secagg/messages/share-keys.ts'
import { broken, describeAttack, harmless, type Library, type Verdict } from './support/attack.ts'
import { RogueServer } from './support/rogue-server.ts'
import { cast, Scene, VICTIM } from './support/scene.ts'

const DROPPED = ['peer1', 'peer2', 'peer3']

async function listen(lib: Library): Promise<Verdict> {
  const scene = new Scene(lib, { ids: cast(7), parameters: { threshold: 3 } })
  const server = new RogueServer(scene, (await scene.advertise()).values())
  const survivors = server.allBut(...DROPPED)
  await server.collectShareKeys()
  await server.collectInputs(survivors)
  await server.collectShares(survivors, id => server.request(id, survivors, DROPPED))
  for (const id of DROPPED) {
    const theirs = server.share(id, 'maskKey', VICTIM)!
    const pad = xor(server.ciphertext(id, VICTIM), server.ciphertext(VICTIM, id))
    server.keep(VICTIM, 'maskKey', id, xor(theirs, pad.subarray(SHARE_BYTES, 2 * SHARE_BYTES)))
  }
  return scene.verdict(await server.sumOf([VICTIM]))
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length !== b.length || a.length > CIPHERTEXT_BYTES) throw new Error('these do not belong together')
  return a.map((byte, i) => byte ^ b[i]!)
}

describeAttack({
  title: 'one share key in both directions',
  run: listen,
  honest: harmless('the attacker computes noise'),
  unguarded: broken('the input of victim is recovered'),
  guards: [
    {
      name: 'the direction in the share key',
      patches: [
        {
          file: 'primitives/kdf.ts',
          find: "return roundKey(dh, t1, 'share', [from, to], SHARE_KEY_BYTES)",
          replace: "return roundKey(dh, t1, 'share', [from, to].sort(), SHARE_KEY_BYTES)",
        },
      ],
    },
  ],
})
