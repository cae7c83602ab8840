import { byServer, losing } from './alteration-tools.mjs'
import {
  confirmationRefusals,
  deliveryRefusals,
  requestRefusals,
  rosterRefusals,
  survivorRefusals,
} from './client-alterations.mjs'
import { credentialRefusals, exchangedKeys, unknownIdentities } from './identity-alterations.mjs'
import { bytesOf } from './samples.mjs'
import { serverRefusals, signatureRefusals } from './server-alterations.mjs'

export function semiHonestRefusals(recording) {
  const input = recording.find('MaskedInput', 'Zoë', 2)
  const range = recording.find('MaskedInput', 'Zoë', 1)
  const wrongDigest = recording.change(input, m => ({ range: m.range.clone().add(m.range) }))
  return [
    ...rosterRefusals(recording, 'ann'),
    ...deliveryRefusals(recording, 'ann'),
    ...requestRefusals(recording, 'ann'),
    ...serverRefusals(recording, 'ann', 'Zoë'),
    byServer('receive', 'an input that is not the one of its digest', 'digest-mismatch', wrongDigest),
    byServer('receive', 'a range of an input that failed', 'dropped', [
      wrongDigest,
      { ...recording.change(range, {}), message: recording.find('MaskedInput', '😀').index },
    ]),
    byServer('receive', 'a range that is off the grid', 'malformed', recording.change(range, { firstEntry: 2 })),
    byServer('receive', 'a vector of another length', 'malformed', recording.change(range, { vectorLength: 6 })),
    byServer('receive', 'ranges with two digests', 'malformed', recording.change(range, { digest: bytesOf('digest') })),
    byServer(
      'closeRound',
      'keys of two clients only',
      'too-few-clients',
      losing(recording, 'AdvertiseKeys', 'ann', 'Zoë'),
    ),
    byServer(
      'closeRound',
      'shares of two clients only',
      'too-few-clients',
      losing(recording, 'ShareKeys', 'ann', 'Zoë'),
    ),
    byServer(
      'closeRound',
      'inputs of two clients only',
      'too-few-survivors',
      losing(recording, 'MaskedInput', 'ann', 'Zoë'),
    ),
    byServer(
      'closeRound',
      'unmaskings of two clients only',
      'too-few-shares',
      losing(recording, 'Unmasking', 'ann', 'Zoë'),
    ),
  ]
}

export function semiMaliciousRefusals(recording) {
  return [
    ...credentialRefusals(recording, 'c1'),
    ...deliveryRefusals(recording, 'c1'),
    ...survivorRefusals(recording, 'c1'),
    ...requestRefusals(recording, 'c1'),
    ...confirmationRefusals(recording, 'c1'),
    ...signatureRefusals(recording, 'c1', 'c3'),
  ]
}

export function maliciousRefusals(recording) {
  return [
    ...credentialRefusals(recording, 'ann'),
    ...unknownIdentities(recording, 'ann'),
    exchangedKeys(recording, 'ann'),
    ...survivorRefusals(recording, 'ann'),
    ...requestRefusals(recording, 'ann'),
    ...confirmationRefusals(recording, 'ann'),
    ...signatureRefusals(recording, 'ann', 'bob'),
  ]
}
