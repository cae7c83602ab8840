import type { AdvertiseKeys, Credential } from '../messages/advertise-keys.ts'
import { generateKeyPair } from '../primitives/key-agreement.ts'
import { sign } from '../primitives/signature.ts'
import { advertisementToSign } from '../transcript.ts'
import type { Advertised, ClientSetup } from './state.ts'

/** Round AdvertiseKeys (Bonawitz et al., figure 4, round 0): two fresh key pairs, signed where the model asks for it. */
export function advertiseKeys(setup: ClientSetup): [Advertised, AdvertiseKeys] {
  const encryption = generateKeyPair(setup.random)
  const mask = generateKeyPair(setup.random)
  const keys = {
    type: 'AdvertiseKeys',
    session: setup.session,
    sender: setup.id,
    encryptionKey: encryption.publicKey,
    maskKey: mask.publicKey,
  } as const
  const credential = signAdvertisement(setup, keys)
  return [{ name: 'advertised', encryption, mask }, credential === undefined ? keys : { ...keys, credential }]
}

function signAdvertisement(setup: ClientSetup, keys: Omit<AdvertiseKeys, 'credential'>): Credential | undefined {
  if (setup.identity === undefined) return undefined
  const expiry = setup.now() + setup.policy.keyLifetime
  const bytes = advertisementToSign(keys, setup.id, expiry, setup.parameters, setup.context)
  return {
    verificationKey: setup.identity.publicKey,
    expiry,
    signature: sign(setup.identity.secretKey, bytes),
  }
}
