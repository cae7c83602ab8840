import { entriesOf } from '../../dist/secagg/testing/vectors/json.js'
import { runOperation } from '../../dist/secagg/testing/vectors/operations.js'
import { MIXED_ORDER, RFC_7748, RFC_8032 } from './published.mjs'
import { bytesOf, credentialOf, hex, vectorOf } from './samples.mjs'

export const key = label => hex(bytesOf(label))
export const T1 = key('t1')
export const HARARY = {
  threatModel: 'semi-malicious',
  clients: 1000,
  graph: { kind: 'harary', degree: 20 },
  threshold: 15,
  corrupted: 3,
  vectorLength: 1_663_370,
  modulusBits: 24,
  rangeLength: 65_536,
}
export const COMPLETE = {
  threatModel: 'semi-honest',
  clients: 10,
  graph: { kind: 'complete' },
  vectorLength: 5,
  modulusBits: 40,
}
const MALICIOUS = { ...COMPLETE, threatModel: 'malicious-server', threshold: 7, corrupted: 2 }

/** Shares of a secret at x = 1, 2, …: threshold 1 is the secret itself, threshold 2 a line in GF(256). */
const SHARES = {
  secret: bytesOf('shared secret'),
  slope: bytesOf('slope'),
  at(x) {
    return hex([...this.secret.map((byte, i) => byte ^ multiply(this.slope[i], x)), x])
  },
}

/** In GF(256) modulo x^8 + x^4 + x^3 + x + 1. */
function multiply(a, b) {
  let product = 0
  for (let bit = 0; bit < 8; bit++) {
    if ((b >> bit) & 1) product ^= a
    a = (a << 1) ^ (a & 0x80 ? 0x11b : 0)
  }
  return product
}

export const shareAt = x => SHARES.at(x)
export const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
]
const narrow = (length, modulusBits) => ({
  modulusBits,
  entries: entriesOf(vectorOf(`entries ${modulusBits}`, length, modulusBits)),
})
const set = (size, ...members) => ({ size, members })

const KEYS = [
  ...RFC_7748.map(([secretKey, peerPublicKey], i) => [
    'agree',
    `RFC 7748, section 6.1, ${i + 1}`,
    { secretKey, peerPublicKey },
  ]),
  ['agree', 'with a secret key whose fixed bits are not set', { secretKey: key('x'), peerPublicKey: RFC_7748[0][1] }],
  ['accept-public-key', 'a public key', { publicKey: RFC_7748[0][1] }],
  ['accept-public-key', 'the base point', { publicKey: `09${'00'.repeat(31)}` }],
  [
    'accept-public-key',
    'the largest canonical encoding that is not of low order',
    { publicKey: `eb${'ff'.repeat(30)}7f` },
  ],
  ['derive-share-key', 'from ann to bob', { secret: key('dh'), t1: T1, from: 'ann', to: 'bob' }],
  ['derive-share-key', 'from bob to ann: another key', { secret: key('dh'), t1: T1, from: 'bob', to: 'ann' }],
  ['derive-share-key', 'under another roster', { secret: key('dh'), t1: key('other t1'), from: 'ann', to: 'bob' }],
  ['derive-share-key', 'ids beyond ASCII', { secret: key('dh'), t1: T1, from: 'Zoë', to: '😀' }],
  ['derive-pairwise-mask-key', 'of ann and bob', { secret: key('dh'), t1: T1, ids: ['ann', 'bob'] }],
  ['derive-pairwise-mask-key', 'of bob and ann: the same key', { secret: key('dh'), t1: T1, ids: ['bob', 'ann'] }],
  [
    'derive-pairwise-mask-key',
    'ids that UTF-16 orders otherwise',
    { secret: key('dh'), t1: T1, ids: ['😀', '\uffff'] },
  ],
  ['derive-pairwise-mask-key', 'an id that starts with the other', { secret: key('dh'), t1: T1, ids: ['anna', 'ann'] }],
  ['derive-self-mask-key', 'of ann', { seed: key('seed'), t1: T1, id: 'ann' }],
  ['derive-self-mask-key', 'of an id beyond ASCII', { seed: key('seed'), t1: T1, id: '测试' }],
  ...RFC_8032.map(([secretKey, , message], i) => [
    'sign',
    `RFC 8032, section 7.1, test ${i + 1}`,
    { secretKey, message },
  ]),
  ...RFC_8032.map(([, publicKey, message, signature], i) => [
    'verify-signature',
    `RFC 8032, section 7.1, test ${i + 1}`,
    { publicKey, message, signature },
  ]),
  ...MIXED_ORDER.map(([name, message, publicKey, signature]) => [
    'verify-signature',
    name,
    { publicKey, message, signature },
  ]),
  ['seal-shares', 'from ann to bob', sharesFrom('ann', 'bob')],
  ['seal-shares', 'ids beyond ASCII', sharesFrom('Zoë', '😀')],
  ['open-shares', 'from ann to bob', openFrom('ann', 'bob')],
  ['combine-shares', 'two of two', { shares: [shareAt(1), shareAt(2)], threshold: 2 }],
  ['combine-shares', 'two others, in another order', { shares: [shareAt(255), shareAt(7)], threshold: 2 }],
  ['combine-shares', 'one more than needed', { shares: [shareAt(3), shareAt(4), shareAt(5)], threshold: 2 }],
  ['combine-shares', 'the share of a cohort of two', { shares: [hex([...SHARES.secret, 1])], threshold: 1 }],
]

