import { frameOf } from './messages.mjs'
import { ascii, be, hex, join, WIDE } from './samples.mjs'

/** Where things stand: session after the prefix, then a client's sender or the server's size. */
const PREFIX = 16
const AFTER_SESSION = PREFIX + 32
const zeros = count => new Uint8Array(count)
const noise = (count, byte = 0xee) => new Uint8Array(count).fill(byte)

const advertised = frameOf('AdvertiseKeys without a credential')
const signed = frameOf('AdvertiseKeys with a credential')
const shared = frameOf('ShareKeys for one neighbour')
const masked = frameOf('MaskedInput of a range in the middle')
const checked = frameOf('ConsistencyCheck')
const unmasked = frameOf('Unmasking with every kind of share')
const roster = frameOf('Roster on a Harary graph')
const delivered = frameOf('ShareDelivery')
const survivors = frameOf('Survivors: the ninth of nine')
const request = frameOf('UnmaskingRequest with signatures')

/** The frame with these bytes at this place instead. */
function put(frame, at, bytes) {
  const copy = frame.slice()
  copy.set(bytes, at)
  return copy
}

function partsOf(frame) {
  const view = new DataView(frame.buffer)
  const headerLength = view.getUint32(4)
  const bodyLength = Number(view.getBigUint64(8))
  return { header: frame.slice(PREFIX, PREFIX + headerLength), body: frame.slice(frame.length - bodyLength) }
}

/** A frame of the same type whose lengths fit its new header and body. */
function refit(frame, { header = partsOf(frame).header, body = partsOf(frame).body }) {
  const padding = zeros((8 - (header.length % 8)) % 8)
  return join(frame.subarray(0, 4), be(header.length, 4), be(body.length, 8), header, padding, body)
}

/** The frame with the header's bytes from `at` (in the frame) to `at + remove` replaced, and the length to go with it. */
function splice(frame, at, remove, bytes) {
  const { header } = partsOf(frame)
  return refit(frame, { header: join(header.subarray(0, at - PREFIX), bytes, header.subarray(at - PREFIX + remove)) })
}

const withSender = id => splice(checked, AFTER_SESSION, 4, join([id.length], id))
const maskedAt = AFTER_SESSION + 4
const rosterEntries = AFTER_SESSION + 4 + 32 + 4
const rosterEntry = (i, at) => rosterEntries + 4 + i * (4 + 9 + 64 + 1) + at
const rosterProof = rosterEntry(5, 0)
const requestSignatures = AFTER_SESSION + 4 + 2 + 2
const signature = (i, at) => requestSignatures + 4 + i * 68 + at
const longer = (frame, extra) => refit(frame, { header: join(partsOf(frame).header, extra) })
const withBody = (frame, change) => refit(frame, { body: change(partsOf(frame).body) })
const bodyAt = (frame, at, bytes) => put(frame, frame.length - partsOf(frame).body.length + at, bytes)

const FRAME = [
  ['no bytes at all', 'truncated', zeros(0)],
  ['a prefix alone', 'truncated', checked.slice(0, PREFIX)],
  ['half a prefix', 'truncated', checked.slice(0, 7)],
  ['the last byte is missing', 'truncated', checked.slice(0, -1)],
  ['a header length of 4 GiB', 'truncated', put(checked, 4, be(2 ** 32 - 1, 4))],
  ['a body length of 8 PiB', 'truncated', put(checked, 8, be(2 ** 53 - 1, 8))],
  ['a body length of 2^53', 'integer-out-of-range', put(checked, 8, be(2 ** 53, 8))],
  ['a body length of 2^64 - 1', 'integer-out-of-range', put(checked, 8, noise(8, 255))],
  ['one byte too many', 'trailing-bytes', join(checked, [0])],
  ['a second frame behind the first', 'trailing-bytes', join(checked, checked)],
  ['version 0', 'unsupported-version', put(checked, 0, [0, 0])],
  ['version 2', 'unsupported-version', put(checked, 0, [0, 2])],
  ['version 256', 'unsupported-version', put(checked, 0, [1, 0])],
  ['version 2, and nothing else that is right', 'unsupported-version', join([0, 2], noise(9, 255))],
  ...[0x00, 0x06, 0x80, 0x85, 0xff].map(code => [`type ${code}`, 'unknown-type', put(checked, 2, [code])]),
  ['a reserved byte of 1', 'non-zero-reserved', put(checked, 3, [1])],
  ['the first byte of padding', 'non-zero-padding', put(checked, 116, [1])],
  ['the last byte of padding', 'non-zero-padding', put(checked, 119, [128])],
]

