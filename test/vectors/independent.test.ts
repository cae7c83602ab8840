import {
  createCipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  sign,
} from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/secagg/testing/index.ts'
import { fileOf } from './files.ts'

/*
 * The vectors once more, read as a second implementation would: from the JSON and docs/wire-format.md alone, with
 * OpenSSL for the primitives and nothing of this library.
 */

/** The inputs of all operations; each has some of them. */
type Texts =
  | (
      | 'secretKey'
      | 'peerPublicKey'
      | 'message'
      | 'secret'
      | 't1'
      | 'seed'
      | 'from'
      | 'to'
      | 'id'
      | 'session'
      | 'context'
    )
  | ('encryptionKey' | 'maskKey' | 'root' | 'dealer' | 'holder' | 'share' | 'key' | 'selfMaskShare' | 'maskKeyShare')
type Numbers = 'expiry' | 'size' | 'kind' | 'firstEntry' | 'modulusBits'
interface Input extends Record<Texts, string>, Record<Numbers, number> {
  ids: string[]
  leaves: string[]
  parameters: JsonObject
  sharers: Positions
  survivors: Positions
  vector: { modulusBits: number; entries: string[] }
  entries: number | string[]
}
interface Positions {
  size: number
  members: number[]
}

const unhex = (digits: string) => Buffer.from(digits, 'hex')
const be = (value: number | bigint, bytes: number) =>
  unhex(
    BigInt(value)
      .toString(16)
      .padStart(2 * bytes, '0'),
  )
const id = (text: string) => Buffer.concat([be(Buffer.byteLength(text), 1), Buffer.from(text)])
const start = (label: string) => Buffer.concat([id(`secagg ${label}`), be(1, 2)])
const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest('hex')

