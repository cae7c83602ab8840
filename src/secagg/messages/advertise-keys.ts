import { type Reader, Writer } from './codec.ts'
import { type EncodedParts, headerOnly, readOrigin, writeOrigin } from './parts.ts'

/** Client to server, round AdvertiseKeys: the two public keys of this aggregation, signed where the model asks for it. */
export interface AdvertiseKeys {
  readonly type: 'AdvertiseKeys'
  /** 32 bytes. */
  readonly session: Uint8Array
  readonly sender: string
  /** X25519, 32 bytes: the paper's c^PK. */
  readonly encryptionKey: Uint8Array
  /** X25519, 32 bytes: the paper's s^PK. */
  readonly maskKey: Uint8Array
  /** Present in the semi-malicious and malicious-server models. */
  readonly credential?: Credential
}

/** Who signed the keys: the paper's d^PK and σ. */
export interface Credential {
  /** Ed25519, 32 bytes. */
  readonly verificationKey: Uint8Array
  /** Milliseconds since 1970; the keys are not to be accepted later. */
  readonly expiry: number
  /** Ed25519, 64 bytes, over the bytes of `advertisementToSign`. */
  readonly signature: Uint8Array
}

/** Bytes of an X25519 or Ed25519 public key. */
export const KEY_BYTES = 32
/** Bytes of an Ed25519 signature. */
export const SIGNATURE_BYTES = 64

/** The part of an advertisement that the roster repeats. */
export type AdvertisedKeys = Pick<AdvertiseKeys, 'encryptionKey' | 'maskKey' | 'credential'>

export function writeAdvertisedKeys(writer: Writer, keys: AdvertisedKeys): void {
  writer.fixed(keys.encryptionKey, KEY_BYTES, 'encryptionKey')
  writer.fixed(keys.maskKey, KEY_BYTES, 'maskKey')
  writer.optional(keys.credential, credential => {
    writer.fixed(credential.verificationKey, KEY_BYTES, 'verificationKey')
    writer.u64(credential.expiry, 'expiry')
    writer.fixed(credential.signature, SIGNATURE_BYTES, 'signature')
  })
}

export function readAdvertisedKeys(reader: Reader): AdvertisedKeys {
  const encryptionKey = reader.fixed('encryptionKey', KEY_BYTES)
  const maskKey = reader.fixed('maskKey', KEY_BYTES)
  const credential = reader.optional('credential', () => ({
    verificationKey: reader.fixed('verificationKey', KEY_BYTES),
    expiry: reader.u64('expiry'),
    signature: reader.fixed('signature', SIGNATURE_BYTES),
  }))
  return { encryptionKey, maskKey, ...(credential === undefined ? {} : { credential }) }
}

/** @throws UsageError `bad-field`. */
export function encodeAdvertiseKeys(message: AdvertiseKeys): EncodedParts {
  const writer = new Writer()
  writeOrigin(writer, message)
  writeAdvertisedKeys(writer, message)
  return headerOnly(writer)
}

/** @throws DecodeError */
export function decodeAdvertiseKeys(header: Reader): AdvertiseKeys {
  return { type: 'AdvertiseKeys', ...readOrigin(header), ...readAdvertisedKeys(header) }
}