function sharesFrom(from, to) {
  return { key: key('share key'), t1: T1, from, to, selfMaskShare: shareAt(3), maskKeyShare: shareAt(4) }
}

/** All but the ciphertext, which {@link sealed} gives. */
export function openFrom(from, to) {
  return { key: key('share key'), t1: T1, from, to }
}

const advertisement = {
  session: key('session'),
  context: key('context'),
  encryptionKey: key('encryption'),
  maskKey: key('mask'),
}
const settled = { session: key('session'), context: key('context'), root: key('root') }
const u2 = set(10, 0, 1, 2, 9)

const TRANSCRIPTS = [
  [
    'advertisement-to-sign',
    'a Harary graph',
    { ...advertisement, id: 'bob', expiry: 1_700_000_000_000, parameters: HARARY },
  ],
  ['advertisement-to-sign', 'the complete graph', { ...advertisement, id: '😀', expiry: 0, parameters: COMPLETE }],
  ['t1', 'a Harary graph', { ...settled, parameters: HARARY, size: 800 }],
  ['t1', 'a Harary graph that a small roster makes complete', { ...settled, parameters: HARARY, size: 19 }],
  ['t1', 'the complete graph, with the default threshold', { ...settled, parameters: COMPLETE, size: 9 }],
  ['t1', 'two clients', { ...settled, parameters: COMPLETE, size: 2 }],
  ['t1', 'a malicious server', { ...settled, parameters: MALICIOUS, size: 10 }],
  ['t3', 'one dropout', { t1: T1, sharers: u2, survivors: set(10, 1, 2, 9) }],
  ['t3', 'no dropout', { t1: T1, sharers: u2, survivors: u2 }],
  ...[12, 32, 33, 62].map(b => ['masked-input-digest', `modulo 2^${b}`, { t1: T1, sharers: u2, vector: narrow(4, b) }]),
  ['masked-input-digest', 'no entries', { t1: T1, sharers: u2, vector: { modulusBits: 8, entries: [] } }],
  ...[1, 2].map(kind => [
    'commit-share',
    `kind ${kind}`,
    { session: key('session'), dealer: 'bob', holder: 'Zoë', kind, share: shareAt(9) },
  ]),
  ['commit-seed', 'by bob', { session: key('session'), dealer: 'bob', seed: key('seed') }],
]

const entry = { position: 3, id: 'Zoë', encryptionKey: key('encryption'), maskKey: key('mask') }
const credential = Object.fromEntries(
  Object.entries(credentialOf('Zoë')).map(([name, value]) => [name, typeof value === 'number' ? value : hex(value)]),
)
const ids = ['dave', 'ann', '😀', '\uffff', 'bob', 'carol']