const DIRECTION = [
  ['AdvertiseKeys sent to a client', advertised, 'client'],
  ['Unmasking sent to a client', unmasked, 'client'],
  ['Roster sent to the server', roster, 'server'],
  ['UnmaskingRequest sent to the server', request, 'server'],
]

const HEADER = [
  ['an id without bytes', 'empty-id', withSender([])],
  ['an id of 65 bytes', 'id-too-long', withSender(ascii('x'.repeat(65)))],
  ['a stray continuation byte in an id', 'bad-utf8', withSender([0x61, 0x80])],
  ['an overlong form in an id', 'bad-utf8', withSender([0xc0, 0xaf])],
  ['an encoded surrogate in an id', 'bad-utf8', withSender([0xed, 0xa0, 0x80])],
  ['a code point above U+10FFFF in an id', 'bad-utf8', withSender([0xf4, 0x90, 0x80, 0x80])],
  ['half a character at the end of an id', 'bad-utf8', withSender([0x61, 0xe6, 0xb5])],
  ['an id in a roster that is not UTF-8', 'bad-utf8', put(roster, rosterEntry(1, 5), [0xff])],
  ['an id that reaches beyond its header', 'truncated', put(checked, AFTER_SESSION, [64]).slice(), { shorten: 60 }],
  [
    'a header that ends within the session',
    'truncated',
    refit(checked, { header: partsOf(checked).header.slice(0, 31) }),
  ],
  ['an empty header', 'truncated', refit(survivors, { header: zeros(0) })],
  ['a set that is shorter than its size', 'truncated', put(survivors, AFTER_SESSION, be(17, 4))],
  ['a list that is longer than its header', 'truncated', put(request, requestSignatures, be(205, 4))],
  ['a list of 4 GiB', 'truncated', put(request, requestSignatures, be(2 ** 32 - 1, 4))],
  ['a list that ends within an item', 'truncated', put(request, requestSignatures, be(203, 4))],
  ['a byte behind the fields', 'trailing-bytes', longer(checked, [0])],
  ['a list that ends before its last item', 'trailing-bytes', put(request, requestSignatures, be(136, 4))],
  ['a second credential', 'trailing-bytes', longer(signed, noise(104))],
  ['presence of a credential said with 2', 'bad-flag', put(advertised, AFTER_SESSION + 4 + 64, [2])],
  ['presence of a credential said with 255 in a roster', 'bad-flag', put(roster, rosterEntry(0, 4 + 9 + 64), [255])],
  ['an expiry of 2^53', 'integer-out-of-range', put(signed, AFTER_SESSION + 4 + 64 + 1 + 32, be(2 ** 53, 8))],
  ['a vector of 2^64 - 1 entries', 'integer-out-of-range', put(masked, maskedAt, noise(8, 255))],
  ['a range from entry 2^63 on', 'integer-out-of-range', put(masked, maskedAt + 8, be(2n ** 63n, 8))],
  ['a roster larger than the cohort', 'beyond-limit', roster, { limits: { clients: 10 } }],
  ['a set of sharers larger than the cohort', 'beyond-limit', delivered, { limits: { clients: 4 } }],
  ['a set of survivors larger than the cohort', 'beyond-limit', survivors, { limits: { clients: 8 } }],
  ['a set of 2^32 - 1 survivors', 'beyond-limit', put(survivors, AFTER_SESSION, noise(4, 255))],
  ['a request over more than the cohort', 'beyond-limit', request, { limits: { clients: 9 } }],
  ['more entries than neighbours and oneself', 'beyond-limit', roster, { limits: { neighbours: 3 } }],
  [
    'more hashes than leaves can need',
    'beyond-limit',
    splice(roster, rosterProof, 4, join(be(21 * 32, 4), zeros((21 - proofLength()) * 32))),
    { limits: { neighbours: 4 } },
  ],
  ['more signatures than neighbours', 'beyond-limit', request, { limits: { neighbours: 2 } }],
  ["a vector longer than the session's", 'beyond-limit', masked, { limits: { vectorLength: 999 } }],
  ["a range longer than the session's", 'beyond-limit', masked, { limits: { maxRangeEntries: 2 } }],
  ["a modulus wider than the session's", 'beyond-limit', masked, { limits: { modulusBits: 11 } }],
  ['a recipient outside of the roster', 'position-out-of-range', put(roster, rosterEntries - 4, be(11, 4))],
  ['an entry outside of the roster', 'position-out-of-range', put(roster, rosterEntry(4, 0), be(11, 4))],
  ['a signer outside of the roster', 'position-out-of-range', put(request, signature(2, 0), be(10, 4))],
  ['two entries at one position', 'duplicate-position', put(roster, rosterEntry(1, 0), be(3, 4))],
  ['two signatures by one position', 'duplicate-position', put(request, signature(1, 0), be(1, 4))],
  ['entries out of order', 'positions-not-ascending', put(roster, rosterEntry(1, 0), be(2, 4))],
  ['signatures out of order', 'positions-not-ascending', put(request, signature(1, 0), be(0, 4))],
  ...[0, 63, 255].map(bits => [`a modulus of ${bits} bits`, 'bad-modulus', put(masked, maskedAt + 24, [bits])]),
  ['a range that ends after the vector', 'range-out-of-bounds', put(masked, maskedAt + 8, be(998, 8))],
  ['a range that starts after the vector', 'range-out-of-bounds', put(masked, maskedAt + 8, be(2 ** 52, 8))],
  ['a range without entries', 'empty-range', withBody(put(masked, maskedAt + 16, be(0, 8)), () => zeros(0))],
  ['a sharer beyond the roster', 'non-zero-padding', put(delivered, AFTER_SESSION + 4, [0b00101101])],
  ['a survivor beyond the roster', 'non-zero-padding', put(survivors, AFTER_SESSION + 5, [0b11])],
  ['a dropout beyond the roster', 'non-zero-padding', put(request, AFTER_SESSION + 7, [0x80])],
]

