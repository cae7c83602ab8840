import { decodeSum, packBits, unpackBits } from '../../src/secagg/encoding/index.ts'
import { rotate, rotationRelativeError, unrotate } from '../../src/secagg/encoding/rotation.ts'
import { encode, type MeanPlan, type Workload } from './contenders.ts'

/** What is encoded, packed, unpacked and decoded must come out again. @throws Error that names what does not. */
export async function verify({ update, narrow, wide, byNorm }: Workload): Promise<void> {
  for (const plan of [narrow, wide, byNorm]) await verifyRoundTrip(plan, update)
  const turned = Float64Array.from(update.values)
  rotate(turned, 1)
  unrotate(turned, 1)
  const error = turned.map((value, i) => value - update.values[i]!)
  const bound = rotationRelativeError(turned.length) * norm(update.values)
  if (!(norm(error) <= bound)) throw new Error('a rotation is not undone within its bound')
}

async function verifyRoundTrip(plan: MeanPlan, update: Workload['update']): Promise<void> {
  const vector = await encode(plan, update)
  const unpacked = unpackBits(packBits(vector), vector.length, plan.modulusBits)
  if (!unpacked.equals(vector)) throw new Error(`packing ${plan.modulusBits} bits loses something`)
  const { mean, numerics } = decodeSum(plan, unpacked, 1)
  const { kind, bound } = plan.spec.clip
  const scale = kind === 'l2' ? Math.min(1, bound / norm(update.values)) : 1
  const limit = kind === 'l2' ? Number.POSITIVE_INFINITY : bound
  let changed = 0
  for (const [i, given] of update.values.entries()) {
    const value = Number(given)
    const clipped = Math.min(limit, Math.max(-limit, value * scale))
    if (clipped !== value) changed++
    const off = Math.abs(mean[i]! - clipped)
    if (!(off <= numerics.roundingError!.max)) throw new Error(`coordinate ${i} is off by ${off}, clipped by ${kind}`)
  }
  if (changed === 0 || changed !== numerics.clippedCoordinates) throw new Error(`${changed} coordinates are clipped`)
}

function norm(values: Iterable<number>): number {
  let squares = 0
  for (const value of values) squares += value * value
  return Math.sqrt(squares)
}