const ROSTER = [
  ['deal-positions', 'six clients', { ids, seed: key('graph seed') }],
  [
    'deal-positions',
    'the same clients in another order: the same places',
    { ids: [...ids].sort(), seed: key('graph seed') },
  ],
  ['deal-positions', 'another seed', { ids, seed: key('other graph seed') }],
  ['neighbours', 'the complete graph', { position: 2, size: 5, graph: { kind: 'complete' } }],
  ['neighbours', 'a Harary graph', { position: 5, size: 11, graph: { kind: 'harary', degree: 4 } }],
  ['neighbours', 'around the end of the circle', { position: 10, size: 11, graph: { kind: 'harary', degree: 4 } }],
  ['neighbours', 'a degree that makes it complete', { position: 0, size: 4, graph: { kind: 'harary', degree: 4 } }],
  ['roster-leaf', 'without a credential', entry],
  ['roster-leaf', 'with a credential', { ...entry, credential }],
  ...[1, 2, 3, 5, 6, 7, 8].map(n => [
    'prove-leaves',
    `the last of ${n}; the leaves of the Certificate Transparency reference tree`,
    { leaves: LEAVES.slice(0, n), positions: [n - 1] },
  ]),
  ['prove-leaves', 'three at once', { leaves: LEAVES.slice(0, 7), positions: [0, 3, 4] }],
  ['prove-leaves', 'all of them: no hash is needed', { leaves: LEAVES.slice(0, 3), positions: [0, 1, 2] }],
]

const ENCODING = [
  ...[1, 8, 20, 31, 32, 33, 48, 62].map(b => ['expand-mask', `modulo 2^${b}`, mask(b, 0, 6)]),
  ...[1, 2, 3, 4, 5, 1023, 2 ** 18, 2 ** 31, 2 ** 40].map(at => [
    'expand-mask',
    `from entry ${at} on`,
    mask(32, at, 5),
  ]),
  ...[1, 2, 2 ** 31].map(at => ['expand-mask', `from entry ${at} on, of two words each`, mask(62, at, 3)]),
  ['expand-mask', 'no entries', mask(32, 0, 0)],
  ...[1, 7, 8, 12, 16, 31, 32, 33, 40, 62].map(b => ['pack', `modulo 2^${b}`, narrow(5, b)]),
  ['pack', 'no entries', { modulusBits: 9, entries: [] }],
]

function mask(modulusBits, firstEntry, entries) {
  return { key: hex(bytesOf('mask key', 16)), modulusBits, firstEntry, entries }
}

/** The ciphertext that goes with {@link openFrom}. */
export async function sealed(from, to) {
  const { ciphertext } = await runOperation('seal-shares', sharesFrom(from, to))
  return ciphertext
}

export async function operationFile() {
  const cases = []
  for (const [operation, name, given] of [...KEYS, ...TRANSCRIPTS, ...ROSTER, ...ENCODING]) {
    const input = operation === 'open-shares' ? { ...given, ciphertext: await sealed(given.from, given.to) } : given
    cases.push({ name: `${operation}: ${name}`, operation, input, output: await runOperation(operation, input) })
  }
  for (const { operation, input, output } of [...cases]) {
    if (operation === 'pack') cases.push(await inverse('unpack', input, output))
    if (operation === 'prove-leaves') cases.push(await proofOf(input, output))
  }
  return { about: 'Primitives, transcripts and encodings: inputs and outputs.', kind: 'operations', cases }
}

async function inverse(operation, { modulusBits, entries }, { bytes }) {
  const input = { modulusBits, length: entries.length, bytes }
  const name = `${operation}: ${entries.length} entries modulo 2^${modulusBits}`
  return { name, operation, input, output: await runOperation(operation, input) }
}

async function proofOf({ leaves, positions }, { root, proof }) {
  const input = {
    root,
    size: leaves.length,
    leaves: positions.map(position => ({ position, leaf: leaves[position] })),
    proof,
  }
  const name = `verify-proof: leaves ${positions} of ${leaves.length}`
  return { name, operation: 'verify-proof', input, output: await runOperation('verify-proof', input) }
}
