import { type EncodingPlan, type EncodingSpec, type PlanField, planEncoding } from '../encoding/index.ts'
import { lanesOf, MAX_MODULUS_BITS } from '../encoding/ring.ts'
import { MAX_CLIENTS } from '../encoding/spec.ts'
import { UsageError } from '../errors.ts'

/** Most clients of one real aggregation, 2^20; what is beyond can be planned, but not run as one. */
export const LARGEST_AGGREGATION: number = MAX_CLIENTS

/** The ring vector of one client. */
export interface RingShape {
  /** b: sums are taken modulo 2^b. */
  readonly modulusBits: number
  /** Entries: coordinates and what rides beside them. */
  readonly vectorLength: number
  /** 32-bit words of an entry in memory. */
  readonly lanes: 1 | 2
}

/**
 * The ring and the vector that an encoding takes, for any number of clients.
 *
 * @throws UsageError as `planEncoding`
 */
export function ringFor(spec: EncodingSpec): RingShape {
  const plan = planEncoding({ ...spec, clients: Math.min(spec.clients, LARGEST_AGGREGATION) })
  return spec.clients <= LARGEST_AGGREGATION
    ? { modulusBits: plan.modulusBits, vectorLength: plan.length, lanes: plan.lanes }
    : stretch(plan, spec.clients)
}

/**
 * The ring of the same encoding for another number of clients: a modulus that the sum of so many cannot wrap around in,
 * and every field cut into limbs that leave it the room.
 *
 * @throws UsageError `modulus-too-wide`
 */
export function stretch({ spec, entry, layout }: EncodingPlan, clients: number): RingShape {
  const cohortBits = bitLength(BigInt(clients - 1))
  const modulusBits = Math.max(bitLength(BigInt(clients) * (entry.max - entry.min)), cohortBits + 1)
  if (modulusBits > MAX_MODULUS_BITS) {
    throw new UsageError(
      'modulus-too-wide',
      `the sum over ${clients} clients takes ${modulusBits} bits, but the ring holds at most ${MAX_MODULUS_BITS}: ` +
        'lower bits or clients',
    )
  }
  const limbBits = modulusBits - cohortBits
  const words = fieldsOf(layout).map(({ largest }) => Math.max(1, Math.ceil(bitLength(largest) / limbBits)))
  const vectorLength = words.reduce((total, count) => total + count, spec.dimension)
  return { modulusBits, vectorLength, lanes: lanesOf(modulusBits) }
}

function fieldsOf({ metrics, ...others }: EncodingPlan['layout']): PlanField[] {
  const fields = [...Object.values(others), ...metrics.flatMap(({ value, saturated }) => [value, saturated])]
  return fields.filter(field => field !== undefined)
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length
}
