import { UsageError } from '../errors.ts'
import type { ConsistencyCheck } from '../messages/consistency-check.ts'
import type { Survivors } from '../messages/survivors.ts'
import { sign } from '../primitives/signature.ts'
import { consistencyToSign, survivorTranscript } from '../transcript.ts'
import { checkSurvivors } from './check-survivors.ts'
import { checkEnvelope, refusalsOf } from './refuse.ts'
import type { ClientSetup, Confirmed, Masked } from './state.ts'

/**
 * Round ConsistencyCheck (Bonawitz et al., figure 4, round 3): signs the one survivor set that this client was shown, so
 * that two halves of a cohort cannot be asked to unmask two of them.
 */
export function confirmSurvivors(setup: ClientSetup, state: Masked, message: Survivors): [Confirmed, ConsistencyCheck] {
  const refuse = refusalsOf(setup, 'ConsistencyCheck')
  checkEnvelope(setup, message, 'Survivors', refuse)
  checkSurvivors(setup, state, message.survivors, refuse)
  if (setup.identity === undefined) throw new UsageError('no-identity', 'ConsistencyCheck needs an identity')
  const survivors = message.survivors.clone()
  const t3 = survivorTranscript(state.t1, state.sharers, survivors)
  const signature = sign(setup.identity.secretKey, consistencyToSign(t3))
  return [
    { ...state, name: 'confirmed', survivors, t3 },
    { type: 'ConsistencyCheck', session: setup.session, sender: setup.id, signature },
  ]
}
