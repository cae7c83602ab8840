import { PositionSet, RingVector } from 'secagg/secagg'
import { seededRandom } from 'secagg/testing'
import { neighboursOf } from '../../dist/secagg/graph/index.js'
import { leafBytes } from '../../dist/secagg/messages/roster.js'
import { MerkleTree } from '../../dist/secagg/primitives/merkle.js'

const random = seededRandom('test vectors')

/** Bytes that look random, the same for the same label. */
export const bytesOf = (label, length = 32) => random.fork(label)(length)

export const hex = bytes => Buffer.from(bytes).toString('hex')
export const unhex = digits => new Uint8Array(Buffer.from(digits, 'hex'))
export const ascii = text => new TextEncoder().encode(text)
export const join = (...parts) => Uint8Array.from(parts.flatMap(part => [...part]))

/** A big-endian integer. */
export const be = (value, bytes) =>
  Uint8Array.from({ length: bytes }, (_, i) => Number((BigInt(value) >> BigInt(8 * (bytes - 1 - i))) & 0xffn))

/** Limits that no sample exceeds. */
export const WIDE = { clients: 1000, neighbours: 255, vectorLength: 2 ** 40, modulusBits: 62 }

/** Ids that a careless implementation gets wrong. */
export const IDS = ['a', 'Zoë', '测试', '😀', '\ufeffbot', '\0', '\u{10ffff}', 'x'.repeat(64), '\uffff']

export const positions = (size, ...members) => PositionSet.of(size, members)

/** Uniform entries modulo 2^b, the first two at the ends of the ring. */
export function vectorOf(label, length, modulusBits) {
  const vector = RingVector.zeros(length, modulusBits)
  const view = new DataView(bytesOf(label, 8 * length).buffer)
  for (let i = 0; i < length; i++) vector.set(i, i === 0 ? -1n : i === 1 ? 0n : view.getBigUint64(8 * i))
  return vector
}

export function credentialOf(label, expiry = 1_700_000_000_000) {
  return { verificationKey: bytesOf(`${label} verification`), expiry, signature: bytesOf(`${label} signature`, 64) }
}

export function entryOf(position, id, signed) {
  const keys = { encryptionKey: bytesOf(`${id} encryption`), maskKey: bytesOf(`${id} mask`) }
  return { position, id, ...keys, ...(signed && { credential: credentialOf(id) }) }
}

/** The roster for `position` of a cohort of `size` on `graph`, with its true root and proof. */
export function rosterOf(size, graph, position, signed) {
  const all = Array.from({ length: size }, (_, i) => entryOf(i, `client-${i}`, signed))
  const shown = size === 1 ? [0] : [...neighboursOf(position, size, graph), position].sort((a, b) => a - b)
  const tree = new MerkleTree(all.map(leafBytes))
  return {
    type: 'Roster',
    session: bytesOf('session'),
    size,
    root: tree.root,
    position,
    entries: shown.map(place => all[place]),
    proof: tree.prove(shown),
  }
}
