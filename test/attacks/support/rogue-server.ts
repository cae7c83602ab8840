import type { RingVector } from '../../../src/secagg/encoding/index.ts'
import type { AdvertiseKeys } from '../../../src/secagg/messages/advertise-keys.ts'
import type { ConsistencyCheck } from '../../../src/secagg/messages/consistency-check.ts'
import type { PositionSet } from '../../../src/secagg/messages/position-set.ts'
import type { Roster, RosterEntry } from '../../../src/secagg/messages/roster.ts'
import type { ShareDelivery } from '../../../src/secagg/messages/share-delivery.ts'
import { CIPHERTEXT_BYTES, SHARE_BYTES, type ShareKeys } from '../../../src/secagg/messages/share-keys.ts'
import type { Survivors } from '../../../src/secagg/messages/survivors.ts'
import { ShareKind, UNMASKING_ENTRY_BYTES, type Unmasking } from '../../../src/secagg/messages/unmasking.ts'
import type { UnmaskingRequest } from '../../../src/secagg/messages/unmasking-request.ts'
import type { Library } from './attack.ts'
import type { KnownKeys, Scene } from './scene.ts'

type Secret = 'seed' | 'maskKey'

/**
 * A server that plays by no rules: it makes up every message that it sends, keeps everything that it gets, and computes
 * what can be computed from that. None of the shipped server's checks is in its way.
 */
export class RogueServer {
  readonly scene: Scene
  /** By position: who the server says takes part. */
  readonly entries: readonly RosterEntry[]
  readonly shareKeys = new Map<string, ShareKeys>()
  readonly masked = new Map<string, RingVector>()
  readonly confirmations = new Map<string, ConsistencyCheck>()
  readonly #lib: Library
  /** By dealer and kind. */
  readonly #shares = new Map<string, Map<string, Uint8Array>>()

  constructor(scene: Scene, advertisements: Iterable<AdvertiseKeys>) {
    this.scene = scene
    this.#lib = scene.lib
    this.entries = Array.from(advertisements, (advertisement, position) => entryOf(advertisement, position))
  }

  get ids(): string[] {
    return this.entries.map(entry => entry.id)
  }

  position(id: string): number {
    return this.entries.findIndex(entry => entry.id === id)
  }

