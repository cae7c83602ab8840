import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { MerkleTree } from '../../dist/secagg/primitives/merkle.js'
import { COMPLETE, HARARY, key, LEAVES, openFrom, sealed, shareAt, T1 } from './operations.mjs'
import { ODD_SIGNATURES, RFC_7748, RFC_8032 } from './published.mjs'
import { ascii, bytesOf, hex, join, unhex } from './samples.mjs'

const P = 2n ** 255n - 19n
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n
const littleEndian = (value, bytes = 32) =>
  Uint8Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
const numberOf = bytes => bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
const flip = (digits, at) => hex(unhex(digits).map((byte, i) => (i === at ? byte ^ 1 : byte)))

/** u-coordinates of the points of order 2, 4 and 8, on the curve and on its twist. */
const LOW_ORDER = [
  ['0', 0n],
  ['1', 1n],
  ['-1', P - 1n],
  ['of order 8', 0xb8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0n],
  ['of order 8, the other', 0x57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5fn],
].map(([name, u]) => [`the low-order point ${name}`, hex(littleEndian(u))])
const NON_CANONICAL = [
  ['p, for 0', hex(littleEndian(P))],
  ['p + 1, for 1', hex(littleEndian(P + 1n))],
  ['2^255 - 1', hex(littleEndian(2n ** 255n - 1n))],
  ['a good key with its top bit set', hex(unhex(RFC_7748[0][1]).map((byte, i) => (i === 31 ? byte | 0x80 : byte)))],
  ['31 bytes', RFC_7748[0][1].slice(2)],
  ['33 bytes', `${RFC_7748[0][1]}00`],
]

const message = ascii('the survivors of round 7')
const secretKey = bytesOf('identity')
const publicKey = ed25519.getPublicKey(secretKey)
const signature = ed25519.sign(message, secretKey)

/** With the nonce 0 and a torsion point for R, as only the owner of the key can. */
function signWithTorsion(r) {
  const k = numberOf(sha512(join(r, publicKey, message)))
  return join(r, littleEndian((k * ed25519.utils.getExtendedPublicKey(secretKey).scalar) % ORDER))
}

const verification = (name, a, m, s) => [
  'verify-signature',
  name,
  { publicKey: hex(a), message: hex(m), signature: hex(s) },
  'bad-signature',
]
const TORSION = ED25519_TORSION_SUBGROUP.map(unhex)
const SIGNATURES = [
  ...ODD_SIGNATURES.map(([name, m, a, s]) => verification(name, unhex(a), unhex(m), unhex(s))),
  ...TORSION.map((r, i) =>
    verification(`a public key of small order, which signs anything (${i})`, r, message, join(r, new Uint8Array(32))),
  ),
  ...TORSION.map((r, i) =>
    verification(`a point R of small order, by the owner of the key (${i})`, publicKey, message, signWithTorsion(r)),
  ),
  verification('another message', publicKey, ascii('the survivors of round 8'), signature),
  verification('another key', unhex(RFC_8032[0][1]), message, signature),
  verification('S plus the group order', publicKey, message, withS(numberOf(signature.slice(32)) + ORDER)),
  verification('63 bytes', publicKey, message, signature.slice(0, 63)),
  verification('65 bytes', publicKey, message, join(signature, [0])),
  verification('a key of 31 bytes', publicKey.slice(0, 31), message, signature),
]

function withS(s) {
  return join(signature.subarray(0, 32), littleEndian(s))
}

const tree = new MerkleTree(LEAVES.slice(0, 7).map(unhex))
const claim = {
  root: hex(tree.root),
  size: 7,
  leaves: [0, 3, 4].map(position => ({ position, leaf: LEAVES[position] })),
  proof: tree.prove([0, 3, 4]).map(hex),
}
const proving = (name, change) => ['verify-proof', name, { ...claim, ...change }, 'bad-roster-proof']
const PROOFS = [
  proving('a hash too few', { proof: claim.proof.slice(1) }),
  proving('a hash too many', { proof: [...claim.proof, claim.root] }),
  proving('hashes in another order', { proof: [...claim.proof].reverse() }),
  proving('a hash with a flipped bit', { proof: [flip(claim.proof[0], 31), ...claim.proof.slice(1)] }),
  proving('another root', { root: flip(claim.root, 0) }),
  proving('another leaf', { leaves: [{ position: 0, leaf: '01' }, ...claim.leaves.slice(1)] }),
  proving('another position', { leaves: [{ position: 1, leaf: LEAVES[0] }, ...claim.leaves.slice(1)] }),
  proving('a position outside of the tree', { leaves: [...claim.leaves, { position: 7, leaf: LEAVES[7] }] }),
  proving('a smaller tree', { size: 6 }),
  proving('a larger tree', { size: 9 }),
  proving('no leaf', { leaves: [], proof: [claim.root] }),
  // Without the prefixes of RFC 9162 the two inner nodes below the root would pass for leaves.
  proving('inner nodes in the place of leaves', innerNodes()),
]

