import type { PositionSet } from '../messages/position-set.ts'
import type { RosterEntry } from '../messages/roster.ts'
import type { ResolvedParameters } from '../parameters.ts'
import type { KeyPair } from '../primitives/key-agreement.ts'
import type { RandomSource } from '../primitives/random.ts'
import type { SecretSplitter } from '../primitives/shamir.ts'
import type { Identity } from '../primitives/signature.ts'
import type { ClientPolicy } from './policy.ts'
import type { SignatureVerifier } from './setup.ts'

/** What a client knows before the first round, and never changes. */
export interface ClientSetup {
  readonly id: string
  readonly session: Uint8Array
  readonly parameters: ResolvedParameters
  readonly context: Uint8Array
  readonly policy: ClientPolicy
  readonly identity: Identity | undefined
  /** The identity, when it was made for this aggregation and dies with it. */
  readonly freshIdentity: Identity | undefined
  readonly knownKeys: ReadonlyMap<string, Uint8Array> | undefined
  readonly random: RandomSource
  readonly split: SecretSplitter
  readonly verify: SignatureVerifier
  readonly now: () => number
}

/** After AdvertiseKeys: the two key pairs of this aggregation. */
export interface Advertised {
  readonly name: 'advertised'
  readonly encryption: KeyPair
  readonly mask: KeyPair
}

/** A neighbour, and the X25519 output of both encryption keys, from which the two directed share keys derive. */
export interface Neighbour extends RosterEntry {
  readonly shareSecret: Uint8Array
}

/** After ShareKeys: everything that masking needs. */
export interface Shared {
  readonly name: 'shared'
  readonly mask: KeyPair
  /** The paper's b. */
  readonly selfMaskSeed: Uint8Array
  readonly t1: Uint8Array
  readonly size: number
  readonly position: number
  readonly threshold: number
  /** By ascending position. */
  readonly neighbours: readonly Neighbour[]
}

/** Both shares that this client holds of one neighbour. */
export interface HeldShares {
  readonly selfMask: Uint8Array
  readonly maskKey: Uint8Array
}

/** After MaskedInputCollection: the keys are gone, only the neighbours' shares are left. */
export interface Masked {
  readonly name: 'masked'
  readonly t1: Uint8Array
  readonly position: number
  readonly threshold: number
  /** U2. */
  readonly sharers: PositionSet
  /** The neighbours in U2, by ascending position; `held` is absent when the ciphertext did not open. */
  readonly neighbours: readonly { readonly entry: RosterEntry; readonly held: HeldShares | undefined }[]
}

/** After ConsistencyCheck: one survivor set is signed, and no other will be unmasked. */
export interface Confirmed extends Omit<Masked, 'name'> {
  readonly name: 'confirmed'
  /** U3. */
  readonly survivors: PositionSet
  readonly t3: Uint8Array
}

/** A state is consumed by the method that leaves it; `busy` stands in while that method runs. */
export type ClientState =
  | { readonly name: 'ready' }
  | Advertised
  | Shared
  | Masked
  | Confirmed
  | { readonly name: 'busy' }
  | { readonly name: 'finished'; readonly why: string }
