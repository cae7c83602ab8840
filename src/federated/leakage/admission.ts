import { AggregationAbortedError } from '../../secagg/errors.ts'
import { FederatedError } from '../errors.ts'
import type { RoundListener } from '../round/events.ts'
import { RoundLeakageGuard } from './guard.ts'

/** The code of the error that ends a round, and of the event that warns of its sum. */
export const LEAKAGE_CODE = 'multi-round-leakage'

/** @throws {FederatedError} `invalid-option` when a guard is none */
export function checkGuard(guard: RoundLeakageGuard | undefined): void {
  if (guard === undefined || guard instanceof RoundLeakageGuard) return
  throw new FederatedError('invalid-option', 'leakageGuard must be a RoundLeakageGuard.')
}

/**
 * Before anything is sent: warns when the sum over everybody invited would be found fault with. No more than that, since
 * with other survivors it may not be: whether a dropout helps or harms is not known yet.
 */
export function warnOfCohort(
  guard: RoundLeakageGuard | undefined,
  ids: Iterable<string>,
  onEvent: RoundListener,
): void {
  const finding = guard?.check(ids)
  if (finding === undefined) return
  const message = `if all workers stay to the end: ${finding.message}`
  onEvent({ type: 'warning', code: `${LEAKAGE_CODE}-expected`, message })
}

/**
 * The last step before unmasking: asks the guard about these survivors, and records them. Recorded now and not when the sum
 * is there, because from the first answer on the server may have it. Both happen at once, so that rounds that run side by side
 * with one guard see each other.
 *
 * @throws AggregationAbortedError `multi-round-leakage` when the guard refuses; nothing was recorded then
 */
export function admitSum(
  guard: RoundLeakageGuard | undefined,
  survivors: Iterable<string>,
  onEvent: RoundListener,
): void {
  if (guard === undefined) return
  const ids = [...survivors]
  const finding = guard.check(ids)
  if (finding !== undefined && guard.onViolation === 'refuse') {
    const message = `${finding.message}. No sum was unmasked: run the round with another cohort; batchCohorts() makes such as never come to this.`
    throw new AggregationAbortedError(LEAKAGE_CODE, message, { round: 'MaskedInputCollection' })
  }
  if (finding !== undefined) onEvent({ type: 'warning', code: LEAKAGE_CODE, message: finding.message })
  guard.record(ids)
}
