import { sha256 } from '#native'
import { encodeInput, planEncoding, RingVector } from '../encoding/index.ts'
import { neighboursOf } from '../graph/index.ts'
import { decodeClientMessage, decodeServerMessage, encodeMessage } from '../messages/frame.ts'
import type { MaskedInput } from '../messages/masked-input.ts'
import { leafBytes, type Roster, type RosterEntry } from '../messages/roster.ts'
import { SHARE_BYTES } from '../messages/share-keys.ts'
import { ShareKind } from '../messages/unmasking.ts'
import { open, seal } from '../primitives/aead.ts'
import { pairwiseMaskKey } from '../primitives/kdf.ts'
import { generateKeyPair, importX25519, isValidPublicKey } from '../primitives/key-agreement.ts'
import { MerkleTree } from '../primitives/merkle.ts'
import { addKeystreams } from '../primitives/prg.ts'
import { secureRandom } from '../primitives/random.ts'
import { combineShares, splitSecret } from '../primitives/shamir.ts'
import { generateIdentity, sign, verify } from '../primitives/signature.ts'
import { fillNoise } from '../privacy/noise.ts'
import { shareAssociatedData, shareCommitment } from '../transcript.ts'
import type { Operation } from './operations.ts'
import type { AggregationPlan } from './plan.ts'
import { rosterProofHashes } from './proof-size.ts'
import { LARGEST_AGGREGATION } from './ring.ts'

/** Something to repeat, and how many operations one repetition is. */
export interface Workload {
  readonly units: number
  run(): unknown
}

/** Entries of the vectors that are worked on: 1 MiB, more than the caches nearest to the processor hold. */
const ENTRIES = 2 ** 18
const COORDINATES = 2 ** 16
const MASKS = 8
const SAMPLES = 2048
/** As in the encoding: wider noise is drawn in 64 bits. */
const MOST_NARROW_VARIANCE = 2 ** 48
const LISTS = 100
/** Of the Merkle tree that proofs are taken from: a larger one costs time to grow, and its proofs a few steps more. */
const MOST_LEAVES = 1024

const IDS = ['9f1c2d7e-5a60-4b0f-8d3e-6c1b7a2f4e90', 'b2a87c14-0e3d-4c59-9a77-d05e8f31c6ab'] as const

/** Every operation, done by the functions that do it in an aggregation with this plan. */
export async function workloads(plan: AggregationPlan): Promise<Record<Operation, Workload>> {
  const withoutVector = { ...keyWork(), ...signatureWork(), ...(await shareWork(plan)), ...rosterWork(plan) }
  return { ...withoutVector, ...vectorWork(plan), ...encodingWork(plan) }
}

function keyWork(): Pick<Record<Operation, Workload>, 'keyPairs' | 'agreements' | 'derivations'> {
  const own = importX25519(secureRandom(32))
  const peer = generateKeyPair(secureRandom).publicKey
  const [secret, t1] = [own.agree(peer), secureRandom(32)]
  return {
    keyPairs: { units: 1, run: () => generateKeyPair(secureRandom) },
    agreements: { units: 1, run: () => own.agree(peer) },
    derivations: { units: 1, run: () => pairwiseMaskKey(secret, t1, ...IDS) },
  }
}

function signatureWork(): Pick<Record<Operation, Workload>, 'identities' | 'signatures' | 'verifications'> {
  const { secretKey, publicKey } = generateIdentity(secureRandom)
  const message = secureRandom(200)
  const signature = sign(secretKey, message)
  return {
    identities: { units: 1, run: () => generateIdentity(secureRandom) },
    signatures: { units: 1, run: () => sign(secretKey, message) },
    verifications: { units: 1, run: () => verify(publicKey, message, signature) },
  }
}

type ShareOperation = 'splits' | 'combines' | 'seals' | 'opens' | 'commitments'

async function shareWork({
  degree,
  threshold,
}: AggregationPlan): Promise<Pick<Record<Operation, Workload>, ShareOperation>> {
  const [secret, key, session] = [secureRandom(32), secureRandom(32), secureRandom(32)]
  const shares = await splitSecret(secret, degree, threshold)
  const plaintext = secureRandom(2 * SHARE_BYTES)
  const associated = () => shareAssociatedData(session, ...IDS)
  const ciphertext = seal(key, plaintext, associated())
  return {
    splits: { units: 1, run: () => splitSecret(secret, degree, threshold) },
    combines: { units: 1, run: () => combineShares(shares, threshold) },
    seals: { units: 1, run: () => seal(key, plaintext, associated()) },
    opens: { units: 1, run: () => open(key, ciphertext, associated()) },
    commitments: { units: 1, run: () => shareCommitment(session, ...IDS, ShareKind.MASK_KEY, shares[0]!) },
  }
}

type RosterOperation = 'messages' | 'entriesSent' | 'entriesChecked' | 'neighbourLists'

