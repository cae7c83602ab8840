import { encodeMessage } from 'secagg/secagg'
import { messageToJson } from '../../dist/secagg/testing/vectors/message-json.js'
import { bytesOf, credentialOf, hex, IDS, positions, rosterOf, vectorOf, WIDE } from './samples.mjs'

const session = bytesOf('session')
const from = sender => ({ session, sender })
const complete = { kind: 'complete' }
const harary = { kind: 'harary', degree: 4 }

const advertise = (sender, credential) => ({
  type: 'AdvertiseKeys',
  ...from(sender),
  encryptionKey: bytesOf('encryption'),
  maskKey: bytesOf('mask'),
  ...(credential && { credential }),
})

const share = neighbours => ({
  type: 'ShareKeys',
  ...from('bob'),
  seedCommitment: bytesOf('seed commitment'),
  shareCommitments: bytesOf('commitments', 64 * neighbours),
  ciphertexts: bytesOf('ciphertexts', 82 * neighbours),
})

const masked = (entries, modulusBits, vectorLength = entries, firstEntry = 0) => ({
  type: 'MaskedInput',
  ...from('bob'),
  vectorLength,
  firstEntry,
  digest: bytesOf('digest'),
  range: vectorOf(`range ${modulusBits}`, entries, modulusBits),
})

/** One entry for each kind: 0 absent, 1 self-mask share, 2 mask-key share. */
const unmask = (...kinds) => ({
  type: 'Unmasking',
  ...from('bob'),
  shares: Uint8Array.from(
    kinds.flatMap((kind, i) => [kind, ...(kind ? bytesOf(`share ${i}`, 33) : Array(33).fill(0))]),
  ),
})

const deliver = (sharers, count) => ({
  type: 'ShareDelivery',
  session,
  sharers,
  ciphertexts: bytesOf('ciphertexts', 82 * count),
})

const request = (survivors, dropped, ...signers) => ({
  type: 'UnmaskingRequest',
  session,
  survivors,
  dropped,
  signatures: signers.map(position => ({ position, signature: bytesOf(`signature ${position}`, 64) })),
})

const survive = survivors => ({ type: 'Survivors', session, survivors })

/** Every sample by its name, with its limits where they are not the wide ones. */
export const SAMPLES = {
  'AdvertiseKeys without a credential': [advertise('bob')],
  'AdvertiseKeys with a credential': [advertise('bob', credentialOf('bob'))],
  'AdvertiseKeys that never expires': [advertise('bob', credentialOf('bob', Number.MAX_SAFE_INTEGER))],
  'AdvertiseKeys that has always expired': [advertise('bob', credentialOf('bob', 0))],
  ...Object.fromEntries(IDS.map((id, i) => [`AdvertiseKeys by an unusual id, ${i + 1}`, [advertise(id)]])),
  'ShareKeys for nobody': [share(0)],
  'ShareKeys for one neighbour': [share(1)],
  'ShareKeys for as many neighbours as the limit': [share(4), { ...WIDE, neighbours: 4 }],
  ...Object.fromEntries(
    Array.from({ length: 62 }, (_, i) => [`MaskedInput of five entries modulo 2^${i + 1}`, [masked(5, i + 1)]]),
  ),
  'MaskedInput of an empty vector': [masked(0, 16)],
  'MaskedInput of one entry of one bit': [masked(1, 1)],
  'MaskedInput of a range in the middle': [masked(3, 12, 1000, 500)],
  'MaskedInput of the last range': [masked(3, 12, 1000, 997)],
  'MaskedInput far out in a huge vector': [masked(2, 33, 2 ** 40, 2 ** 40 - 2)],
  'MaskedInput at every limit': [
    masked(4, 20, 10, 4),
    { clients: 2, neighbours: 1, vectorLength: 10, modulusBits: 20, maxRangeEntries: 4 },
  ],
  ConsistencyCheck: [{ type: 'ConsistencyCheck', ...from('bob'), signature: bytesOf('signature', 64) }],
  'Unmasking without neighbours': [unmask()],
  'Unmasking with every kind of share': [unmask(1, 0, 2, 1)],
  'Unmasking with nothing that opened': [unmask(0, 0)],
  'Roster of one client': [rosterOf(1, complete, 0, false)],
  'Roster of two clients': [rosterOf(2, complete, 1, false)],
  'Roster on the complete graph': [rosterOf(4, complete, 2, false)],
  'Roster on the complete graph, signed': [rosterOf(4, complete, 0, true)],
  'Roster on a Harary graph': [rosterOf(11, harary, 5, false)],
  'Roster on a Harary graph, signed, around the end of the circle': [rosterOf(11, harary, 0, true)],
  'Roster on a Harary graph that a small cohort makes complete': [rosterOf(5, harary, 4, false)],
  'Roster at every limit': [rosterOf(7, harary, 3, false), { ...WIDE, clients: 7, neighbours: 4 }],
  'ShareDelivery of nothing': [deliver(positions(5), 0)],
  ShareDelivery: [deliver(positions(5, 0, 2, 3), 2)],
  'ShareDelivery in a large cohort': [deliver(positions(1000, 0, 7, 8, 500, 999), 1)],
  'Survivors of nobody': [survive(positions(0))],
  'Survivors: one of one': [survive(positions(1, 0))],
  'Survivors: all of eight': [survive(positions(8, 0, 1, 2, 3, 4, 5, 6, 7))],
  'Survivors: the ninth of nine': [survive(positions(9, 8))],
  'Survivors of a cohort as large as the limit': [survive(positions(12, 1, 11)), { ...WIDE, clients: 12 }],
  'UnmaskingRequest without signatures': [request(positions(5, 0, 1, 4), positions(5, 2))],
  'UnmaskingRequest with signatures': [request(positions(10, 1, 2, 9), positions(10, 0), 1, 2, 9)],
  'UnmaskingRequest with as many signatures as the limit': [
    request(positions(3, 0, 1, 2), positions(3), 0, 1),
    { ...WIDE, neighbours: 2 },
  ],
}

/** The frame of a sample. */
export const frameOf = name => encodeMessage(SAMPLES[name][0])

export function messageFile() {
  return {
    about: 'Messages: the fields, and the one frame that they have.',
    kind: 'messages',
    cases: Object.entries(SAMPLES).map(([name, [message, limits = WIDE]]) => ({
      name,
      limits,
      message: messageToJson(message),
      frame: hex(encodeMessage(message)),
    })),
  }
}