  set(ids: Iterable<string>): PositionSet {
    return this.#lib.PositionSet.of(
      this.entries.length,
      Array.from(ids, id => this.position(id)),
    )
  }

  allBut(...ids: readonly string[]): string[] {
    return this.ids.filter(id => !ids.includes(id))
  }

  neighbours(id: string): RosterEntry[] {
    const { graph } = this.scene.parameters
    return this.#lib.neighboursOf(this.position(id), this.entries.length, graph).map(p => this.entries[p]!)
  }

  get threshold(): number {
    return this.#lib.thresholdFor(this.scene.parameters, this.neighbours(this.ids[0]!).length)
  }

  roster(id: string): Roster {
    const position = this.position(id)
    const tree = this.#tree
    const shown = [...this.neighbours(id).map(entry => entry.position), position].sort((a, b) => a - b)
    const entries = shown.map(place => this.entries[place]!)
    const { session } = this.scene
    const size = this.entries.length
    return { type: 'Roster', session, size, root: tree.root, position, entries, proof: tree.prove(shown) }
  }

  get #tree() {
    return new this.#lib.MerkleTree(this.entries.map(this.#lib.leafBytes))
  }

  /** T1 as clients compute it, who were told this roster and `context`. */
  t1(context: Uint8Array = this.scene.context): Uint8Array {
    const { session, parameters } = this.scene
    return this.#lib.rosterTranscript(session, parameters, context, this.entries.length, this.#tree.root)
  }

  /** The ciphertext that `from` sent for `to`; made up when there is none. */
  ciphertext(from: string, to: string): Uint8Array {
    const sent = this.shareKeys.get(from)
    if (sent === undefined) return this.#lib.secureRandom(CIPHERTEXT_BYTES)
    const index = this.neighbours(from).findIndex(entry => entry.id === to)
    return sent.ciphertexts.slice(index * CIPHERTEXT_BYTES, (index + 1) * CIPHERTEXT_BYTES)
  }

  /** As an honest server's; `pick` may put another ciphertext in its place. */
  delivery(
    to: string,
    sharers: readonly string[] = this.ids,
    pick: (from: string, to: string) => Uint8Array = (from, recipient) => this.ciphertext(from, recipient),
  ): ShareDelivery {
    const senders = this.neighbours(to).filter(entry => sharers.includes(entry.id))
    const ciphertexts = new Uint8Array(senders.length * CIPHERTEXT_BYTES)
    senders.forEach(({ id }, i) => {
      ciphertexts.set(pick(id, to), i * CIPHERTEXT_BYTES)
    })
    return { type: 'ShareDelivery', session: this.scene.session, sharers: this.set(sharers), ciphertexts }
  }

  survivors(ids: readonly string[]): Survivors {
    return { type: 'Survivors', session: this.scene.session, survivors: this.set(ids) }
  }

  /** Signatures are those of `to`'s neighbours among `signers`. */
  request(
    to: string,
    survivors: readonly string[],
    dropped: readonly string[],
    signers: readonly string[] = [],
  ): UnmaskingRequest {
    const signatures = this.neighbours(to)
      .filter(({ id }) => signers.includes(id) && this.confirmations.has(id))
      .map(({ id, position }) => ({ position, signature: this.confirmations.get(id)!.signature }))
    const { session } = this.scene
    const sets = { survivors: this.set(survivors), dropped: this.set(dropped) }
    return { type: 'UnmaskingRequest', session, ...sets, signatures }
  }

  async collectShareKeys(
    ids: readonly string[] = this.ids,
    rosterFor = (id: string) => this.roster(id),
  ): Promise<void> {
    const answers = await this.scene.askAll(ids, (client, id) => client.shareKeys(rosterFor(id)))
    for (const [id, message] of answers) this.shareKeys.set(id, message)
  }

  async collectInputs(
    ids: readonly string[] = this.ids,
    deliveryFor = (id: string) => this.delivery(id),
    inputFor = (id: string) => this.scene.input(id),
  ): Promise<void> {
    const answers = await this.scene.askAll(ids, (client, id) => client.maskInput(deliveryFor(id), inputFor(id)))
    for (const [id, [message]] of answers) this.masked.set(id, message!.range.clone())
  }

  async collectConfirmations(ids: readonly string[], survivorsFor: (id: string) => readonly string[]): Promise<void> {
    const answers = await this.scene.askAll(ids, (client, id) =>
      client.confirmSurvivors(this.survivors(survivorsFor(id))),
    )
    for (const [id, message] of answers) this.confirmations.set(id, message)
  }

  /** `sharers` are those that the clients were told. */
  async collectShares(
    ids: readonly string[],
    requestFor: (id: string) => UnmaskingRequest,
    sharers: readonly string[] = this.ids,
  ): Promise<void> {
    const answers = await this.scene.askAll(ids, (client, id) => client.unmask(requestFor(id)))
    for (const [id, message] of answers) this.keepShares(id, message, sharers)
  }

  keepShares(holder: string, { shares }: Unmasking, sharers: readonly string[] = this.ids): void {
    const dealers = this.neighbours(holder).filter(({ id }) => sharers.includes(id))
    // Some of the broken copies answer with more than one entry a neighbour, one run after the other.
    for (let i = 0; i * UNMASKING_ENTRY_BYTES < shares.length; i++) {
      const entry = shares.slice(i * UNMASKING_ENTRY_BYTES, (i + 1) * UNMASKING_ENTRY_BYTES)
      if (entry[0] === ShareKind.ABSENT) continue
      const secret = entry[0] === ShareKind.SELF_MASK ? 'seed' : 'maskKey'
      this.keep(dealers[i % dealers.length]!.id, secret, holder, entry.slice(1))
    }
  }

  keep(dealer: string, secret: Secret, holder: string, share: Uint8Array): void {
    const key = `${dealer}/${secret}`
    const held = this.#shares.get(key) ?? new Map<string, Uint8Array>()
    this.#shares.set(key, held.set(holder, share))
  }

  share(dealer: string, secret: Secret, holder: string): Uint8Array | undefined {
    return this.#shares.get(`${dealer}/${secret}`)?.get(holder)
  }

  /** Reads what was sent to somebody whose keys the attacker has: both shares of every dealer. */
  openSharesOf(holder: string, { encryption }: KnownKeys): void {
    const own = this.#lib.importX25519(encryption)
    for (const { id, encryptionKey } of this.neighbours(holder)) this.openShares(holder, id, own.agree(encryptionKey))
  }

  /** The same of one dealer; `shared` is what the X25519 of the two is. */
  openShares(holder: string, dealer: string, shared: Uint8Array): void {
    if (!this.shareKeys.has(dealer)) return
    const t1 = this.t1()
    const key = this.#lib.shareKey(shared, t1, dealer, holder)
    const aad = this.#lib.shareAssociatedData(t1, dealer, holder)
    const plaintext = this.#lib.open(key, this.ciphertext(dealer, holder), aad)
    if (plaintext === undefined) return
    this.keep(dealer, 'seed', holder, plaintext.slice(0, SHARE_BYTES))
    this.keep(dealer, 'maskKey', holder, plaintext.slice(SHARE_BYTES))
  }

  /** The secret, when there are shares enough for it and they are shares. */
  secret(dealer: string, secret: Secret): Uint8Array | undefined {
    const shares = [...(this.#shares.get(`${dealer}/${secret}`)?.values() ?? [])]
    if (shares.length < this.threshold) return undefined
    try {
      return this.#lib.combineShares(shares, this.threshold)
    } catch {
      return undefined
    }
  }

  /**
   * The sum of these clients' inputs alone: their masked inputs without their self-masks, and without the masks that
   * they have with anybody else; by the key of the one side or of the other. `undefined` when some secret is missing.
   */
  async sumOf(
    ids: readonly string[],
    t1: Uint8Array = this.t1(),
    sharers: readonly string[] = this.ids,
  ): Promise<RingVector | undefined> {
    const { vectorLength, modulusBits } = this.scene.parameters
    const sum = this.#lib.RingVector.zeros(vectorLength, modulusBits)
    for (const id of ids) {
      const masked = this.masked.get(id)
      const seed = this.secret(id, 'seed')
      if (masked === undefined || seed === undefined) return undefined
      sum.add(masked)
      await removeSelfMask(this.#lib, sum, id, t1, seed)
      const others = this.neighbours(id).filter(entry => sharers.includes(entry.id) && !ids.includes(entry.id))
      if (!(await this.removePairwise(sum, id, t1, others))) return undefined
    }
    return sum.reduce()
  }

  /** Takes the masks that `id` has with `peers` out of `vector`; `false` when the key of one of them is not known. */
  async removePairwise(
    vector: RingVector,
    id: string,
    t1: Uint8Array,
    peers: readonly RosterEntry[],
  ): Promise<boolean> {
    const own = this.secret(id, 'maskKey')
    for (const peer of peers) {
      const theirs = this.scene.known.get(peer.id)?.mask ?? this.secret(peer.id, 'maskKey')
      const [secret, other] = own ? [own, peer.maskKey] : [theirs, this.entries[this.position(id)]!.maskKey]
      if (secret === undefined) return false
      const shared = this.#lib.importX25519(secret).agree(other)
      await removePairwiseMask(this.#lib, vector, id, t1, peer.id, shared)
    }
    return true
  }
}

function entryOf(advertisement: AdvertiseKeys, position: number): RosterEntry {
  const { sender, encryptionKey, maskKey, credential } = advertisement
  return { position, id: sender, encryptionKey, maskKey, ...(credential && { credential }) }
}

async function removeSelfMask(
  lib: Library,
  vector: RingVector,
  id: string,
  t1: Uint8Array,
  seed: Uint8Array,
): Promise<void> {
  vector.subtract(await expandMask(lib, lib.selfMaskKey(seed, t1, id), vector))
}

async function removePairwiseMask(
  lib: Library,
  vector: RingVector,
  id: string,
  t1: Uint8Array,
  peer: string,
  shared: Uint8Array,
): Promise<void> {
  const mask = await expandMask(lib, lib.pairwiseMaskKey(shared, t1, id, peer), vector)
  if (lib.compareIds(id, peer) < 0) vector.subtract(mask)
  else vector.add(mask)
}

/** A mask of the shape of `vector`. */
export async function expandMask(lib: Library, key: Uint8Array, vector: RingVector): Promise<RingVector> {
  const mask = lib.RingVector.zeros(vector.length, vector.modulusBits)
  await lib.fillKeystream(key, 0, mask.words)
  return mask
}