function derived(secret: string, label: string, t1: string, ids: readonly string[], length: number): string {
  const opaque16 = (bytes: Buffer) => Buffer.concat([be(bytes.length, 2), bytes])
  const names = ids.map(name => opaque16(Buffer.from(name)))
  const info = Buffer.concat([be(length, 2), id(`secagg v1 ${label}`), opaque16(unhex(t1)), ...names])
  return Buffer.from(hkdfSync('sha256', unhex(secret), '', info, length)).toString('hex')
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

function positionBits({ size, members }: Positions): Buffer {
  const bits = Buffer.alloc(Math.ceil(size / 8))
  for (const position of members) bits[position >> 3]! |= 1 << (position & 7)
  return bits
}

function parameterBytes(p: JsonObject): Buffer {
  const graph = p.graph as { kind: string; degree?: number }
  const models = ['semi-honest', 'semi-malicious', 'malicious-server']
  const [threshold, corrupted] = [p.threshold ?? 0, p.corrupted ?? 0] as number[]
  return Buffer.concat([
    be(models.indexOf(p.threatModel as string), 1),
    be(p.clients as number, 4),
    be(graph.kind === 'complete' ? 0 : 1, 1),
    be(graph.degree ?? 0, 4),
    be(threshold!, 4),
    be(corrupted!, 4),
    be(p.vectorLength as number, 8),
    be(p.modulusBits as number, 1),
    be((p.rangeLength ?? 2 ** 18) as number, 8),
  ])
}

function littleEndian(value: bigint, bytes: number): Buffer {
  return be(value, bytes).reverse()
}

function packed(entries: readonly string[], modulusBits: number): string {
  const number = entries.reduceRight((all, entry) => (all << BigInt(modulusBits)) | BigInt(entry), 0n)
  return littleEndian(number, Math.ceil((entries.length * modulusBits) / 8)).toString('hex')
}

function mask(key: string, firstEntry: number, entries: number, modulusBits: number): string[] {
  const width = modulusBits <= 32 ? 4 : 8
  const firstByte = BigInt(firstEntry) * BigInt(width)
  const skip = Number(firstByte % 16n)
  const cipher = createCipheriv('aes-128-ctr', unhex(key), be(firstByte / 16n, 16))
  const stream = cipher.update(Buffer.alloc(skip + entries * width)).subarray(skip)
  return Array.from({ length: entries }, (_, i) => {
    const bytes = Buffer.from(stream.subarray(i * width, (i + 1) * width)).reverse()
    return BigInt.asUintN(modulusBits, BigInt(`0x${bytes.toString('hex')}`)).toString()
  })
}

function merkleRoot(leaves: readonly Buffer[]): string {
  if (leaves.length === 1) return sha256(be(0, 1), leaves[0]!)
  const half = 2 ** Math.floor(Math.log2(leaves.length - 1))
  return sha256(be(1, 1), unhex(merkleRoot(leaves.slice(0, half))), unhex(merkleRoot(leaves.slice(half))))
}

function x25519(secretKey: string, publicKey: string): string {
  const prefix = unhex('302e020100300506032b656e04220420')
  const privateKey = createPrivateKey({ key: Buffer.concat([prefix, unhex(secretKey)]), format: 'der', type: 'pkcs8' })
  const x = unhex(publicKey).toString('base64url')
  const peer = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' })
  return diffieHellman({ privateKey, publicKey: peer }).toString('hex')
}

function chacha(key: string, plaintext: Buffer, associatedData: Buffer): string {
  const cipher = createCipheriv('chacha20-poly1305', unhex(key), Buffer.alloc(12), { authTagLength: 16 })
  cipher.setAAD(associatedData, { plaintextLength: plaintext.length })
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([ciphertext, cipher.getAuthTag()]).toString('hex')
}

/** Output fields of each operation that OpenSSL and a few lines can give. */
const SECOND: Record<string, (input: Input) => Record<string, unknown>> = {
  agree: i => ({
    publicKey: x25519(i.secretKey, `09${'00'.repeat(31)}`),
    secret: x25519(i.secretKey, i.peerPublicKey),
  }),
  sign({ secretKey, message }) {
    const der = Buffer.concat([unhex('302e020100300506032b657004220420'), unhex(secretKey)])
    return {
      signature: sign(null, unhex(message), createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).toString(
        'hex',
      ),
    }
  },
  'derive-share-key': i => ({ key: derived(i.secret, 'share', i.t1, [i.from, i.to], 32) }),
  'derive-pairwise-mask-key': i => ({
    key: derived(i.secret, 'pairwise', i.t1, [...i.ids].sort(byBytes), 16),
  }),
  'derive-self-mask-key': i => ({ key: derived(i.seed, 'self', i.t1, [i.id], 16) }),
  'seal-shares'(i) {
    const associatedData = Buffer.concat([start('share'), unhex(i.t1), id(i.from), id(i.to)])
    const shares = Buffer.concat([unhex(i.selfMaskShare), unhex(i.maskKeyShare)])
    return { associatedData: associatedData.toString('hex'), ciphertext: chacha(i.key, shares, associatedData) }
  },
  'advertisement-to-sign'(i) {
    const parameters = parameterBytes(i.parameters)
    const settled = [unhex(i.session), be(parameters.length, 2), parameters, unhex(i.context), id(i.id)]
    const bytes = [start('advertise-keys'), ...settled, unhex(i.encryptionKey), unhex(i.maskKey), be(i.expiry, 8)]
    return { bytes: Buffer.concat(bytes).toString('hex') }
  },
  t1(i) {
    const { parameters } = i
    const graph = parameters.graph as { degree?: number }
    const degree = Math.min(graph.degree ?? Number.POSITIVE_INFINITY, i.size - 1)
    const threshold = (parameters.threshold ?? (degree === 1 ? 1 : Math.floor((2 * degree) / 3) + 1)) as number
    const bytes = parameterBytes(parameters)
    const settled = [unhex(i.session), be(bytes.length, 2), bytes, unhex(i.context)]
    return { t1: sha256(start('T1'), ...settled, be(i.size, 4), be(degree, 4), be(threshold, 4), unhex(i.root)) }
  },
  t3({ t1, sharers, survivors }) {
    const t3 = sha256(start('T3'), unhex(t1), be(sharers.size, 4), positionBits(sharers), positionBits(survivors))
    return { t3, toSign: Buffer.concat([start('consistency-check'), unhex(t3)]).toString('hex') }
  },
  'masked-input-digest'({ t1, sharers, vector }) {
    const { modulusBits, entries } = vector
    const lanes = entries.map(entry => littleEndian(BigInt(entry), modulusBits <= 32 ? 4 : 8))
    return { digest: sha256(start('masked-input'), unhex(t1), be(sharers.size, 4), positionBits(sharers), ...lanes) }
  },
  'commit-share': i => ({
    commitment: sha256(
      start('share-commitment'),
      unhex(i.session),
      id(i.dealer),
      id(i.holder),
      be(i.kind, 1),
      unhex(i.share),
    ),
  }),
  'commit-seed': i => ({ commitment: sha256(start('seed-commitment'), unhex(i.session), id(i.dealer), unhex(i.seed)) }),
  'prove-leaves': i => ({ root: merkleRoot(i.leaves.map(unhex)) }),
  'expand-mask': i => ({ mask: mask(i.key, i.firstEntry, i.entries as number, i.modulusBits) }),
  pack: i => ({ bytes: packed(i.entries as string[], i.modulusBits) }),
}

describe.each(Object.entries(SECOND))('the vectors of %s', (operation, second) => {
  const vectors = fileOf('operations').cases.filter(vector => vector.operation === operation)

  it('are what a second implementation gives', () => {
    expect(vectors.length).toBeGreaterThan(0)
    for (const { name, input, output } of vectors)
      expect([name, output]).toMatchObject([name, second(input as unknown as Input)])
  })
})
