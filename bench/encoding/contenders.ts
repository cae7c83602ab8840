import {
  decodeSum,
  type EncodingInput,
  type EncodingPlan,
  encodeInput,
  packBits,
  planEncoding,
  type RingVector,
  unpackBits,
} from '../../src/secagg/encoding/index.ts'
import { packBitsInto } from '../../src/secagg/encoding/pack.ts'
import { rotate } from '../../src/secagg/encoding/rotation.ts'
import { addKeystream, fillKeystream } from '../../src/secagg/primitives/prg.ts'

/** Something of which the cost is printed. What it returns is for its verification. */
export interface Contender {
  readonly name: string
  readonly run: () => unknown
  /** How often in a row one timing runs it. */
  readonly times: number
}

/** The update of the MNIST CNN of McMahan et al. (2017). */
export const PARAMETERS = 1_663_370
export const MASK = 'expand and add one mask'
export const BOTH = 'encode and pack, 30 bits'
const KEY = new Uint8Array(16).fill(7)
const BITS = 24
const WEIGHT = 600
const DEVIATION = 0.01

export type MeanPlan = EncodingPlan<'mean'>

/** Means of weighted updates of 24 bits a coordinate: the ring has 30 bits for 64 clients and 40 for 64,000. */
function meanPlan(clients: number, clip: 'coordinate' | 'l2'): MeanPlan {
  const bound = clip === 'coordinate' ? 3 * DEVIATION : (DEVIATION * Math.sqrt(PARAMETERS)) / 2
  return planEncoding({
    kind: 'mean',
    clients,
    dimension: PARAMETERS,
    bits: BITS,
    clip: { kind: clip, bound },
    weightBound: 1000,
    metrics: [],
  })
}

/** Values in a bell curve (a sum of six uniform ones, off by little), so that the clips change something: fixed. */
async function updateOf(length: number): Promise<Float32Array> {
  const words = new Uint32Array(6 * length)
  await fillKeystream(KEY, 0, words)
  return Float32Array.from({ length }, (_, i) => {
    let sum = -3
    for (let j = 0; j < 6; j++) sum += words[6 * i + j]! / 2 ** 32
    return sum * DEVIATION * Math.SQRT2
  })
}

export interface Workload {
  readonly update: EncodingInput & { readonly values: Float32Array }
  readonly narrow: MeanPlan
  readonly wide: MeanPlan
  readonly byNorm: MeanPlan
  readonly contenders: readonly Contender[]
}

export const encode = async (plan: MeanPlan, update: EncodingInput): Promise<RingVector> =>
  (await encodeInput(plan, update, KEY)).vector

export async function makeWorkload(): Promise<Workload> {
  const update = { values: await updateOf(PARAMETERS), weight: WEIGHT }
  const [narrow, wide, byNorm] = [meanPlan(64, 'coordinate'), meanPlan(64_000, 'coordinate'), meanPlan(64, 'l2')]
  const [vector, wideVector] = [await encode(narrow, update), await encode(wide, update)]
  const [bytes, wideBytes] = [packBits(vector), packBits(wideVector)]
  // A mask is added to a vector that is there, and entries are packed into a message that is there: so it is when they are sent.
  const masked = new Uint32Array(PARAMETERS).fill(1)
  const [message, wideMessage] = [bytes.slice(), wideBytes.slice()]
  const turned = Float64Array.from(update.values)
  const { modulusBits: b } = narrow
  const { modulusBits: w } = wide
  const contenders = [
    { name: MASK, run: () => addKeystream(KEY, 0, masked, 1, 1), times: 8 },
    { name: BOTH, run: async () => packBitsInto(await encode(narrow, update), message), times: 8 },
    { name: 'encode, clip by coordinate', run: () => encode(narrow, update), times: 4 },
    { name: 'encode, clip by norm', run: () => encode(byNorm, update), times: 4 },
    { name: `encode, ${w} bits`, run: () => encode(wide, update), times: 4 },
    { name: `pack, ${b} bits`, run: () => packBitsInto(vector, message), times: 4 },
    { name: `pack, ${w} bits`, run: () => packBitsInto(wideVector, wideMessage), times: 4 },
    { name: `unpack, ${b} bits`, run: () => unpackBits(bytes, vector.length, b), times: 4 },
    { name: `unpack, ${w} bits`, run: () => unpackBits(wideBytes, wideVector.length, w), times: 4 },
    { name: `decode, ${b} bits`, run: () => decodeSum(narrow, vector, 1), times: 2 },
    { name: `decode, ${w} bits`, run: () => decodeSum(wide, wideVector, 1), times: 2 },
    { name: 'rotate', run: () => rotate(turned, 1), times: 1 },
  ]
  return { update, narrow, wide, byNorm, contenders }
}
