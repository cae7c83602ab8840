import { UsageError } from '../errors.ts'

/** A bound on the Rényi divergence of order `order` > 1 between what two neighbouring inputs lead to. */
export type RdpBound = (order: number) => number

/** RDP at a grid of orders. Under composition, the values add up order by order (Mironov, CSF 2017, proposition 1). */
export interface RdpCurve {
  readonly orders: readonly number[]
  readonly values: Float64Array
}

/** An (epsilon, delta) guarantee, and the order of the RDP bound that gave it. */
export interface PrivacyGuarantee {
  readonly epsilon: number
  readonly delta: number
  readonly order: number
}

/** From 1.1 in steps of 0.1, from 11 of 1, from 64 by fourth roots of two to 16,384: more noise wants higher orders. */
export const DEFAULT_ORDERS: readonly number[] = Object.freeze([
  ...Array.from({ length: 99 }, (_, i) => (i + 11) / 10),
  ...Array.from({ length: 53 }, (_, i) => i + 11),
  ...Array.from({ length: 33 }, (_, i) => Math.round(64 * 2 ** (i / 4))),
])

/** Below this the conversion's 1 / (order - 1) amplifies rounding; no bound worth having is lost. */
const LEAST_ORDER = 1.01

/** The values of a bound at each order. @throws UsageError `bad-privacy` for an order that is not above 1.01. */
export function rdpCurve(bound: RdpBound, orders: readonly number[] = DEFAULT_ORDERS): RdpCurve {
  if (orders.length === 0 || !orders.every(order => order > LEAST_ORDER && Number.isFinite(order))) {
    throw new UsageError(
      'bad-privacy',
      `The orders of RDP are finite numbers above ${LEAST_ORDER}, at least one of them.`,
    )
  }
  return Object.freeze({ orders, values: Float64Array.from(orders, bound) })
}

/** Sequential composition of curves over the same orders. @throws UsageError `bad-privacy` where the orders differ. */
export function composeRdp(curves: readonly RdpCurve[]): RdpCurve {
  const [first, ...others] = curves
  if (!first) throw new UsageError('bad-privacy', 'There is nothing to compose: give at least one RDP curve.')
  const values = Float64Array.from(first.values)
  for (const { orders, values: more } of others) {
    const same = orders.length === first.orders.length && orders.every((order, i) => order === first.orders[i])
    if (!same) throw new UsageError('bad-privacy', 'RDP composes over the same orders only: compute both on one grid.')
    for (let i = 0; i < values.length; i++) values[i]! += more[i]!
  }
  return Object.freeze({ orders: first.orders, values })
}

/**
 * The smallest epsilon for which the curve implies (epsilon, delta)-DP:
 * epsilon = rdp + ln(1 - 1 / order) - ln(delta * order) / (order - 1), at the order where that is least.
 *
 * Canonne, Kamath, Steinke 2020, proposition 12. Where rdp is so small that the total variation
 * distance is at most delta, sqrt(1 - exp(-KL)) <= delta (Bretagnolle and Huber 1979, KL <= rdp), epsilon is 0.
 *
 * @throws UsageError `bad-privacy` unless 0 < delta < 1
 */
export function rdpToEpsilon({ orders, values }: RdpCurve, delta: number): PrivacyGuarantee {
  checkDelta(delta)
  let best: PrivacyGuarantee = { epsilon: Number.POSITIVE_INFINITY, delta, order: orders[0]! }
  orders.forEach((order, i) => {
    const rdp = values[i]!
    const free = delta * delta >= -Math.expm1(-rdp)
    const epsilon = free ? 0 : rdp + Math.log1p(-1 / order) - Math.log(delta * order) / (order - 1)
    if (epsilon < best.epsilon) best = { epsilon: Math.max(0, epsilon), delta, order }
  })
  return Object.freeze(best)
}

/**
 * The smallest delta for which the curve implies (epsilon, delta)-DP, by the same two bounds; at most 1.
 *
 * @throws UsageError `bad-privacy` unless epsilon >= 0
 */
export function rdpToDelta({ orders, values }: RdpCurve, epsilon: number): PrivacyGuarantee {
  if (!(epsilon >= 0)) throw new UsageError('bad-privacy', `epsilon must be a number from 0, not ${epsilon}.`)
  let best: PrivacyGuarantee = { epsilon, delta: 1, order: orders[0]! }
  orders.forEach((order, i) => {
    const rdp = values[i]!
    const tail = Math.exp((order - 1) * (rdp - epsilon + Math.log1p(-1 / order)) - Math.log(order))
    const delta = Math.min(Math.sqrt(-Math.expm1(-rdp)), tail)
    if (delta < best.delta) best = { epsilon, delta, order }
  })
  return Object.freeze(best)
}

/** @throws UsageError `bad-privacy` unless 0 < delta < 1 */
export function checkDelta(delta: number): void {
  if (!(delta > 0 && delta < 1)) {
    throw new UsageError('bad-privacy', `delta must lie between 0 and 1, and far below 1 / clients; it is ${delta}.`)
  }
}
