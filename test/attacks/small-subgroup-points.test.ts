/**
 * Public keys of low order, all-zero ones among them: whatever the secret key, the shared secret is zero.
 *
 * The first attack: the server shows the victim nothing but such keys, and reads all its shares. The second: a client
 * advertises one, so that all its neighbours fail.
 *
 * Source: RFC 7748, section 6.1; Cremers and Jackson, "Prime, Order Please! Revisiting Small Subgroup and Invalid Curve
 * Attacks on Protocols using Diffie-Hellman", CSF 2019. The points are those of https://cr.yp.to/ecdh.html.
 */
import type { AdvertiseKeys } from '../../src/secagg/messages/advertise-keys.ts'
import { broken, describeAttack, harmless, type Library, stopped, type Verdict } from './support/attack.ts'
import { RogueServer } from './support/rogue-server.ts'
import { aggregate } from './support/run.ts'
import { cast, Scene, VICTIM } from './support/scene.ts'

const P = (1n << 255n) - 19n

/** Orders 1 and 2, 4, 4 on the twist, 8 and 8; and 0 once more, in another encoding. All different bytes. */
const LOW_ORDER = [
  0n,
  1n,
  P - 1n,
  0xb8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0n,
  0x57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5fn,
  P,
].map(littleEndian)

function littleEndian(u: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((u >> BigInt(8 * i)) & 0xffn))
}

/** In the semi-honest model: where keys are signed, the server needs accomplices to sign these. */
async function surround(lib: Library): Promise<Verdict> {
  const scene = new Scene(lib, { ids: cast(3) })
  const real = [...(await scene.advertise()).values()]
  const shown = real.map((message, i): AdvertiseKeys => {
    if (message.sender === VICTIM) return message
    return { ...message, encryptionKey: LOW_ORDER[2 * i - 2]!, maskKey: LOW_ORDER[2 * i - 1]! }
  })
  const server = new RogueServer(scene, shown)
  await server.collectShareKeys([VICTIM])
  await server.collectInputs([VICTIM])
  const zero = new Uint8Array(32)
  for (const { id } of server.neighbours(VICTIM)) server.openShares(id, VICTIM, zero)
  return scene.verdict(await server.sumOf([VICTIM]))
}

describeAttack({
  title: 'a roster of low-order keys',
  run: surround,
  honest: stopped('invalid-key'),
  unguarded: broken('the input of victim is recovered'),
  guards: [
    {
      name: 'the check of every key in a roster',
      alone: stopped('invalid-key'),
      patches: [{ file: 'client/check-roster.ts', find: 'if (!isValidPublicKey(key)) {', replace: 'if (false) {' }],
    },
    {
      name: 'the refusal of all-zero shared secrets',
      alone: stopped('low-order-public-key'),
      patches: [
        {
          file: 'primitives/native/node.ts',
          find: 'throw lowOrderPublicKey(cause)',
          replace: 'return new Uint8Array(X25519_BYTES)',
        },
      ],
    },
  ],
})

const MALLORY = 'peer5'

async function advertiseLowOrder(lib: Library): Promise<Verdict> {
  const scene = new Scene(lib)
  const { verdict, result } = await aggregate(scene, {
    up: message =>
      message.type === 'AdvertiseKeys' && message.sender === MALLORY
        ? [{ ...message, maskKey: LOW_ORDER[0]! }]
        : [message],
  })
  return result === undefined ? broken('one client stops the aggregation') : verdict
}

describeAttack({
  title: 'a client that advertises a low-order key',
  run: advertiseLowOrder,
  honest: harmless('the sum is right'),
  unguarded: broken('one client stops the aggregation'),
  guards: [
    {
      name: "the server's check of every key that is advertised",
      patches: [
        {
          file: 'server/advertise-keys.ts',
          find: 'if (!isValidPublicKey(encryptionKey) || !isValidPublicKey(maskKey)) {',
          replace: 'if (false) {',
        },
      ],
    },
  ],
})