function rosterWork(plan: AggregationPlan): Pick<Record<Operation, Workload>, RosterOperation> {
  const { degree, graph, clients } = plan
  const roster = sampleRoster(plan)
  const bytes = encodeMessage(roster)
  const limits = { clients, neighbours: degree, vectorLength: 0, modulusBits: 1 }
  const check = () => {
    const { entries } = decodeServerMessage(bytes, limits) as Roster
    for (const entry of entries) {
      for (const key of [entry.encryptionKey, entry.maskKey]) isValidPublicKey(key)
      sha256(leafBytes(entry))
    }
  }
  const list = () => {
    for (let i = 0; i < LISTS; i++) neighboursOf(i % clients, clients, graph)
  }
  const confirmation = {
    type: 'ConsistencyCheck',
    session: roster.session,
    sender: IDS[0],
    signature: secureRandom(64),
  } as const
  const tree = new MerkleTree(Array.from({ length: Math.min(clients, MOST_LEAVES) }, () => roster.root))
  const shown = roster.entries.map(({ position }) => position)
  return {
    messages: { units: 2, run: () => decodeClientMessage(encodeMessage(confirmation), limits) },
    entriesSent: { units: degree + 1, run: () => [tree.prove(shown), encodeMessage(roster)] },
    entriesChecked: { units: degree + 1, run: check },
    neighbourLists: { units: LISTS, run: list },
  }
}

/** A roster with keys that nobody has. Nothing is verified against them. */
function sampleRoster({ clients, degree, graph, threatModel, idBytes }: AggregationPlan): Roster {
  const key = () => secureRandom(32).map((byte, i) => (i === 31 ? byte & 0x7f : byte))
  const credential = { verificationKey: key(), expiry: 0, signature: secureRandom(64) }
  const entries = Array.from({ length: degree + 1 }, (_, position): RosterEntry => {
    const keys = { position, id: 'x'.repeat(idBytes), encryptionKey: key(), maskKey: key() }
    return threatModel === 'semi-honest' ? keys : { ...keys, credential }
  })
  const proof = Array.from({ length: rosterProofHashes(0, clients, graph) }, () => secureRandom(32))
  return {
    type: 'Roster',
    session: secureRandom(32),
    size: clients,
    root: secureRandom(32),
    position: 0,
    entries,
    proof,
  }
}

type VectorOperation = 'wordsMasked' | 'wordsDigested' | 'entriesPacked' | 'entriesAdded'

function vectorWork({ modulusBits, lanes }: AggregationPlan): Pick<Record<Operation, Workload>, VectorOperation> {
  const random = () => {
    const vector = RingVector.zeros(ENTRIES, modulusBits)
    for (let i = 0; i < vector.words.length; i++) vector.words[i] = Math.imul(i + 1, 0x9e3779b1)
    return vector.reduce()
  }
  const [vector, staged, sum] = [random(), random(), random()]
  const words = ENTRIES * lanes
  const masks = Array.from(
    { length: MASKS },
    (_, i) => ({ key: secureRandom(16), sign: i % 2 === 0 ? 1 : -1 }) as const,
  )
  const message: MaskedInput = {
    type: 'MaskedInput',
    session: secureRandom(32),
    sender: IDS[0],
    vectorLength: ENTRIES,
    firstEntry: 0,
    digest: secureRandom(32),
    range: vector,
  }
  const bytes = encodeMessage(message)
  const limits = { clients: 2, neighbours: 1, vectorLength: ENTRIES, modulusBits }
  const take = () => {
    const { range } = decodeClientMessage(bytes, limits) as MaskedInput
    staged.words.set(range.words)
    sum.add(staged)
  }
  return {
    wordsMasked: { units: MASKS * words, run: () => addKeystreams(masks, 0, sum.words, lanes) },
    wordsDigested: { units: words, run: () => sha256(vector.bytes()) },
    entriesPacked: { units: ENTRIES, run: () => encodeMessage(message) },
    entriesAdded: { units: ENTRIES, run: take },
  }
}

type EncodingOperation = 'coordinatesEncoded' | 'noiseSamples'

function encodingWork({ clients, bits, noise }: AggregationPlan): Pick<Record<Operation, Workload>, EncodingOperation> {
  const encoding = planEncoding({
    kind: 'mean',
    clients: Math.min(clients, LARGEST_AGGREGATION),
    dimension: COORDINATES,
    bits,
    clip: { kind: 'coordinate', bound: 1 },
    weightBound: 1,
    metrics: [],
  })
  const narrow = (noise?.perClientVariance ?? 0) <= MOST_NARROW_VARIANCE
  const samples = narrow ? new Int32Array(SAMPLES) : new BigInt64Array(SAMPLES)
  const values = Float32Array.from({ length: COORDINATES }, (_, i) => Math.sin(i))
  return {
    coordinatesEncoded: {
      units: COORDINATES,
      run: () => encodeInput(encoding, { values, weight: 1 }, secureRandom(16)),
    },
    noiseSamples: {
      units: SAMPLES,
      run: () =>
        noise && fillNoise(samples, { kind: noise.mechanism, variance: noise.perClientVariance }, secureRandom),
    },
  }
}
