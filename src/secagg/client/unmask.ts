import { ShareKind, UNMASKING_ENTRY_BYTES, type Unmasking } from '../messages/unmasking.ts'
import type { UnmaskingRequest } from '../messages/unmasking-request.ts'
import { consistencyToSign } from '../transcript.ts'
import { checkSurvivors } from './check-survivors.ts'
import { checkEnvelope, type Refuse, refusalsOf } from './refuse.ts'
import type { ClientSetup, Confirmed, Masked } from './state.ts'

/**
 * Round Unmasking (Bonawitz et al., figure 4, round 4): for every neighbour one share, of its self-mask seed if it
 * survived and of its mask key if it dropped out. Never both: with both, the server could unmask that one input.
 */
export function unmask(setup: ClientSetup, state: Masked | Confirmed, request: UnmaskingRequest): Unmasking {
  const refuse = refusalsOf(setup, 'Unmasking')
  checkEnvelope(setup, request, 'UnmaskingRequest', refuse)
  checkSurvivors(setup, state, request.survivors, refuse)
  checkDropped(state, request, refuse)
  if (state.name === 'confirmed') checkConfirmations(setup, state, request, refuse)

  const shares = new Uint8Array(state.neighbours.length * UNMASKING_ENTRY_BYTES)
  state.neighbours.forEach(({ entry, held }, i) => {
    if (held === undefined) return
    const survived = request.survivors.has(entry.position)
    shares[i * UNMASKING_ENTRY_BYTES] = survived ? ShareKind.SELF_MASK : ShareKind.MASK_KEY
    shares.set(survived ? held.selfMask : held.maskKey, i * UNMASKING_ENTRY_BYTES + 1)
  })
  return { type: 'Unmasking', session: setup.session, sender: setup.id, shares }
}

function checkDropped(state: Masked | Confirmed, request: UnmaskingRequest, refuse: Refuse): void {
  const { survivors, dropped } = request
  if (dropped.size !== state.sharers.size || !dropped.isCanonical) {
    refuse('bad-position-set', `the set of dropped clients is not one over a roster of ${state.sharers.size}`)
  }
  if (dropped.intersects(survivors)) {
    refuse('overlapping-sets', 'a client is named both as survivor and as dropped: both of its secrets would come out')
  }
  if (!dropped.isSubsetOf(state.sharers))
    refuse('stranger-among-dropped', 'a client is named that never shared its keys')
  if (survivors.count + dropped.count !== state.sharers.count) {
    refuse('incomplete-sets', 'a client that shared its keys is neither among the survivors nor among the dropped')
  }
}

/** At least t distinct neighbours must have signed the very survivor set that this client signed. */
function checkConfirmations(setup: ClientSetup, state: Confirmed, request: UnmaskingRequest, refuse: Refuse): void {
  if (!request.survivors.equals(state.survivors)) {
    refuse('other-survivors', 'the request names other survivors than this client has signed')
  }
  const keys = new Map(
    state.neighbours
      .filter(({ entry }) => state.survivors.has(entry.position))
      .map(({ entry }) => [entry.position, entry.credential?.verificationKey]),
  )
  const bytes = consistencyToSign(state.t3)
  const confirmed = new Set<number>()
  for (const { position, signature } of request.signatures) {
    const key = keys.get(position)
    if (key === undefined) refuse('stranger-signed', `position ${position} is not a surviving neighbour`)
    else if (!setup.verify(key, bytes, signature))
      refuse('bad-signature', `the signature of position ${position} does not verify`)
    confirmed.add(position)
  }
  if (confirmed.size < state.threshold) {
    refuse(
      'too-few-confirmations',
      `${confirmed.size} neighbours confirmed the survivors; the threshold is ${state.threshold}`,
    )
  }
}