function innerNodes() {
  const halves = [
    [0, 1, 2, 3],
    [4, 5, 6],
  ].map(known => tree.prove([0, 1, 2, 3, 4, 5, 6].filter(i => !known.includes(i))))
  return { size: 1, leaves: [{ position: 0, leaf: hex(join(...halves.flat())) }], proof: [] }
}

const PARAMETERS = [
  ['a threshold above the neighbours', { ...COMPLETE, threshold: 10 }, 'threshold-above-cohort'],
  ['a threshold of one share', { ...COMPLETE, threshold: 1 }, 'bad-parameter'],
  ['more neighbours than shares', { ...COMPLETE, clients: 257 }, 'too-many-sharers'],
  ['an odd degree', { ...HARARY, graph: { kind: 'harary', degree: 21 } }, 'invalid-degree'],
  ['a malicious server on a sparse graph', { ...HARARY, threatModel: 'malicious-server' }, 'graph-not-complete'],
  [
    'two groups that could each reach the threshold',
    { ...COMPLETE, threatModel: 'malicious-server', threshold: 5, corrupted: 1 },
    'threshold-too-low',
  ],
  ['a modulus of 63 bits', { ...COMPLETE, modulusBits: 63 }, 'bad-parameter'],
].map(([name, parameters, code]) => [
  't1',
  name,
  { session: key('session'), context: key('context'), root: key('root'), size: 9, parameters },
  code,
])

const zero = shareAt(1).replace(/01$/, '00')
const SHARES = [
  ['too few', [shareAt(1)], 2, 'too-few-shares'],
  ['one twice', [shareAt(1), shareAt(1)], 2, 'duplicate-share'],
  ['x = 0, by which a holder would dictate the secret', [shareAt(1), zero], 2, 'malformed-share'],
  ['a share without its x', [shareAt(1), shareAt(2).slice(0, -2)], 2, 'malformed-share'],
  ['a threshold of 0', [shareAt(1)], 0, 'bad-threshold'],
  ['a threshold of 1 among several', [shareAt(1), shareAt(2)], 1, 'bad-threshold'],
].map(([name, shares, threshold, code]) => ['combine-shares', name, { shares, threshold }, code])

const CIPHERTEXT = await sealed('ann', 'bob')
const opening = (name, change) => [
  'open-shares',
  name,
  { ...openFrom('ann', 'bob'), ciphertext: CIPHERTEXT, ...change },
  'does-not-open',
]
const CIPHERTEXTS = [
  opening('a flipped bit', { ciphertext: flip(CIPHERTEXT, 0) }),
  opening('a flipped bit of the tag', { ciphertext: flip(CIPHERTEXT, 81) }),
  opening('another sender', { from: 'carol' }),
  opening('another recipient', { to: 'carol' }),
  opening('the way back', { from: 'bob', to: 'ann' }),
  opening('another roster', { t1: key('other t1') }),
  opening('another key', { key: key('other key') }),
  opening('a ciphertext without its last byte', { ciphertext: CIPHERTEXT.slice(0, -2) }),
  opening('no ciphertext', { ciphertext: '' }),
]

const REFUSED = [
  ...[...LOW_ORDER, ...NON_CANONICAL].map(([name, publicKey]) => [
    'accept-public-key',
    name,
    { publicKey },
    'invalid-key',
  ]),
  ...LOW_ORDER.map(([name, peerPublicKey]) => [
    'agree',
    name,
    { secretKey: RFC_7748[0][0], peerPublicKey },
    'low-order-public-key',
  ]),
  ['derive-pairwise-mask-key', 'a client with itself', { secret: key('dh'), t1: T1, ids: ['a', 'a'] }, 'same-client'],
  ['derive-share-key', 'half a secret', { secret: 'ab', t1: T1, from: 'a', to: 'b' }, 'bad-length'],
  ...SIGNATURES,
  ...CIPHERTEXTS,
  ...SHARES,
  ...PARAMETERS,
  ...PROOFS,
  ['prove-leaves', 'a leaf that there is not', { leaves: ['00'], positions: [1] }, 'bad-position'],
  ['prove-leaves', 'no leaf at all', { leaves: ['00'], positions: [] }, 'bad-position'],
  ['deal-positions', 'two clients of one name', { ids: ['a', 'b', 'a'], seed: key('seed') }, 'duplicate-client-id'],
  ['neighbours', 'a position outside', { position: 5, size: 5, graph: { kind: 'complete' } }, 'invalid-position'],
  ['unpack', 'a byte too few', { modulusBits: 12, length: 3, bytes: '00000000' }, 'packed-length'],
  ['unpack', 'a byte too many', { modulusBits: 12, length: 3, bytes: '000000000000' }, 'packed-length'],
  ['unpack', 'a padding bit', { modulusBits: 12, length: 3, bytes: '0000000010' }, 'packed-padding'],
  ['unpack', 'the highest padding bit', { modulusBits: 1, length: 7, bytes: '80' }, 'packed-padding'],
]

export function refusedOperationFile() {
  return {
    about: 'Inputs that the protocol must not take, and the code by which it says so.',
    kind: 'refused-operations',
    cases: REFUSED.map(([operation, name, input, code]) => ({
      name: `${operation}: ${name}`,
      operation,
      input,
      refused: { step: operation, code },
    })),
  }
}
