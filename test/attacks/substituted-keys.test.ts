/**
 * The server stands between the victim and everybody else: the roster that it shows the victim holds keys of its own.
 *
 * Source: Bonawitz et al., CCS 2017, section 6.2: without a public-key infrastructure a malicious server simulates all
 * other clients to the one whose input it wants. The list of known keys comes from the operator, not from the server.
 */
import type { AdvertiseKeys } from '../../src/secagg/messages/advertise-keys.ts'
import type { Identity } from '../../src/secagg/primitives/signature.ts'
import { broken, describeAttack, type Library, stopped, type Verdict } from './support/attack.ts'
import { RogueServer } from './support/rogue-server.ts'
import { Scene, VICTIM } from './support/scene.ts'

/** Makes up what stands in a peer's place; the attacker knows the keys. */
type Forgery = (scene: Scene, real: AdvertiseKeys) => AdvertiseKeys

function surround(forge: Forgery) {
  return async (lib: Library): Promise<Verdict> => {
    const scene = new Scene(lib, { parameters: { threatModel: 'malicious-server' } })
    const advertisements = await scene.advertise()
    const shown = Array.from(advertisements.values(), real => (real.sender === VICTIM ? real : forge(scene, real)))
    const server = new RogueServer(scene, shown)
    await server.collectShareKeys([VICTIM])
    await server.collectInputs([VICTIM])
    if (server.shareKeys.has(VICTIM)) {
      for (const { id } of server.neighbours(VICTIM)) server.openSharesOf(id, scene.known.get(id)!)
    }
    return scene.verdict(await server.sumOf([VICTIM]))
  }
}

/** An advertisement with keys of the attacker, in the name of `id`. */
function ownKeysAs({ lib, known }: Scene, id: string, real: AdvertiseKeys): AdvertiseKeys {
  const encryption = lib.generateKeyPair(lib.secureRandom)
  const mask = lib.generateKeyPair(lib.secureRandom)
  known.set(id, { encryption: encryption.secretKey, mask: mask.secretKey })
  return { ...real, sender: id, encryptionKey: encryption.publicKey, maskKey: mask.publicKey }
}

function signedBy(identity: Identity, scene: Scene, message: AdvertiseKeys): AdvertiseKeys {
  const { lib, parameters, context } = scene
  const { expiry } = message.credential!
  const bytes = lib.advertisementToSign(message, message.sender, expiry, parameters, context)
  const signature = lib.sign(identity.secretKey, bytes)
  return { ...message, credential: { verificationKey: identity.publicKey, expiry, signature } }
}

const knownKeysGuard = {
  name: 'the list of known keys',
  patches: [{ file: 'client/check-roster.ts', find: 'if (knownKeys !== undefined) {', replace: 'if (false) {' }],
}

describeAttack({
  title: 'keys of the server, signed with an identity that it made up',
  run: surround((scene, real) => {
    const identity = scene.lib.generateIdentity(scene.lib.secureRandom)
    return signedBy(identity, scene, ownKeysAs(scene, real.sender, real))
  }),
  honest: stopped('wrong-identity'),
  unguarded: broken('the input of victim is recovered'),
  guards: [{ ...knownKeysGuard, alone: stopped('wrong-identity') }],
})

describeAttack({
  title: 'clients that nobody knows, with keys of the server',
  run: surround((scene, real) => {
    const identity = scene.lib.generateIdentity(scene.lib.secureRandom)
    return signedBy(identity, scene, ownKeysAs(scene, `sybil of ${real.sender}`, real))
  }),
  honest: stopped('unknown-identity'),
  unguarded: broken('the input of victim is recovered'),
  guards: [{ ...knownKeysGuard, alone: stopped('unknown-identity') }],
})

describeAttack({
  title: 'keys of the server under the identity and the signature of the real client',
  run: surround((scene, real) => ownKeysAs(scene, real.sender, real)),
  honest: stopped('bad-signature'),
  unguarded: broken('the input of victim is recovered'),
  guards: [
    {
      name: 'the signature over the keys',
      patches: [
        {
          file: 'client/check-roster.ts',
          find: 'if (!setup.verify(credential.verificationKey, bytes, credential.signature)) {',
          replace: 'if (false) {',
        },
      ],
    },
  ],
})
