import { createHash } from 'node:crypto'
import {
  type EncodingInput,
  type EncodingPlan,
  encodeInput,
  type MeanSpec,
  RingVector,
} from '../../../src/secagg/encoding/index.ts'

/** Fixed seed of the property tests: a failure is reproducible. */
export const SEED = 0x5eca99

/** A mean of three coordinates over ten clients: a start from which tests change one thing. */
export const MEAN: MeanSpec = {
  kind: 'mean',
  clients: 10,
  dimension: 3,
  bits: 16,
  clip: { kind: 'coordinate', bound: 1 },
  weightBound: 100,
  metrics: [],
}

/** A 16-byte rounding key of its own for every number. */
export function keyOf(n: number): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(`rounding ${n}`).digest().subarray(0, 16))
}

/** Encodes every input and adds the vectors up in the ring, as the masked sum of the survivors would come out. */
export async function ringSum(plan: EncodingPlan, inputs: readonly EncodingInput[]): Promise<RingVector> {
  const sum = RingVector.zeros(plan.length, plan.modulusBits)
  for (const [i, input] of inputs.entries()) sum.add((await encodeInput(plan, input, keyOf(i))).vector)
  return sum.reduce()
}

/** A double as an exact integer multiple of 2^-1074, the smallest double. */
export function exact(value: number): bigint {
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, value)
  const word = bits.getBigUint64(0)
  const exponent = (word >> 52n) & 0x7ffn
  const fraction = word & 0xf_ffff_ffff_ffffn
  const magnitude = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n)
  return word >> 63n === 1n ? -magnitude : magnitude
}

export function abs(value: bigint): bigint {
  return value < 0n ? -value : value
}
