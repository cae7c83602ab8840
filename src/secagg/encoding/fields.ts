import { DecodeError } from '../errors.ts'
import type { PlanField } from './plan.ts'
import type { RingVector } from './ring.ts'

/** Writes a number from 0 to `field.largest` as limbs of `limbBits` bits, the lowest first. */
export function writeField(vector: RingVector, field: PlanField, limbBits: number, value: bigint): void {
  for (let limb = 0; limb < field.words; limb++) {
    vector.set(field.offset + limb, BigInt.asUintN(limbBits, value >> BigInt(limb * limbBits)))
  }
}

/**
 * Reads the sum over `survivors` clients of a field. Exact at any width: a limb's sum has carried into the bits that
 * its neighbour's place value also covers, so they are added, not concatenated.
 *
 * @throws DecodeError `sum-inconsistent` when no clients that keep to the plan can have this sum.
 */
export function readField(
  sum: RingVector,
  field: PlanField,
  limbBits: number,
  survivors: number,
  name: string,
): bigint {
  let total = 0n
  for (let limb = field.words - 1; limb >= 0; limb--) total = (total << BigInt(limbBits)) + sum.get(field.offset + limb)
  if (total > BigInt(survivors) * field.largest) throw inconsistent(name, survivors)
  return total
}

/** What a sum is called that no `survivors` clients keeping to the plan can have. */
export function inconsistent(what: string, survivors: number): DecodeError {
  return new DecodeError(
    'sum-inconsistent',
    `${what}: the sum lies outside what ${survivors} clients can contribute by this plan; ` +
      'a client broke it, or this is not the sum of that many inputs',
  )
}