const BODY = [
  ['AdvertiseKeys with a body', 'unexpected-body', withBody(advertised, () => zeros(8))],
  ['ConsistencyCheck with a body', 'unexpected-body', withBody(checked, () => zeros(1))],
  ['Roster with a body', 'unexpected-body', withBody(roster, () => noise(32))],
  ['UnmaskingRequest with a body', 'unexpected-body', withBody(request, () => zeros(68))],
  ['half a neighbour in ShareKeys', 'bad-body-length', withBody(shared, body => body.slice(0, 73))],
  ['a ciphertext without its last byte', 'bad-body-length', withBody(delivered, body => body.slice(0, -1))],
  ['an unmasking entry without a share', 'bad-body-length', withBody(unmasked, body => join(body, [0]))],
  ['an entry too few for the range', 'bad-body-length', withBody(masked, body => body.slice(0, -1))],
  ['a byte too many for the range', 'bad-body-length', withBody(masked, body => join(body, [0]))],
  ['a modulus that the body does not fit', 'bad-body-length', put(masked, maskedAt + 24, [16])],
  ['a range that claims 2^40 entries', 'bad-body-length', hugeRange()],
  ['ShareKeys for more neighbours than there are', 'beyond-limit', shared, { limits: { neighbours: 0 } }],
  ['more ciphertexts than neighbours', 'beyond-limit', delivered, { limits: { neighbours: 1 } }],
  ['more shares than neighbours', 'beyond-limit', unmasked, { limits: { neighbours: 3 } }],
  ['a bit behind the last ring entry', 'non-zero-padding', bodyAt(masked, 4, [0x1f])],
  ['a share of kind 3', 'bad-share-kind', bodyAt(unmasked, 0, [3])],
  ['a share of kind 255', 'bad-share-kind', bodyAt(unmasked, 3 * 34, [255])],
  ['an absent share whose first byte is not 0', 'non-zero-absent-share', bodyAt(unmasked, 34 + 1, [1])],
  ['an absent share whose last byte is not 0', 'non-zero-absent-share', bodyAt(unmasked, 34 + 33, [1])],
]

function proofLength() {
  return new DataView(roster.buffer).getUint32(rosterProof) / 32
}

function hugeRange() {
  const whole = put(put(masked, maskedAt, be(2 ** 40, 8)), maskedAt + 8, be(0, 8))
  return put(whole, maskedAt + 16, be(2 ** 40, 8))
}

export function refusedMessageFile() {
  const cases = (step, list) =>
    list.map(([name, code, frame, { limits = {}, shorten } = {}]) => ({
      name,
      limits: { ...WIDE, ...limits },
      frame: hex(shorten === undefined ? frame : refit(frame, { header: partsOf(frame).header.slice(0, shorten) })),
      refused: { step, code },
    }))
  const directions = DIRECTION.map(([name, frame, receiver]) => ({
    name,
    limits: WIDE,
    frame: hex(frame),
    receiver,
    refused: { step: 'direction', code: 'wrong-direction' },
  }))
  return {
    about: 'Bytes that are no message within these limits: at which step a decoder refuses them, and by which code.',
    kind: 'refused-messages',
    cases: [...cases('frame', FRAME), ...directions, ...cases('header', HEADER), ...cases('body', BODY)],
  }
}
