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
